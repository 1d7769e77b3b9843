// What was chosen: stars and rejections by the pictures' ids, and the two to compare. Kept by the browser where it may.
const openStore = (key) => {
  let keeps = true;
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      keeps = false;
      return {};
    }
  };
  const kept = read();
  const marks = { starred: new Set(kept.starred), rejected: new Set(kept.rejected) };
  const pair = [];
  const watchers = [];

  const changed = (ids) => {
    try {
      localStorage.setItem(key, JSON.stringify({ starred: [...marks.starred], rejected: [...marks.rejected] }));
    } catch {
      keeps = false;
    }
    for (const watcher of watchers) watcher(ids);
  };

  // Puts a mark on, or takes it off; a picture is not both starred and rejected.
  const toggle = (mark, id) => {
    const on = !marks[mark].delete(id);
    if (on) {
      marks.starred.delete(id);
      marks.rejected.delete(id);
      marks[mark].add(id);
    }
    changed([id]);
    return on;
  };

  // Takes a picture to compare, or puts it back; of three the earliest gives way.
  const take = (id) => {
    const at = pair.indexOf(id);
    const before = [...pair];
    if (at >= 0) pair.splice(at, 1);
    else pair.push(id);
    if (pair.length > 2) pair.shift();
    changed([...before, id]);
    return at < 0;
  };

  const putBack = () => changed(pair.splice(0));

  const unstarAll = () => {
    const ids = [...marks.starred];
    marks.starred.clear();
    changed(ids);
  };

  return { marks, pair, toggle, take, putBack, unstarAll, watch: (watcher) => watchers.push(watcher), keeps: () => keeps };
};

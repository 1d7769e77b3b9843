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

  // What another tab of this page has chosen meanwhile counts too; returns the ids whose marks are not what they were.
  const catchUp = () => {
    const now = read();
    const before = new Set([...marks.starred, ...marks.rejected]);
    if (!keeps || !now.starred) return [];
    marks.starred = new Set(now.starred);
    marks.rejected = new Set(now.rejected);
    return [...new Set([...before, ...marks.starred, ...marks.rejected])];
  };

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
    const others = catchUp();
    const on = !marks[mark].delete(id);
    if (on) {
      marks.starred.delete(id);
      marks.rejected.delete(id);
      marks[mark].add(id);
    }
    changed([id, ...others]);
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

  // Other pages of the run keep theirs.
  const unstar = (ids) => {
    const others = catchUp();
    for (const id of ids) marks.starred.delete(id);
    changed([...ids, ...others]);
  };

  addEventListener("storage", (event) => {
    if (event.key !== key) return;
    const ids = catchUp();
    for (const watcher of watchers) watcher(ids);
  });

  return { marks, pair, toggle, take, putBack, unstar, watch: (watcher) => watchers.push(watcher), keeps: () => keeps };
};

// What stands behind the # of an address may have been cut anywhere.
const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

addEventListener("DOMContentLoaded", () => {
  const data = JSON.parse(find("data").textContent);
  setUpTabs();
  setUpLeadFilm();
  setUpMovingPictures();
  setUpSlider();
  const store = openStore(data.key);
  const grid = openGrid(data, store);
  const narrow = openNarrow(data, store, grid);
  const viewer = openViewer(data, store, grid, narrow);
  const compare = openCompare(store, grid);
  openChosen(data, store, grid);

  const mark = (name, id) => {
    const on = store.toggle(name, id);
    tell(`${grid.picture(grid.indexOf.get(id)).name} ${on ? "" : "not "}${name}`);
  };
  const take = (id) => {
    tell(store.take(id) ? "Taken to compare with the next one that is taken" : "Put back");
    if (store.pair.length < 2) return;
    viewer.close();
    compare.open();
  };
  const choices = { s: (id) => mark("starred", id), x: (id) => mark("rejected", id), c: take };

  grid.list.addEventListener("click", (event) => {
    const item = event.target.closest("#grid li");
    if (!item || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (event.target.closest(".pin")) return mark("starred", item.id);
    if (!event.target.closest("a")) return;
    event.preventDefault();
    viewer.open(grid.indexOf.get(item.id));
  });
  for (const place of [grid.list, find("viewer")]) {
    place.addEventListener("keydown", (event) => {
      const choice = choices[event.key.toLowerCase()];
      const id = viewer.isOpen() ? viewer.id() : event.target.closest("#grid li")?.id;
      if (choice && id && !event.repeat && !event.altKey && !event.ctrlKey && !event.metaKey) choice(id);
    });
  }
  for (const [button, key] of [["star", "s"], ["reject", "x"], ["take", "c"]]) {
    find(button).addEventListener("click", () => choices[key](viewer.id()));
  }

  // A link to one picture opens it; a link to a part of the page shows that.
  const follow = () => {
    const name = decoded(location.hash.slice(1));
    if (grid.indexOf.has(name)) {
      showTab("pictures");
      viewer.open(grid.indexOf.get(name));
    } else if (TABS.includes(name) && find(name)) {
      showTab(name);
    }
  };
  addEventListener("hashchange", follow);
  follow();
  root.classList.add("ready");
});

// The grid: which tile is which picture, what is marked on it, and how keys go through it. One listener serves all tiles.
const openGrid = (data, store) => {
  const list = find("grid");
  const items = [...list.firstElementChild.children];
  const indexOf = new Map(items.map((item, index) => [item.id, index]));
  const links = items.map((item) => item.firstElementChild);
  let shown = items.map((_, index) => index);
  let stop = 0;
  const bands = openBands(list);

  const picture = (index) => {
    const item = items[index];
    const link = links[index];
    const tile = link.firstElementChild;
    const larger = tile.srcset.split(", ")[1];
    const name = item.querySelector(".name").textContent;
    return {
      index,
      id: item.id,
      item,
      link,
      alt: (tile.dataset.alt ??= tile.alt),
      name: data.pictures.seed ? `Seed ${data.pictures.seed[index]}` : name,
      tile: tile.getAttribute("src"),
      view: larger ? larger.split(" ")[0] : tile.getAttribute("src"),
      full: link.getAttribute("href"),
    };
  };

  const marked = (id) => {
    const item = items[indexOf.get(id)];
    if (!item) return; // chosen when there were more pictures
    const tile = item.querySelector("img");
    const words = [];
    for (const mark of ["starred", "rejected"]) {
      item.classList.toggle(mark, store.marks[mark].has(id));
      if (store.marks[mark].has(id)) words.push(mark);
    }
    item.classList.toggle("taken", store.pair.includes(id));
    if (store.pair.includes(id)) words.push("to compare");
    tile.alt = [(tile.dataset.alt ??= tile.alt), ...words].join(", ");
    const pin = item.querySelector(".pin");
    if (pin) pin.textContent = store.marks.starred.has(id) ? "★" : "☆";
  };

  // The Tab key comes to one tile and goes on behind the grid; arrows go through it.
  const stopAt = (index) => {
    links[stop].tabIndex = -1;
    links[stop = index].tabIndex = 0;
  };

  // Shows some pictures, in an order, and none of the others.
  const show = (indices) => {
    shown = indices;
    bands.lay(indices.map((index) => items[index]));
    if (shown.length && !shown.includes(stop)) stopAt(shown[0]);
  };

  // Where an arrow key leads: along the row, or to the tile of the next row that is nearest.
  const neighbour = (item, key) => {
    const at = shown.indexOf(indexOf.get(item.id));
    if (key === "Home") return items[shown[0]];
    if (key === "End") return items[shown.at(-1)];
    if (key === "ArrowLeft" || key === "ArrowRight") return items[shown[at + (key === "ArrowRight" ? 1 : -1)]];
    const step = key === "ArrowDown" ? 1 : -1;
    if (bands.even) return bands.inNextRow(at, step);
    const middle = item.offsetLeft + item.offsetWidth / 2;
    let best = null;
    for (let next = at + step; shown[next] !== undefined; next += step) {
      const other = items[shown[next]];
      if (other.offsetTop === item.offsetTop) continue;
      if (best && other.offsetTop !== best.offsetTop) break;
      const apart = (one) => Math.abs(one.offsetLeft + one.offsetWidth / 2 - middle);
      if (!best || apart(other) < apart(best)) best = other;
    }
    return best;
  };

  const focus = (index) => {
    links[index].focus({ preventScroll: true });
    items[index].scrollIntoView({ block: "nearest" }); // with its name, and clear of what lies over the page
  };

  // A picture, or where it is shown no more the next one in an order that it was in.
  const focusNear = (index, order) => {
    const at = order.indexOf(index);
    const still = new Set(shown);
    const next = [...order.slice(at), ...order.slice(0, at).reverse()].find((one) => still.has(one));
    if (next !== undefined) focus(next);
  };

  const onPoint = (event) => {
    const item = event.target.closest("#grid li");
    if (!item || event.pointerType === "touch" || item.querySelector(".pin")) return;
    const pin = document.createElement("button");
    pin.type = "button";
    pin.className = "pin";
    pin.tabIndex = -1; // the key S does the same
    pin.ariaLabel = `Star ${picture(indexOf.get(item.id)).name}`;
    item.append(pin);
    marked(item.id);
  };

  for (const link of links) link.tabIndex = -1;
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest("#grid li");
    if (item) stopAt(indexOf.get(item.id));
  });
  list.addEventListener("pointerover", onPoint);
  list.addEventListener("keydown", (event) => {
    const item = event.target.closest("#grid li");
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!/^(Arrow|Home$|End$)/.test(event.key)) return;
    event.preventDefault();
    const next = neighbour(item, event.key);
    if (next) focus(indexOf.get(next.id));
  });
  store.watch((ids) => ids.forEach(marked));
  [...store.marks.starred, ...store.marks.rejected].forEach(marked);
  show(shown);
  stopAt(0);
  return { list, items, indexOf, picture, show, focus, focusNear, shown: () => shown };
};

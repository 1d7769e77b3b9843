// One picture at a time, with how it was made.
const openViewer = (data, store, grid, narrow) => {
  const dialog = find("viewer");
  const viewed = find("viewed");
  const { pictures } = data;
  let now = null;
  let order = [];

  const zoom = openZoom(find("frame"), {
    swiped: (step) => go(step),
    changed: (scale) => {
      find("scale").textContent = `${Math.round(scale * 100)} %`;
      const [width, height] = now ? pictures.size[now.index] : [0, 0];
      if (scale > 1 && Math.max(width, height) > Math.max(viewed.naturalWidth, viewed.naturalHeight)) viewed.src = now.full;
    },
  });

  const line = ([key, value]) => {
    const [row, term, text] = ["div", "dt", "dd"].map((name) => document.createElement(name));
    term.textContent = key;
    text.textContent = value;
    row.append(term, text);
    return row;
  };

  const ownLines = (index) => [
    ...Object.entries(pictures.own ? {} : pictures.facets).map(([name, facet]) => [`${name[0].toUpperCase()}${name.slice(1)}`, facet.words[facet.of[index]]]),
    ...(pictures.own?.[index] ?? []),
    ["Size", pictures.size[index].join(" × ")],
    ["Painted on", pictures.date.words[pictures.date.of[index]]],
    ...(pictures.nearest ? [["To the nearest training picture", `${pictures.nearest[index].toFixed(2)} (a copy: 0, usual: 1)`]] : []),
  ];

  const marks = () => {
    if (!now) return;
    find("star").ariaPressed = store.marks.starred.has(now.id);
    find("reject").ariaPressed = store.marks.rejected.has(now.id);
    find("take").ariaPressed = store.pair.includes(now.id);
  };

  const preload = (at) => { if (order[at] !== undefined) new Image().src = grid.picture(order[at]).view; };

  const show = (index) => {
    now = grid.picture(index);
    zoom.reset();
    find("frame").style.setProperty("--ratio", pictures.size[index][0] / pictures.size[index][1]);
    viewed.src = now.view;
    viewed.alt = now.alt;
    find("viewer-name").textContent = now.name;
    find("full").href = now.full;
    find("own").replaceChildren(...ownLines(index).map(line));
    marks();
    const at = order.indexOf(index);
    find("position").textContent = `${at + 1} of ${order.length.toLocaleString("en")}`;
    history.replaceState(null, "", `#${encodeURIComponent(now.id)}`);
    preload(at + 1);
    preload(at - 1);
  };

  const goTo = (index) => {
    show(index);
    tell(now.name);
  };

  const go = (step) => goTo(order[(order.indexOf(now.index) + step + order.length) % order.length]);

  const open = (index) => {
    order = grid.shown().includes(index) ? grid.shown() : grid.items.map((_, at) => at);
    show(index);
    if (!dialog.open) dialog.showModal();
  };

  const close = () => dialog.close();

  const keys = {
    ArrowRight: () => go(1),
    ArrowLeft: () => go(-1),
    Home: () => goTo(order[0]),
    End: () => goTo(order.at(-1)),
    ...zoom.keys,
  };
  dialog.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  const buttons = {
    previous: keys.ArrowLeft,
    next: keys.ArrowRight,
    in: keys["+"],
    out: keys["-"],
    whole: zoom.reset,
    like: () => {
      const { index } = now;
      close();
      narrow.mostLike(index);
    },
  };
  for (const [id, action] of Object.entries(buttons)) find(id).addEventListener("click", action);
  dialog.querySelector(".close").addEventListener("click", close);
  dialog.addEventListener("close", () => {
    history.replaceState(null, "", `${location.pathname}${location.search}`);
    grid.focusNear(now.index, order);
  });

  const name = () => (pictures.seed ? pictures.seed[now.index] : `${pictures.stem[now.index]}.png`);
  copies(find("copy-seed"), name);
  copies(find("copy-toml"), () => (pictures.seed ? data.again.toml.replace("{}", name()) : data.again.toml));
  copies(find("copy-command"), () => data.again.command + quoted(name()));
  store.watch(marks);
  return { open, close, isOpen: () => dialog.open, id: () => now?.id };
};

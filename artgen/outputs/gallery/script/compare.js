// Two pictures side by side, or one in the place of the other.
const openCompare = (store, grid) => {
  const dialog = find("compare");
  const both = find("both");
  const sides = ["a", "b"].map((letter) => find(`side-${letter}`));
  const zoom = openZoom(both);
  let ids = [];

  const marks = () => sides.forEach((side, at) => {
    if (ids[at]) side.querySelector("button").ariaPressed = store.marks.starred.has(ids[at]);
  });

  const flip = (on) => {
    both.classList.toggle("flipped", on);
    find("flip").ariaPressed = on;
    find("turn").hidden = !on;
    sides.forEach((side, at) => side.classList.toggle("front", at === 0));
  };

  const turn = () => {
    sides.forEach((side) => side.classList.toggle("front"));
    tell(sides.find((side) => side.classList.contains("front")).querySelector("span").textContent);
  };

  const open = () => {
    ids = [...store.pair];
    sides.forEach((side, at) => {
      const picture = grid.picture(grid.indexOf.get(ids[at]));
      const image = side.querySelector("img");
      image.src = picture.view;
      image.alt = picture.alt;
      side.querySelector("span").textContent = picture.name;
      side.querySelector("button").ariaLabel = `Star ${picture.name}`;
    });
    marks();
    flip(false);
    zoom.reset();
    dialog.showModal();
  };

  const keys = {
    f: () => (both.classList.contains("flipped") ? turn() : flip(true)),
    ...zoom.keys,
  };
  dialog.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  sides.forEach((side, at) => side.querySelector("button").addEventListener("click", () => store.toggle("starred", ids[at])));
  find("flip").addEventListener("click", () => flip(!both.classList.contains("flipped")));
  find("turn").addEventListener("click", turn);
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", store.putBack);
  store.watch(marks);
  return { open };
};

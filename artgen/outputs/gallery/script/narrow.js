// Which pictures the grid shows, and in which order.
const bytesOf = (text) => Int8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const openNarrow = (data, store, grid) => {
  const form = find("narrow");
  const { pictures } = data;
  const all = grid.items.map((_, index) => index);
  const inWords = (text) => ` ${text.toLowerCase()}`.replace(/[^\p{L}\p{N}]+/gu, " ");
  const names = all.map((index) => inWords(grid.items[index].querySelector(".name").textContent));
  const looks = bytesOf(pictures.looks);
  const size = looks.length / all.length;
  let like = null;
  let drawn = null;

  const apart = (one, other) => {
    let sum = 0;
    for (let at = 0; at < size; at += 1) sum += (looks[one * size + at] - looks[other * size + at]) ** 2;
    return sum;
  };

  // From the first picture always on to the most similar one that is left; in slices, so that nothing else has to wait.
  const walk = async () => {
    const left = [...all];
    const path = [left.shift()];
    let slice = performance.now();
    while (left.length) {
      if (performance.now() - slice > 40) {
        await new Promise((done) => { setTimeout(done); });
        slice = performance.now();
      }
      const here = path.at(-1);
      let best = 0;
      let least = Infinity;
      for (let at = 0; at < left.length; at += 1) {
        const distance = apart(here, left[at]);
        if (distance < least) [best, least] = [at, distance];
      }
      path.push(left[best]);
      left[best] = left.at(-1);
      left.pop();
    }
    return path;
  };

  const by = (values) => [...all].sort((one, other) => values[one] - values[other]);
  const orders = {
    made: () => all,
    colour: () => by(pictures.colour),
    similar: () => drawn ?? all,
    near: () => by(pictures.nearest),
    far: () => by(pictures.nearest).reverse(),
    like: () => by(all.map((index) => apart(like ?? 0, index))),
  };

  const has = (mark, index) => store.marks[mark].has(grid.items[index].id);
  const shows = {
    all: () => true,
    starred: (index) => has("starred", index),
    kept: (index) => !has("rejected", index),
    rejected: (index) => has("rejected", index),
  };

  const facets = Object.entries(pictures.facets).filter(([name]) => form.elements[name]);

  const wanted = () => {
    const chosen = new FormData(form);
    const words = inWords(chosen.get("find")).split(" ").filter(Boolean);
    return orders[chosen.get("sort")]().filter((index) => shows[chosen.get("show")](index)
      && words.every((word) => names[index].includes(` ${word}`))
      && facets.every(([name, facet]) => chosen.get(name) === "" || facet.of[index] === Number(chosen.get(name))));
  };

  const apply = () => {
    const some = wanted();
    grid.show(some);
    find("nothing").hidden = some.length > 0;
  };

  const drawAndApply = async () => {
    if (form.elements.sort.value === "similar") drawn ??= await walk();
    apply();
  };

  const count = () => {
    for (const output of form.querySelectorAll("[data-count]")) {
      output.textContent = all.filter(shows[output.dataset.count]).length.toLocaleString("en");
    }
  };

  // What was marked and does not belong any more goes at once, and the hand is where it was.
  const marked = () => {
    count();
    if (form.elements.show.value === "all") return;
    const here = grid.indexOf.get(document.activeElement.closest("#grid li")?.id);
    const before = grid.shown();
    apply();
    if (here !== undefined) grid.focusNear(here, before);
  };

  // All pictures, those most like one first.
  const mostLike = (index) => {
    like = index;
    const option = form.elements.sort.querySelector("[value=like]");
    option.hidden = option.disabled = false;
    option.textContent = `likeness to ${grid.picture(index).name}`;
    form.reset();
    form.elements.sort.value = "like";
    apply();
    grid.focus(index);
  };

  form.addEventListener("input", async () => {
    await drawAndApply();
    tell(`${grid.shown().length} pictures`);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  // Coming back to the page, a browser leaves the controls as they were, and says nothing of it.
  addEventListener("pageshow", () => {
    const { sort } = form.elements;
    if (!sort.value || (sort.value === "like" && like === null)) sort.value = "made";
    if (sort.value === "similar" || wanted().join() !== grid.shown().join()) drawAndApply();
  });
  store.watch(marked);
  count();
  return { mostLike };
};

// What was starred, as a list to make the pictures by.
const openChosen = (data, store, grid) => {
  const dialog = find("chosen");
  const { pictures } = data;
  // A browser would save other signs under a name of its own making.
  const name = `${data.run.replace(/[^\p{L}\p{N}@._-]+/gu, "-").replace(/^[-.]+/, "")}-selection`;
  const file = `${name}.json`;

  const indices = () => [...store.marks.starred].map((id) => grid.indexOf.get(id)).filter((index) => index !== undefined);

  const entry = (index) => {
    if (!pictures.seed) return { stem: pictures.stem[index] };
    const of = pictures.facets.class;
    return { seed: pictures.seed[index], ...(of ? { class: of.words[of.of[index]] } : {}) };
  };

  const asList = () => ({
    artgen: data.artgen,
    run: data.run,
    checkpoint: data.checkpoint,
    ...(pictures.seed && data.truncation !== 1 ? { truncation: data.truncation } : {}),
    pictures: indices().map(entry),
  });

  // Seeds may be larger than a script's numbers, so they are texts here and become numbers in the file.
  const asJson = () => `${JSON.stringify(asList(), null, 1)}\n`.replace(/"seed": "(\d+)"/g, '"seed": $1');

  // At full size, or as another kind of output beside them.
  const command = () => {
    const kind = new FormData(find("kinds")).get("kind") ?? "images";
    const words = { images: "", sheet: " --output sheet --name sheet-of-chosen", interpolation: " --output interpolation --name film-of-chosen" };
    return data.again.selection + quoted(file) + words[kind];
  };

  const tellCommand = () => { find("command").textContent = command(); };

  const picture = (index) => {
    const { tile, alt } = grid.picture(index);
    const [item, image] = ["li", "img"].map((name) => document.createElement(name));
    Object.assign(image, { src: tile, alt });
    item.append(image);
    return item;
  };

  const open = () => {
    const film = find("kinds").querySelector("[value=interpolation]");
    if (film) {
      film.disabled = indices().length < 2; // there is no way from one picture to itself
      if (film.disabled && film.checked) find("kinds").reset();
    }
    find("strip").replaceChildren(...indices().map(picture));
    tellCommand();
    find("unkept").hidden = store.keeps();
    dialog.showModal();
  };

  const tray = () => {
    const count = indices().length;
    find("count").textContent = count ? `★ ${count.toLocaleString("en")} starred` : "";
    find("pair").textContent = store.pair.length === 1 ? "1 to compare: take another" : "";
    find("use").hidden = !count;
    find("tray").hidden = !count && store.pair.length !== 1;
  };

  find("use").addEventListener("click", open);
  find("kinds").addEventListener("input", tellCommand);
  find("save-json").addEventListener("click", () => save(file, "application/json", asJson()));
  find("save-text").addEventListener("click", () => {
    const lines = asList().pictures.map((one) => `${one.seed ?? one.stem}\n`);
    save(`${name}.txt`, "text/plain", lines.join(""));
  });
  find("clear").addEventListener("click", () => {
    store.unstar(indices().map((index) => grid.items[index].id));
    dialog.close();
  });
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  copies(find("copy-selection"), command);
  store.watch(tray);
  tray();
};

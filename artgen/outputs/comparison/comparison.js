(() => {
  document.documentElement.classList.add("js");

  const make = (name, className = "", text = "") => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.documentElement.classList.add("read");
    const find = (id) => document.getElementById(id);
    const data = JSON.parse(find("data").textContent);
    const { axes } = data;
    const cells = [...document.querySelectorAll("#table .cell")].map((element) => ({ element, ...data.cells[element.dataset.cell] }));
    cells.sort((a, b) => a.element.dataset.cell - b.element.dataset.cell);
    for (const cell of cells) {
      cell.links = [...cell.element.querySelectorAll("[data-picture]")];
      for (const link of cell.links.slice(1)) link.tabIndex = -1;
    }

    // Any two axes as a table; one for each combination of the others' values.
    const named = (axis) => axis.key.split(".").flatMap((part, at) => (at ? [".", document.createElement("wbr"), part] : [part]));
    const head = (scope, axis, value) => {
      const made = make("th");
      const key = make("span");
      made.scope = scope;
      key.append(...named(axis));
      made.append(key, ` ${value}`);
      return made;
    };
    const facet = (others, here, number, down, across) => {
      const section = make("section", "facet");
      if (others.length) {
        const heading = make("h2");
        others.forEach((axis, at) => {
          const key = make("span");
          key.append(...named(axes[axis]));
          heading.append(...(at ? [make("i", "", " · ")] : []), key, ` ${axes[axis].values[here[0].places[axis]]}`);
        });
        section.append(heading);
      }
      const wide = make("div", "wide");
      wide.tabIndex = 0;
      wide.setAttribute("role", "region");
      wide.setAttribute("aria-label", `Table ${number}, ${axes[down].key} by ${axes[across].key}`);
      const table = wide.appendChild(make("table"));
      table.append(make("caption", "unseen", `Rows by ${axes[down].key}, columns by ${axes[across].key}`));
      const columns = axes[across].values.map((value, at) => [value, at]).filter(([, at]) => here.some((cell) => cell.places[across] === at));
      const heads = table.createTHead().insertRow();
      heads.insertCell();
      heads.append(...columns.map(([value]) => head("col", axes[across], value)));
      const body = table.createTBody();
      axes[down].values.forEach((value, at) => {
        const inRow = here.filter((cell) => cell.places[down] === at);
        if (!inRow.length) return;
        const row = body.insertRow();
        row.append(head("row", axes[down], value));
        for (const [, column] of columns) {
          const found = inRow.filter((cell) => cell.places[across] === column);
          row.insertCell().append(...(found.length ? found.map((cell) => cell.element) : [make("p", "unseen", "no run")]));
        }
      });
      section.append(wide);
      return section;
    };
    const layOut = (down, across) => {
      const others = axes.map((_, at) => at).filter((at) => at !== down && at !== across);
      const groups = new Map();
      for (const cell of cells) {
        const key = others.map((axis) => cell.places[axis]).join();
        groups.set(key, [...(groups.get(key) ?? []), cell]);
      }
      find("table").replaceChildren(...[...groups.values()].map((here, at) => facet(others, here, at + 1, down, across)));
    };
    if (axes.length > 1) {
      let chosen = [data.down, data.across];
      const choose = (next) => {
        chosen = next;
        [find("down").value, find("across").value] = chosen.map(String);
        layOut(...chosen);
      };
      // An axis that is asked for twice gives its other place to the one that had to go.
      find("down").addEventListener("change", ({ target }) => choose([+target.value, +target.value === chosen[1] ? chosen[0] : chosen[1]]));
      find("across").addEventListener("change", ({ target }) => choose([+target.value === chosen[0] ? chosen[1] : chosen[0], +target.value]));
      find("swap").addEventListener("click", () => choose([...chosen].reverse()));
      // Coming back to the page, a browser leaves both as they were.
      addEventListener("pageshow", () => {
        const left = [+find("down").value, +find("across").value];
        if (left.join() !== chosen.join()) choose(left[0] === left[1] ? chosen : left);
      });
    }

    // One picture across all cells.
    const dialog = find("across-all");
    let now = 0;
    let from = null;
    find("all").classList.toggle("few", cells.length <= 8);
    const column = ({ element, name, links }) => {
      const item = make("li", element.classList.contains("best") ? "best" : "");
      const link = links.find((one) => +one.dataset.picture === now);
      const target = link ? item.appendChild(make("a")) : item;
      if (link) {
        target.href = link.href;
        const image = link.querySelector("img").cloneNode();
        image.loading = "eager";
        target.append(image);
      } else {
        target.append(make("p", "none", "not there"));
      }
      const text = target.appendChild(make("p", "", name.slice(name.indexOf("@") + 1)));
      const kid = element.querySelector(".kid b");
      const pale = text.appendChild(make("span", "pale", kid ? `kid_vgg ${kid.textContent}` : ""));
      if (element.classList.contains("best")) pale.append(" ", make("strong", "", "best"));
      return item;
    };
    const show = (number) => {
      now = (number + data.pictures.length) % data.pictures.length;
      find("picture").textContent = data.pictures[now];
      find("position").textContent = `${now + 1} of ${data.pictures.length}`;
      find("told").textContent = data.pictures[now];
      find("all").replaceChildren(...cells.map(column));
    };
    const keys = {
      ArrowRight: () => show(now + 1),
      ArrowLeft: () => show(now - 1),
      Home: () => show(0),
      End: () => show(data.pictures.length - 1),
    };
    dialog.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
    find("previous").addEventListener("click", keys.ArrowLeft);
    find("next").addEventListener("click", keys.ArrowRight);
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => from?.focus());

    // A sheet is one stop of the Tab key; arrows go from picture to picture.
    const moves = {
      ArrowRight: () => 1,
      ArrowLeft: () => -1,
      ArrowDown: (sheet) => getComputedStyle(sheet).gridTemplateColumns.split(" ").length,
      ArrowUp: (sheet) => -moves.ArrowDown(sheet),
    };
    find("table").addEventListener("keydown", (event) => {
      const link = event.target.closest("[data-picture]");
      if (!link || event.altKey || event.ctrlKey || event.metaKey || !moves[event.key]) return;
      const links = [...link.parentElement.children];
      const next = links[links.indexOf(link) + moves[event.key](link.parentElement)];
      if (!next) return;
      event.preventDefault();
      link.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
    find("table").addEventListener("click", (event) => {
      const link = event.target.closest("[data-picture]");
      if (!link || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      from = link;
      show(+link.dataset.picture);
      dialog.showModal();
    });
  });
})();

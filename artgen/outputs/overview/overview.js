(() => {
  document.documentElement.classList.add("js");

  const ways = {
    name: (a, b) => a.dataset.name.localeCompare(b.dataset.name, undefined, { numeric: true }),
    made: (a, b) => b.dataset.made - a.dataset.made,
    kid: (a, b) => (a.dataset.kid ?? Infinity) - (b.dataset.kid ?? Infinity) || ways.name(a, b),
  };

  document.addEventListener("DOMContentLoaded", () => {
    const buttons = [...document.querySelectorAll(".sort button")];
    const cards = document.getElementById("cards");
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        cards.append(...[...cards.children].sort(ways[button.dataset.by]));
      });
    }

    // A film plays while somebody points at its run, unless motion is unwelcome.
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const film of document.querySelectorAll(".card video")) {
      const card = film.closest(".card");
      card.addEventListener("pointerenter", () => film.play().catch(() => {}));
      card.addEventListener("pointerleave", () => film.pause());
    }
  });
})();

// Thousands of tiles scroll smoothly in bands of whole rows: a browser skips the bands that are out of sight, and knows
// how high they are.
const ROWS = 4;

const openBands = (place) => {
  const pattern = place.firstElementChild.cloneNode(false);
  const even = !pattern.classList.contains("works") || pattern.classList.contains("even");
  let laid = [...place.firstElementChild.children];
  let columns = Infinity;

  // Whatever bands there are, they are one list to those who hear it.
  place.role = "list";
  pattern.role = "presentation";
  for (const tile of laid) tile.role = "listitem";

  // Nobody knows while the grid is not shown, or where rows have no one length.
  const countColumns = () => (even && place.clientWidth ? getComputedStyle(place.firstElementChild).gridTemplateColumns.split(" ").length : Infinity);

  const tellHeights = () => {
    const tile = laid[0]?.getBoundingClientRect().height ?? 0;
    const gap = parseFloat(getComputedStyle(place.firstElementChild).rowGap);
    for (const band of place.children) {
      const rows = Math.ceil(band.children.length / columns);
      band.style.containIntrinsicHeight = `${rows * (tile + gap) - gap}px`;
    }
  };

  // Puts tiles into the place, in their order, and nothing else.
  const lay = (tiles) => {
    const held = document.activeElement;
    laid = tiles;
    columns = countColumns();
    const size = columns * ROWS;
    const bands = [];
    for (let at = 0; at === 0 || at < tiles.length; at += size) {
      const band = pattern.cloneNode(false);
      band.append(...tiles.slice(at, at + size));
      bands.push(band);
    }
    place.replaceChildren(...bands);
    place.classList.toggle("banded", bands.length > 1);
    if (bands.length > 1) tellHeights();
    if (place.contains(held)) held.focus({ preventScroll: true }); // what is moved in a page lets go of it
  };

  let width = 0;
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width === width) return;
    width = entry.contentRect.width;
    if (countColumns() !== columns) lay(laid);
    else if (place.children.length > 1) tellHeights();
  }).observe(place);

  // The tile above or below another one, where rows have one length.
  const inNextRow = (at, step) => laid[at + step * columns];

  return { lay, inNextRow, even };
};

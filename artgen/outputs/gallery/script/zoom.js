// Makes what is in a frame larger: by wheel, drag, double tap and pinch, and by the functions that it returns.
const MOST = 12;

const openZoom = (frame, { swiped = () => {}, changed = () => {} } = {}) => {
  const opening = frame.matches(".frame") ? frame : frame.querySelector(".frame");
  const pointers = new Map();
  let scale = 1;
  let x = 0;
  let y = 0;
  let moved = 0;
  let began = null;
  let tapped = { time: 0, x: 0, y: 0 };

  const apply = () => {
    const room = { x: ((scale - 1) * opening.clientWidth) / 2, y: ((scale - 1) * opening.clientHeight) / 2 };
    x = Math.min(room.x, Math.max(-room.x, x));
    y = Math.min(room.y, Math.max(-room.y, y));
    frame.style.setProperty("--scale", scale);
    frame.style.setProperty("--x", `${x}px`);
    frame.style.setProperty("--y", `${y}px`);
    frame.classList.toggle("enlarged", scale > 1);
    changed(scale);
  };

  // Larger by a factor, where a point of the screen keeps what it shows.
  const by = (factor, at) => {
    const box = (at?.target?.closest?.(".frame") ?? opening).getBoundingClientRect();
    const across = at ? at.x - (box.left + box.width / 2) : 0;
    const down = at ? at.y - (box.top + box.height / 2) : 0;
    const next = Math.min(MOST, Math.max(1, scale * factor));
    x = across - ((across - x) * next) / scale;
    y = down - ((down - y) * next) / scale;
    scale = next;
    apply();
  };

  const reset = () => {
    [scale, x, y] = [1, 0, 0];
    apply();
  };

  const spread = () => {
    const [one, other] = [...pointers.values()];
    return { size: Math.hypot(one.x - other.x, one.y - other.y), x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, target: one.target };
  };

  const onDown = (event) => {
    if (event.button > 0 || event.target.closest("button")) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, target: event.target });
    if (pointers.size === 1) [began, moved] = [{ x: event.clientX, y: event.clientY }, 0];
    event.target.setPointerCapture(event.pointerId);
  };

  const onMove = (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const pinched = pointers.size === 2 ? spread() : null;
    const step = { x: event.clientX - before.x, y: event.clientY - before.y };
    [before.x, before.y] = [event.clientX, event.clientY];
    moved += Math.hypot(step.x, step.y);
    if (pinched) {
      const now = spread();
      by(now.size / Math.max(pinched.size, 1), now);
      began = null;
    } else if (scale > 1) {
      [x, y] = [x + step.x, y + step.y];
      apply();
    }
  };

  const onUp = (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size || !began) return;
    const across = event.clientX - began.x;
    if (moved < 8) tap(event);
    else if (scale === 1 && Math.abs(across) > 40 && Math.abs(across) > Math.abs(event.clientY - began.y)) swiped(across < 0 ? 1 : -1);
  };

  const tap = (event) => {
    const near = Math.hypot(event.clientX - tapped.x, event.clientY - tapped.y) < 30;
    if (near && event.timeStamp - tapped.time < 350) {
      if (scale > 1) reset();
      else by(3, { x: event.clientX, y: event.clientY, target: event.target });
      tapped = { time: 0, x: 0, y: 0 };
    } else {
      tapped = { time: event.timeStamp, x: event.clientX, y: event.clientY };
    }
  };

  frame.addEventListener("pointerdown", onDown);
  frame.addEventListener("pointermove", onMove);
  frame.addEventListener("pointerup", onUp);
  frame.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    by(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), { x: event.clientX, y: event.clientY, target: event.target });
  }, { passive: false });

  const keys = { "+": () => by(1.5), "=": () => by(1.5), "-": () => by(1 / 1.5), 0: reset };
  return { by, reset, keys };
};

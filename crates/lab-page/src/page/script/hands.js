// What a mouse, fingers and keys do on a chart.

/**
 * @typedef {[number, number]} Place in CSS pixels, from the canvas' left and top
 * @typedef {(from: Place, to: Place, factor: number, moving: boolean) => void} Pull
 *   what was at `from` comes to `to`, and the axes get so many times as long; true if it is not the gesture's first move
 * @typedef {{ point: (place: Place | null) => void, press: (place: Place) => void, frame: (from: Place, to: Place) => void,
 *   cut: (from: Place, to: Place) => void, grab: (fingers: number) => Pull | null, key: (name: string) => boolean, twice: () => void }} Actions
 *   `cut` ends a `frame`, with the same place twice if there is none to be cut out; `grab` gives what moves the
 *   picture as it is now, or null where it does not move; `key` says whether a key does something
 */

/** From here on, in pixels, a press is a drag. */
const DRAG = 5;

/** @param {HTMLCanvasElement} canvas  @param {Actions} actions */
export function hands(canvas, { point, press, frame, cut, grab, key, twice }) {
  const place = (/** @type {PointerEvent} */ event) => /** @type {Place} */ ([event.offsetX, event.offsetY]);
  const far = (/** @type {Place} */ [x0, y0], /** @type {Place} */ [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);
  /** Pointers that are down, and where. @type {Map<number, Place>} */
  const down = new Map();
  /** @type {Place | null} where the first one went down, until it is a gesture of fingers */
  let from = null;
  /** @type {{ pull: Pull | null, middle: Place, span: number, moved: boolean } | null} */
  let gesture = null;
  const middle = () => {
    const places = [...down.values()];
    return /** @type {Place} */ ([0, 1].map(i => places.reduce((sum, place) => sum + place[i], 0) / places.length));
  };
  const span = () => {
    const [one, other] = down.values();
    return other ? Math.max(1, far(one, other)) : 1;
  };
  const begin = () => (gesture = { pull: grab(down.size), middle: middle(), span: span(), moved: false });
  canvas.addEventListener("pointerdown", event => {
    down.set(event.pointerId, place(event));
    if (event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
    from = down.size === 1 ? place(event) : null;
    if (event.pointerType !== "mouse") begin();
  });
  canvas.addEventListener("pointermove", event => {
    const here = place(event);
    if (!down.has(event.pointerId) || down.size === 1) point(here);
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, here);
    if (event.pointerType === "mouse") return from && frame(from, here);
    if (!gesture?.pull || (from && far(from, here) < DRAG)) return;
    gesture.pull(gesture.middle, middle(), gesture.span / span(), gesture.moved);
    gesture.moved = true;
    from = null;
  });
  const lift = (/** @type {PointerEvent} */ event) => {
    down.delete(event.pointerId);
    // The finger that stays goes on from the picture as it is now.
    if (gesture) gesture.pull = null;
  };
  canvas.addEventListener("pointerup", event => {
    const here = place(event);
    lift(event);
    if (from === null) return;
    const dragged = far(from, here) >= DRAG;
    if (event.pointerType === "mouse") cut(dragged ? from : here, here);
    if (!dragged) press(here);
    from = null;
  });
  canvas.addEventListener("pointercancel", event => {
    lift(event);
    from = null;
    const none = place(event);
    cut(none, none);
  });
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("dblclick", twice);
  canvas.addEventListener("keydown", event => key(event.key) && event.preventDefault());
}

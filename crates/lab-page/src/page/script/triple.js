// Three dense panels that share their axes: what is zoomed, pointed at or marked in one is so in all.
import { Chart } from "./canvas.js";
import { dense } from "./dense.js";
import { color } from "./marks.js";

/**
 * @typedef {{ title: string, xLabel: string, yLabel: string, x: import("./scale.js").Axis, y: import("./scale.js").Axis,
 *   xs: ArrayLike<number> | null, ys: ArrayLike<number>, look: import("./marks.js").Look, key: string, empty?: string }} Panel
 *   `key` says which data it shows; `empty` is written where there is nothing to draw
 * @typedef {{ place: () => number, zoom?: (panel: number, x: [number, number], y: [number, number]) => void, unzoom?: () => void }} Hands
 *   whose ranking is stepped through, and what happens when the reader draws a frame or wants the whole picture back
 */

/** Marks a token, or takes its mark off. @param {import("./state.js").Store} store  @param {number} id */
export function toggle({ state, set }, id) {
  const others = state.mark.filter(other => other !== id);
  set({ mark: others.length < state.mark.length ? others : [...others, id].slice(-12) });
}

/**
 * @param {HTMLCanvasElement[]} canvases  @param {import("./state.js").Store} store
 * @param {import("./main.js").World} world  @param {Hands} hands
 * @returns {(panels: Panel[]) => number | null} what draws them and gives the token that is pointed at
 */
export function triple(canvases, store, { names, ranked }, { place, zoom = () => {}, unzoom = () => {} }) {
  const charts = canvases.map(canvas => new Chart(canvas));
  /** @type {Panel[]} */
  let shown = [];
  /** @type {number | null} */
  let pointed = null;
  /** @type {{ panel: number, from: [number, number], to: [number, number] } | null} */
  let frame = null;
  const point = (/** @type {number | null} */ id) => {
    if (id === pointed) return;
    pointed = id;
    store.set({});
  };
  const step = (/** @type {number} */ by) => {
    const ids = ranked(place());
    return ids[Math.min(ids.length - 1, Math.max(0, (pointed === null ? -1 : ids.indexOf(pointed)) + by))];
  };
  canvases.forEach((canvas, n) => {
    const place = (/** @type {PointerEvent} */ event) => /** @type {[number, number]} */ ([event.offsetX, event.offsetY]);
    canvas.addEventListener("pointerdown", event => {
      frame = { panel: n, from: place(event), to: place(event) };
      if (event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", event => {
      if (frame?.panel === n && event.pointerType === "mouse") (frame.to = place(event)), over();
      point(nearest(charts[n], shown[n], place(event)));
    });
    canvas.addEventListener("pointerup", event => {
      const [[x0, y0], [x1, y1]] = [frame?.from ?? place(event), place(event)];
      frame = null;
      if (Math.abs(x1 - x0) < 5 && Math.abs(y1 - y0) < 5) {
        const id = nearest(charts[n], shown[n], place(event));
        point(id);
        if (id !== null) toggle(store, id);
      } else if (event.pointerType === "mouse") {
        const [a, b] = [charts[n].at(Math.min(x0, x1), Math.max(y0, y1)), charts[n].at(Math.max(x0, x1), Math.min(y0, y1))];
        zoom(n, [a[0], b[0]], [a[1], b[1]]);
      }
    });
    canvas.addEventListener("pointercancel", () => (frame = null));
    canvas.addEventListener("pointerleave", () => point(null));
    canvas.addEventListener("dblclick", unzoom);
    canvas.addEventListener("keydown", event => {
      const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (by !== undefined) point(step(by));
      else if (event.key === "Enter" && pointed !== null) toggle(store, pointed);
      else if (event.key === "Escape" || event.key === "0") unzoom();
      else if (event.key === "+" || event.key === "-") zoomBy(n, event.key === "+" ? 0.5 : 2);
      else return;
      event.preventDefault();
    });
  });
  /** Zooms around the pointed token, or the middle. @param {number} n  @param {number} factor */
  function zoomBy(n, factor) {
    const { x, y, xs, ys } = shown[n];
    const around = (/** @type {import("./scale.js").Axis} */ { low, high }, /** @type {number} */ at) =>
      /** @type {[number, number]} */ ([at - (at - low) * factor, at + (high - at) * factor]);
    const middle = pointed === null ? [(x.low + x.high) / 2, (y.low + y.high) / 2] : [xs === null ? pointed : xs[pointed], ys[pointed]];
    zoom(n, around(x, middle[0]), around(y, middle[1]));
  }
  /** Rings, words and the frame, over the kept picture. */
  function over() {
    charts.forEach((chart, n) => {
      chart.restore();
      const { xs, ys } = shown[n];
      for (const id of new Set(pointed === null ? store.state.mark : [...store.state.mark, pointed])) {
        chart.ring(xs === null ? id : xs[id], ys[id], names.name(id));
      }
      if (frame?.panel !== n) return;
      const [[x0, y0], [x1, y1]] = [frame.from, frame.to];
      Object.assign(chart.ctx, { strokeStyle: color("mark"), lineWidth: 1 });
      chart.ctx.setLineDash([4, 3]);
      chart.ctx.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
      chart.ctx.setLineDash([]);
    });
  }
  return panels => {
    shown = panels;
    charts.forEach((chart, n) => {
      const { key, x, y, xs, ys, look, empty } = panels[n];
      const depends = [key, chart.look, x.low, x.high, y.low, y.high, y.log].join();
      if (depends !== chart.key) {
        chart.begin(panels[n]);
        if (empty !== undefined) chart.say(empty);
        else dense(chart, xs, ys, look);
        chart.keep();
        chart.key = depends;
      }
    });
    over();
    return pointed;
  };
}

/**
 * The token nearest to a place, if one is within 14 pixels.
 * @param {Chart} chart  @param {Panel | undefined} panel  @param {[number, number]} place
 * @returns {number | null}
 */
function nearest(chart, panel, [px, py]) {
  if (panel === undefined || panel.empty !== undefined) return null;
  const { xs, ys } = panel;
  let [best, found] = [14 * 14, /** @type {number | null} */ (null)];
  for (let id = 0; id < ys.length; id++) {
    const across = (chart.px(xs === null ? id : xs[id]) - px) ** 2;
    const distance = across < best ? across + (chart.py(ys[id]) - py) ** 2 : best;
    if (distance < best) [best, found] = [distance, id];
  }
  return found;
}

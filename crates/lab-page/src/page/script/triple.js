// Three dense panels that share their axes: what is zoomed, pointed at or marked in one is so in all.
import { Chart } from "./canvas.js";
import { dense } from "./dense.js";
import { hands } from "./hands.js";
import { color } from "./marks.js";
import { valueAt } from "./scale.js";

/**
 * @typedef {{ title: string, xLabel: string, yLabel: string, x: import("./scale.js").Axis, y: import("./scale.js").Axis,
 *   xs: ArrayLike<number> | null, ys: ArrayLike<number>, look: import("./marks.js").Look, key: string, empty?: string,
 *   beside?: number, margin?: (chart: Chart) => void }} Panel
 *   `key` names the data shown; `empty` is the text if there is nothing to draw; `margin` draws in the `beside` pixels
 *   at the right
 * @typedef {{ place: () => number, zoom?: (panel: number, x: [number, number], y: [number, number], moving?: boolean) => void,
 *   zoomed?: () => boolean, unzoom?: () => void }} Axes
 *   whose ranking is stepped through; what happens when the reader zooms, by a frame or while fingers are still
 *   `moving`, or wants the whole picture back; whether it is not the whole
 */

/** Marks a token, or takes its mark off. @param {import("./state.js").Store} store  @param {number} id */
export function toggle({ state, set }, id) {
  const others = state.mark.filter(other => other !== id);
  set({ mark: others.length < state.mark.length ? others : [...others, id].slice(-12) });
}

/**
 * @param {HTMLCanvasElement[]} canvases  @param {import("./state.js").Store} store
 * @param {import("./main.js").World} world  @param {Axes} axes
 * @returns {(panels: Panel[]) => number | null} what draws them and gives the token that is pointed at
 */
export function triple(canvases, store, { names, ranked }, { place, zoom = () => {}, zoomed = () => false, unzoom = () => {} }) {
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
  canvases.forEach((canvas, n) => hands(canvas, {
    point: place => point(place && nearest(charts[n], shown[n], place)),
    press: place => {
      const id = nearest(charts[n], shown[n], place);
      point(id);
      if (id !== null) toggle(store, id);
    },
    frame: (from, to) => ((frame = { panel: n, from, to }), over()),
    cut: (from, to) => {
      frame = null;
      if (from === to) return over();
      const [[x0, y0], [x1, y1]] = [from, to];
      const [a, b] = [charts[n].at(Math.min(x0, x1), Math.max(y0, y1)), charts[n].at(Math.max(x0, x1), Math.min(y0, y1))];
      zoom(n, [a[0], b[0]], [a[1], b[1]]);
    },
    grab: fingers => {
      if (fingers === 1 && !zoomed()) return null;
      const { x, y } = charts[n];
      const { left, top, width, height } = charts[n].area;
      const moved = (/** @type {import("./scale.js").Axis} */ axis, /** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ factor) =>
        /** @type {[number, number]} */ ([valueAt(axis, from - to * factor), valueAt(axis, from + (1 - to) * factor)]);
      return (from, to, factor, moving) => zoom(n,
        moved(x, (from[0] - left) / width, (to[0] - left) / width, factor),
        fingers === 1 ? [y.low, y.high] : moved(y, 1 - (from[1] - top) / height, 1 - (to[1] - top) / height, factor), moving);
    },
    key: name => {
      const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[name];
      if (by !== undefined) point(step(by));
      else if (name === "Enter" && pointed !== null) toggle(store, pointed);
      else if (name === "Escape" || name === "0") unzoom();
      else if (name === "+" || name === "-") zoomBy(n, name === "+" ? 0.5 : 2);
      else return false;
      return true;
    },
    twice: unzoom,
  }));
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
        panels[n].margin?.(chart);
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

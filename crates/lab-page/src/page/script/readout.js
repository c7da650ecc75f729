// The values of a chart's points: of the one that a mouse or a finger points at, and by arrow keys.
import { hands } from "./hands.js";
import { speak } from "./state.js";

/** @typedef {{ xs: ArrayLike<number>, ys: ArrayLike<number>, word: (i: number) => string }} Line its points, and what is written beside one */

/** A point is pointed at from so many pixels. */
const REACH = 30;

/**
 * @param {import("./canvas.js").Chart} chart
 * @returns {(lines: Line[]) => void} takes the lines of the picture that was just drawn
 */
export function readout(chart) {
  /** @type {Line[]} */
  let lines = [];
  /** @type {{ line: number, point: number } | null} */
  let at = null;
  /** A click keeps a value when the pointer leaves; so does a finger. */
  let kept = false;
  const over = () => {
    chart.restore();
    const line = at && lines[at.line];
    if (at && line && at.point < line.xs.length) chart.ring(line.xs[at.point], line.ys[at.point], line.word(at.point));
  };
  const go = (/** @type {typeof at} */ to) => {
    if (to?.line === at?.line && to?.point === at?.point) return;
    at = to;
    over();
    if (to) speak(chart.canvas, lines[to.line].word(to.point));
  };
  const nearest = (/** @type {[number, number]} */ [px, py]) => {
    let [best, found] = [REACH ** 2, /** @type {typeof at} */ (null)];
    // Of lines that lie on each other, the last is on top.
    lines.forEach(({ xs, ys }, line) => {
      for (let point = 0; point < xs.length; point++) {
        const distance = (chart.px(xs[point]) - px) ** 2 + (chart.py(ys[point]) - py) ** 2;
        if (distance <= best) [best, found] = [distance, { line, point }];
      }
    });
    return found;
  };
  const key = (/** @type {string} */ name) => {
    const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[name];
    if (name === "Escape") go(null);
    else if (by === undefined) return false;
    else {
      const line = at === null ? lines.length - 1 : Math.min(lines.length - 1, Math.max(0, at.line + by[0]));
      go({ line, point: at === null ? 0 : Math.min(lines[line].xs.length - 1, Math.max(0, at.point + by[1])) });
      kept = true;
    }
    return true;
  };
  hands(chart.canvas, {
    point: place => {
      if (place === null && kept) return;
      kept = false;
      go(place && nearest(place));
    },
    press: place => {
      go(nearest(place));
      kept = true;
    },
    key,
    frame: () => {},
    cut: () => {},
    grab: () => null,
    twice: () => {},
  });
  return shown => {
    lines = shown;
    chart.keep();
    over();
  };
}

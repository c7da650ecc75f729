// Part 2: one curve under the temperature's slider, over those of the run.
import { Chart } from "./canvas.js";
import { color, ends } from "./marks.js";
import { readout } from "./readout.js";
import { choices, extent, minus, padded, short } from "./scale.js";
import { entropy, softmax } from "./softmax.js";
import { byId, tell } from "./state.js";

const POINTS = 55;
const SHAPES = /** @type {const} */ (["square", "circle", "hexagon", "triangle"]);

/** @param {import("./state.js").Store} store  @returns {() => Float64Array} what draws it and gives the shares */
export function part2({ state }) {
  const chart = new Chart(byId("chart2"));
  const values = readout(chart);
  const x = Float32Array.from({ length: POINTS }, (_, i) => -5 + (10 * i) / (POINTS - 1));
  /** @type {number[]} */
  const temperatures = byId("live2").dataset.temperatures.split(",").map(Number);
  const known = temperatures.map(T => softmax(x, T));
  return () => {
    const { T, y2 } = state;
    const now = softmax(x, T);
    const [low, high] = extent([...known.flatMap(curve => [...curve]), ...now]);
    // A cold curve goes down a hundred decades: the axis stops where the notebook's have long been.
    const y = y2 === "log" ? padded(Math.max(low, 1e-20), high, true) : padded(0, high);
    const [grey, orange] = [color("grey"), color("curve")];
    // The chosen one is on top, and takes the place of the same one of the run.
    const lines = known.flatMap((ys, i) => (temperatures[i] === T ? [] : [
      { T: temperatures[i], ys, color: grey, width: 1.2, look: { shape: SHAPES[i % SHAPES.length], size: 4, face: grey, edge: grey } },
    ]));
    lines.push({ T, ys: now, color: orange, width: 2.2, look: { shape: "circle", size: 6, face: orange, edge: orange } });
    const named = lines.map(line => ({ ...line, text: `T = ${line.T}` }));
    chart.begin({ xLabel: "Original number", yLabel: "Softmax probability", x: padded(-5, 5), y, ends: named.map(line => line.text) });
    for (const { ys, color, width, look } of lines) {
      chart.line(x, ys, { color, width });
      chart.marks(x, ys, look);
    }
    ends(chart, 5, named);
    values(named.map(({ text, ys }) => ({ xs: x, ys, word: i => `${minus(x[i].toFixed(2))} has ${short(ys[i])} at ${text}` })));
    const nats = entropy(now);
    tell(byId("said2"), `T = ${T}: the largest has ${now[POINTS - 1].toFixed(4)}, the smallest ${short(now[0], 2)}; entropy ${nats.toFixed(3)} nats, as uncertain as ${choices(nats)}.`);
    return now;
  };
}

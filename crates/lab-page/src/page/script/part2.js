// Part 2: one curve under the temperature's slider, over those of the run.
import { Chart } from "./canvas.js";
import { color, legend } from "./marks.js";
import { choices, extent, padded, short } from "./scale.js";
import { entropy, softmax } from "./softmax.js";
import { byId, tell } from "./state.js";

const POINTS = 55;
const SHAPES = /** @type {const} */ (["square", "circle", "hexagon", "triangle"]);

/** @param {import("./state.js").Store} store  @returns {() => Float64Array} what draws it and gives the shares */
export function part2({ state }) {
  const chart = new Chart(byId("chart2"));
  const x = Float32Array.from({ length: POINTS }, (_, i) => -5 + (10 * i) / (POINTS - 1));
  const temperatures = byId("live2").dataset.temperatures.split(",").map(Number);
  const known = temperatures.map(T => softmax(x, T));
  return () => {
    const { T, y2 } = state;
    const now = softmax(x, T);
    const [low, high] = extent([...known.flatMap(curve => [...curve]), ...now]);
    // A cold curve goes down a hundred decades: the axis stops where the notebook's have long been.
    const y = y2 === "log" ? padded(Math.max(low, 1e-20), high, true) : padded(0, high);
    chart.begin({ xLabel: "Original number", yLabel: "Softmax probability", x: padded(-5, 5), y });
    const grey = known.map((curve, i) => {
      const look = { shape: SHAPES[i % SHAPES.length], size: 4, face: color("grey"), edge: color("grey") };
      chart.line(x, curve, { color: color("grey"), width: 1.2 });
      chart.marks(x, curve, look);
      return { text: `T = ${temperatures[i]}`, color: color("grey"), look: { ...look, size: 6 } };
    });
    const others = grey.filter((_, i) => temperatures[i] !== T);
    const look = { shape: /** @type {const} */ ("circle"), size: 6, face: color("curve"), edge: color("curve") };
    chart.line(x, now, { color: color("curve"), width: 2.2 });
    chart.marks(x, now, look);
    legend(chart, [{ text: `T = ${T}`, color: color("curve"), look }, ...others], true);
    const nats = entropy(now);
    tell(byId("said2"), `T = ${T}: the largest has ${now[POINTS - 1].toFixed(4)}, the smallest ${short(now[0], 2)}; entropy ${nats.toFixed(3)} nats, as uncertain as ${choices(nats)}.`);
    return now;
  };
}

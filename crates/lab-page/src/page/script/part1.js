// Part 1: numbers under the reader's hand, and the three steps from them to shares.
import { Chart } from "./canvas.js";
import { PINK, color, ends } from "./marks.js";
import { readout } from "./readout.js";
import { equals, extent, minus, padded, percent, short } from "./scale.js";
import { softmax } from "./softmax.js";
import { button, byId, element, refill, tell, typed } from "./state.js";

/** @param {import("./state.js").Store} store  @returns {() => Float64Array} what draws it and gives the shares */
export function part1({ state, set, fields }) {
  const chart = new Chart(byId("chart1"));
  const values = readout(chart);
  const rows = byId("steps1");
  byId("add1").addEventListener("click", () => set({ z: [...state.z, state.z.at(-1) ?? 0] }));
  byId("reset1").addEventListener("click", () => set({ z: [1, 1.1, 2, 3, 5, 6, 6.1], shift: 0, T: 1 }));
  const change = (/** @type {number} */ i, /** @type {string} */ text) => {
    const [value] = fields.z.read(text) ?? [];
    return value !== undefined && set({ z: state.z.map((old, n) => (n === i ? value : old)) });
  };
  const row = (/** @type {number} */ i) => {
    const slider = element("input", { type: "range", min: "-10", max: "10", step: "0.1", ariaLabel: `number ${i + 1}, by sliding` });
    const box = element("input", { type: "number", step: "0.1", ariaLabel: `number ${i + 1}` });
    const drop = button(() => set({ z: state.z.filter((_, n) => n !== i) }), { title: "take this number out", ariaLabel: `take number ${i + 1} out` }, "×");
    const first = element("td", {}, slider, box);
    for (const input of [slider, box]) typed(input, text => change(i, text), () => String(state.z[i]), () => fields.z.takes?.(-Infinity, Infinity) ?? "");
    const bar = element("i", { className: "bar" });
    return element("tr", {}, first, element("td"), element("td", {}, element("span"), bar), element("td", {}, drop));
  };
  return () => {
    const { z, T, shift } = state;
    if (rows.rows.length > z.length) refill(rows, [...rows.rows].slice(0, z.length), byId("add1"));
    while (rows.rows.length < z.length) rows.append(row(rows.rows.length));
    const moved = z.map(z => z + shift);
    const exps = moved.map(z => Math.exp(z / T));
    const sum = exps.reduce((sum, e) => sum + e, 0);
    const shares = exps.map(e => e / sum);
    const library = softmax(moved, T);
    z.forEach((value, i) => {
      const cells = rows.rows[i].cells;
      const [slider, box] = cells[0].children;
      slider.value = String(value);
      if (document.activeElement !== box) box.value = String(value);
      cells[1].textContent = short(exps[i]);
      cells[2].lastChild.style.setProperty("--share", String(shares[i] || 0));
      cells[2].firstChild.textContent = Number.isNaN(shares[i]) ? "NaN" : `${shares[i].toFixed(4)} `;
      cells[3].firstChild.hidden = z.length === 1;
    });
    byId("add1").disabled = z.length >= 20;
    const moving = shift === 0 ? "z" : `(z ${shift < 0 ? "−" : "+"} ${Math.abs(shift)})`;
    byId("exp1").textContent = T === 1 ? `exp ${moving}` : `exp(${moving} / ${T})`;
    byId("sum1").textContent = `Σ ${equals(sum)}`;
    byId("total1").textContent = short(shares.reduce((sum, share) => sum + share, 0));
    tell(byId("said1"), said(shares, library, sum));
    const order = z.map((_, i) => i).sort((a, b) => moved[a] - moved[b]);
    const xs = order.map(i => moved[i]);
    const ys = order.map(i => shares[i]);
    const by = order.map(i => library[i]);
    const square = { shape: /** @type {const} */ ("square"), size: 11, face: PINK, edge: color("mono") };
    const cross = { shape: /** @type {const} */ ("cross"), size: 8, face: PINK, edge: color("blue") };
    const lines = [
      { text: "by the formula", xs, ys, color: color("ink"), look: square },
      { text: "by a library", xs, ys: by, color: color("blue"), look: cross },
    ];
    chart.begin({
      title: `Σσ(z) = ${short(ys.reduce((sum, y) => sum + y, 0))}`,
      xLabel: "Original number (z)",
      yLabel: "Softmax probability σ(z)",
      x: padded(...extent(xs)),
      y: padded(...extent(by)),
      ends: lines.map(line => line.text),
    });
    lines.forEach(({ ys, color, look }, n) => {
      chart.line(xs, ys, { color, dash: n === 0 ? [] : [2, 3] });
      chart.marks(xs, ys, look);
    });
    ends(chart, xs[xs.length - 1], lines);
    values(lines.map(({ text, ys }) => ({ xs, ys, word: i => `z = ${minus(String(xs[i]))}: ${short(ys[i])} ${text}` })));
    return library;
  };
}

/** @param {number[]} shares  @param {Float64Array} library  @param {number} sum  @returns {string} */
function said(shares, library, sum) {
  const best = library.indexOf(Math.max(...library));
  if (sum === 0 || sum === Infinity) {
    return `Σ exp is ${short(sum)} in float64: the formula as it is written has no answer. Taking the maximum away first (the blue crosses) has: that is part 5.`;
  }
  const rest = library.filter((_, i) => i !== best);
  const next = rest.length > 0 ? ` The next has ${percent(Math.max(...rest))}.` : "";
  return `The largest number has ${percent(library[best])} of the probability.${next}`;
}

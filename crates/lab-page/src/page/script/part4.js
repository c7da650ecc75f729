// Part 4: the most probable tokens with their words, and what each stage between logits and a draw keeps.
import { Chart } from "./canvas.js";
import { GREEN, LILAC, PINK, color, ends } from "./marks.js";
import { readout } from "./readout.js";
import { choices, extent, padded, percent, thousands } from "./scale.js";
import { softmax } from "./softmax.js";
import { chain } from "./stages.js";
import { byId, element, tell } from "./state.js";

/** The looks of the run's temperatures, in turn: a marker, its fill, and a line that can be seen on either paper. */
const LOOKS = /** @type {const} */ ([["square", PINK, "#c05c5c"], ["circle", GREEN, "#3d9a3d"], ["triangle", LILAC, "#7070d0"]]);
/** So many tokens have a bar of their own; so many the chart shows. */
const SHOWN = 16, MOST = 50;

/**
 * @param {import("./state.js").Store} store  @param {import("./main.js").World} world
 * @returns {() => import("./stages.js").Chain} what draws it and gives what the stages kept
 */
export function part4({ state, set, fields }, { data, names, ranked }) {
  const chart = new Chart(byId("chart4"));
  const values = readout(chart);
  byId("all4").addEventListener("click", () => set({ T: 1, k: data.vocabSize, p: 1, minP: 0 }));
  byId("reset4").addEventListener("click", () => set({ T: 1, k: fields.k.start, p: 1, minP: 0, order: "first" }));
  const bars = byId("bars4");
  const shown = Math.min(SHOWN, data.vocabSize);
  while (bars.children.length <= shown) {
    bars.append(element("li", {}, element("b"), element("i", { className: "bar" }), element("i", { className: "bar after" }), element("span")));
  }
  const temperatures = byId("live4").dataset.temperatures.split(",").map(Number);
  /** The largest probabilities at the run's temperatures, of the set that is shown. @type {Map<string, number[]>} */
  const known = new Map();
  const at = (/** @type {number} */ T) => {
    const { logits, serial } = data.sets[state.set];
    const key = `${serial},${T}`;
    let made = known.get(key);
    if (made === undefined) {
      const p = softmax(logits, T);
      made = Array.from(ranked(state.set).subarray(0, MOST), id => p[id]);
      if (known.size > 100) known.clear();
      known.set(key, made);
    }
    return made;
  };
  return () => {
    const { set: which, y4 } = state;
    const { logits, model, prompt } = data.sets[which];
    const found = chain(logits, ranked(which), state);
    const { ids } = found;
    const log = y4 === "log";
    const width = (/** @type {number} */ share) => (log ? Math.max(0, 1 + Math.log10(share) / 6) : share) * 100;
    /** A bar: what there was of it at the temperature alone, and what there is of it after all stages. */
    const fill = (/** @type {any} */ bar, /** @type {string} */ name, /** @type {number} */ was, /** @type {number} */ is, /** @type {string} */ dropped, more = "") => {
      const [word, before, after, said] = bar.children;
      bar.classList.toggle("dropped", dropped !== "");
      word.textContent = name;
      before.style.width = `${width(was)}%`;
      after.style.width = `${dropped ? 0 : width(is)}%`;
      said.textContent = dropped ? `${percent(was)}, dropped by ${dropped}` : percent(is) + more;
    };
    for (let rank = 0; rank < shown; rank++) {
      fill(bars.children[rank], names.name(ids[rank]), found.before[rank], found.after[rank], dropper(found, rank));
    }
    let [tail, left] = [0, 0];
    for (let rank = shown; rank < ids.length; rank++) tail += found.before[rank];
    for (let rank = shown; rank < found.kept; rank++) left += found.after[rank];
    fill(bars.lastElementChild, `${thousands(ids.length - shown)} others`, tail, left, dropper(found, shown), `, ${thousands(found.kept - shown)} of them`);
    bars.lastElementChild.hidden = ids.length === shown;
    byId("stages4").replaceChildren(...found.steps.map(step => card(step, state, ids.length)));
    tell(byId("said4"), `${prompt.text} ___ (${model}): of ${thousands(ids.length)} tokens ${thousands(found.kept)} may be drawn, as uncertain as ${choices(found.steps[3].entropy)}.`);
    // The chosen temperature's are known already.
    const curves = picture(chart, temperatures, T => (T === state.T ? found.before.subarray(0, MOST) : at(T)), state);
    values(curves.map(({ T, xs, ys }) => ({ xs, ys, word: rank => `${names.name(ranked(which)[rank])}: ${percent(ys[rank])} at T = ${T}` })));
    return found;
  };
}

/** @param {import("./stages.js").Chain} found  @param {number} rank  @returns {string} the stage that dropped it, if one has */
const dropper = (found, rank) => found.steps.find(step => rank >= step.kept)?.name ?? "";

/** @param {import("./stages.js").Step} step  @param {import("./state.js").State} state  @param {number} all */
function card({ name, kept, mass, entropy }, { T, k, p, minP }, all) {
  const setting = { T: `T = ${T}`, "top-k": k >= all ? "top-k: off" : `top-k = ${thousands(k)}`, "top-p": p >= 1 ? "top-p: off" : `top-p = ${p}`, "min-p": minP === 0 ? "min-p: off" : `min-p = ${minP}` }[name] ?? name;
  const lines = name === "T" ? ["keeps all"] : [`keeps ${thousands(kept)}`, `${percent(mass)} of what came`];
  return element("li", {}, element("b", {}, setting), ...lines.map(line => element("span", {}, line)), element("span", {}, choices(entropy)));
}

/** The run's temperatures, and the chosen one where it is none of them. @param {Chart} chart  @param {number[]} temperatures  @param {(T: number) => ArrayLike<number>} at the largest probabilities  @param {import("./state.js").State} state  @returns its curves */
function picture(chart, temperatures, at, { T, k }) {
  const shown = Math.min(Math.max(k, 2), at(T).length);
  const ranks = Array.from({ length: shown }, (_, rank) => rank);
  const ys = (/** @type {number} */ T) => Array.from(at(T)).slice(0, shown);
  /** @type {{ T: number, ys: number[], color: string, look: import("./marks.js").Look }[]} */
  const curves = temperatures.map((T, i) => {
    const [shape, face, line] = LOOKS[i % LOOKS.length];
    return { T, ys: ys(T), color: line, look: { shape, size: 10, face, edge: color("mono") } };
  });
  if (curves.every(curve => curve.T !== T)) curves.push({ T, ys: ys(T), color: color("mark"), look: { shape: "circle", size: 8, face: color("mark"), edge: color("mono") } });
  const [low, high] = extent(curves.flatMap(curve => curve.ys));
  const y = padded(Math.max(low, 1e-12), high, true);
  const named = curves.map(curve => ({ ...curve, xs: ranks, text: `T = ${curve.T}` }));
  chart.begin({ xLabel: `Top-${shown} indices`, yLabel: "Softmax probabilities (log)", x: padded(0, shown - 1), y, ends: named.map(curve => curve.text) });
  for (const { ys, color, look } of curves) {
    chart.line(ranks, ys, { color, width: 2 });
    chart.marks(ranks, ys, look);
  }
  ends(chart, shown - 1, named);
  return named;
}

// Part 5: both models' probabilities by each formula in each type, and why some of them are no numbers.
import { MAGENTA, color } from "./marks.js";
import { about, equals, extent, minus, padded, power, short, thousands } from "./scale.js";
import { TYPES, byFormula, diagnosis, largest } from "./softmax.js";
import { byId, element, nameCode, row, tell } from "./state.js";
import { shown } from "./tokens.js";
import { triple } from "./triple.js";

/** @typedef {{ title: string, values: ArrayLike<number>, sum: number, z: Float64Array, found: ReturnType<typeof diagnosis> }} Outcome */

/**
 * @param {import("./state.js").Store} store  @param {import("./main.js").World} world
 * @returns {() => Outcome[]} what draws it and gives what became of each model
 */
export function part5(store, world) {
  const { state, set } = store;
  const { data, names } = world;
  /** The prompts for which there are the logits of all models: the places of each one's sets. */
  const pairs = () => {
    const [first, ...others] = data.part5.map(place => data.sets[place].model);
    const same = (/** @type {import("./data.js").LogitSet} */ set, /** @type {string} */ model) =>
      data.sets.findLastIndex(other => other.model === model && other.prompt.text === set.prompt.text && String(other.prompt.ids) === String(set.prompt.ids));
    const found = data.sets.flatMap((set, place) => (set.model === first ? [[place, ...others.map(model => same(set, model))]] : []));
    return found.filter(places => !places.includes(-1));
  };
  /** The places of the sets that are shown: those of the prompt that the reader chose, where there are both models'. */
  const shownPlaces = () => pairs().find(places => places.includes(state.set)) ?? data.part5;
  const sets = () => shownPlaces().map(place => data.sets[place]);
  const canvases = ["a", "b", "c"].map(letter => byId(`chart5${letter}`));
  /** @type {Map<string, Outcome>} */
  const known = new Map();
  const outcome = (/** @type {number} */ n) => {
    const { formula, type, show } = state;
    const key = [sets()[n].serial, formula, type, show].join();
    const made = known.get(key) ?? compute(sets()[n], formula, type, show);
    if (known.size > 60) known.clear();
    known.set(key, made);
    return made;
  };
  for (const canvas of canvases.slice(sets().length === 2 ? 3 : 1)) canvas.hidden = true;
  const draw = triple(sets().length === 2 ? canvases : canvases.slice(0, 1), store, world, { place: () => shownPlaces()[0] });
  const select = byId("pair5");
  select.addEventListener("change", () => set({ set: Number(select.value) }));
  const offer = () => {
    const texts = pairs().map(([place]) => [String(place), shown(data.sets[place].prompt.text)]);
    if (String(texts) !== select.dataset.texts) select.replaceChildren(...texts.map(([value, text]) => element("option", { value }, text)));
    select.dataset.texts = String(texts);
    select.value = String(shownPlaces()[0]);
    select.parentElement.hidden = texts.length < 2;
  };
  return () => {
    const { formula, type, show } = state;
    const outcomes = sets().map((_, n) => outcome(n));
    const index = { low: -10, high: data.vocabSize + 9, log: false };
    const yLabel = show === "probabilities" ? "Softmax probabilities" : formula === "manual" ? "Output logits" : "Raw logits (max-norm)";
    const ink = color("ink");
    const look = { shape: /** @type {const} */ ("point"), size: 5, face: ink, edge: ink, alpha: /** @type {[number, number]} */ ([0.3, 0.3]) };
    const empty = (/** @type {Outcome[]} */ of) => (of.some(({ found }) => found.nan === data.vocabSize) ? "nothing to draw: all values are NaN" : undefined);
    const key = [sets().map(set => set.serial), formula, type, show].join();
    const panels = outcomes.map((one, n) => ({
      title: `${"AB"[n]}) ${one.title}`, xLabel: "Token index", yLabel, x: index, y: padded(...extent(one.values)), xs: null, ys: one.values, look, key, empty: empty([one]),
    }));
    if (outcomes.length === 2) {
      const [a, b] = outcomes;
      panels.push(/** @type {any} */ ({
        title: "C) Comparison of both models", xLabel: a.title, yLabel: b.title, x: panels[0].y, y: panels[1].y, xs: a.values, ys: b.values,
        look: { ...look, face: MAGENTA, edge: MAGENTA }, key, empty: empty(outcomes),
      }));
    }
    const pointed = draw(panels);
    const values = outcomes.map(one => `${one.title} ${short(one.values[pointed ?? 0])}`);
    tell(byId("said5"), pointed === null ? "Point at a marker to learn its token." : `${names.name(pointed)} (id ${pointed}): ${values.join(", ")}.`);
    offer();
    byId("prompt5").textContent = shown(sets()[0].prompt.text);
    const counts = (/** @type {Outcome} */ { title, found: { nan, zero, subnormal, sum } }) => row(title, ...[nan, zero, subnormal].map(thousands), short(sum, 7));
    byId("counts5").replaceChildren(...outcomes.map(counts));
    byId("why5").replaceChildren(...outcomes.map(one => element("p", {}, why(one, state))));
    const wanted = show === "logits" ? (formula === "manual" ? "5a" : "5c") : { manual: "5b", max_normalised: "5d", library: "5e" }[formula];
    const [code, below] = [document.querySelector(`#part5 > [data-of="${wanted}"]`), byId("code5")];
    if (code && wanted !== below.dataset.shown) {
      const copy = /** @type {HTMLDetailsElement} */ (code.cloneNode(true));
      copy.open = below.firstElementChild?.open ?? false;
      below.replaceChildren(copy);
    }
    below.dataset.shown = wanted;
    nameCode(below, sets()[0].prompt.text);
    outcomes.forEach(({ z }, n) => band(n, z));
    return outcomes;
  };
}

/** @param {import("./data.js").LogitSet} set  @param {import("./softmax.js").Formula} formula  @param {import("./softmax.js").TypeName} type  @param {string} show  @returns {Outcome} */
function compute({ model, logits }, formula, type, show) {
  const { round } = TYPES[type];
  const rounded = Float64Array.from(logits, round);
  const shift = formula === "manual" ? 0 : largest(rounded);
  const z = rounded.map(z => round(z - shift));
  const { p, sum } = byFormula(formula, type, logits);
  return { title: model, values: show === "logits" ? z : p, sum, z, found: diagnosis(p, type) };
}

/** Why a model's probabilities are what they are. @param {Outcome} outcome  @param {import("./state.js").State} state  @returns {string} */
function why({ title, sum, z, found }, { formula, type }) {
  const { subnormal, normal, max, round } = TYPES[type];
  const top = largest(z);
  // The third decimal of z moves the third digit of exp(z) by half of one at most.
  const written = top === 0 ? "= 1" : `≈ ${top < -700 ? power(Math.round(top / Math.LN10)) : short(Math.exp(top), 3)}`;
  const e = `exp(${minus(String(Number(top.toFixed(3))))}) ${written}`;
  if (formula === "library") return `${title}: the maximum is taken away in float${type === "float64" ? 64 : 32}, where exp(0) = 1 is the largest term, and the result is rounded to ${type} once.`;
  if (sum === 0) return `${title}: Σ exp(z) = 0 in ${type}, since its largest term ${e} is below half of the smallest number, ${about(subnormal, 2)}. Every value is 0 / 0 = NaN.`;
  if (sum === Infinity) {
    const term = round(Math.exp(top)) === Infinity ? `its largest term ${e}` : "the sum of its terms";
    return `${title}: Σ exp(z) = ∞ in ${type}, since ${term} is above the largest number, ${about(max, 5)}. What is finite becomes x / ∞ = 0, what is infinite ∞ / ∞ = NaN.`;
  }
  const lost = found.zero > 0 ? ` ${thousands(found.zero)} values are too small for the type and become 0.` : "";
  const few = found.subnormal > 0 ? ` ${thousands(found.subnormal)} lie below the smallest normal number, ${about(normal, 2)}, where bits are missing.` : "";
  const off = Math.abs(found.sum - 1) > 1e-3 ? ` Their sum is ${about(found.sum)}: each quotient was rounded.` : "";
  return `${title}: the largest term is ${e}, and Σ exp(z) ${equals(sum)} is within ${type}'s range.${lost}${few}${off}`;
}

/** Moves a model's band on the ruler to where exp(z) lies. @param {number} n  @param {Float64Array} z */
function band(n, z) {
  const ruler = byId("ruler5");
  const rect = ruler?.querySelector(`[data-band="${n}"]`);
  if (!rect) return;
  const [first, last] = [Number(ruler.dataset.first), Number(ruler.dataset.last)];
  const at = (/** @type {number} */ ln) => Math.max(0, Math.min(100, (100 * (ln / Math.LN10 - first)) / (last - first)));
  const [low, high] = extent(z).map(at);
  rect.setAttribute("x", `${low}%`);
  rect.setAttribute("width", `${Math.max(0.3, high - low)}%`);
}

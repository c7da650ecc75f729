// The figure that opens the page: a prompt's most probable tokens, from logits over softmax to probabilities.
import { choices, counts, extent, minus, percent, short, thousands } from "./scale.js";
import { entropy, softmax } from "./softmax.js";
import { byId, tell } from "./state.js";
import { shown } from "./tokens.js";

/** The columns of the histogram of all logits, and its height. */
const BINS = 80, HEIGHT = 30;

/** @param {import("./state.js").Store} store  @param {import("./main.js").World} world  @returns {() => Float64Array} what draws it and gives the probabilities */
export function opening({ state }, { data, names, ranked }) {
  const part = (/** @type {string} */ name) => byId(`opening-${name}`);
  const [rest, all] = part("rest").rows;
  const p = new Float64Array(data.vocabSize);
  byId("opening").querySelector(".controls").hidden = false;
  const term = (/** @type {number} */ x) => (x === 0 || x >= 5e-4 ? x.toFixed(3) : short(x, 2));
  /** Fills a row's last cells. @param {any} row  @param {number} share  @param {number} first */
  const fill = ({ cells: [, , , exp, percents, bar] }, share, first) => {
    exp.textContent = term(share / first);
    percents.textContent = percent(share);
    bar.firstChild.setAttribute("width", `${100 * share}%`);
  };
  let drawn = -1;
  return () => {
    const { T, set } = state;
    const { logits, model, prompt, serial } = data.sets[set];
    const ids = ranked(set);
    softmax(logits, T, p);
    const first = p[ids[0]];
    const rows = [...part("rows").rows];
    if (serial !== drawn) {
      drawn = serial;
      const [low, high] = extent(logits);
      part("model").textContent = model;
      part("prompt").textContent = shown(prompt.text) || "(the prompt is not in the file)";
      part("spread").firstElementChild.setAttribute("d", columns(counts(logits, low, high, BINS)));
      rows.forEach(({ cells: [token, z, dot] }, rank) => {
        token.textContent = names.name(ids[rank]);
        z.textContent = minus(logits[ids[rank]].toFixed(2));
        dot.querySelector("circle").setAttribute("cx", `${(100 * (logits[ids[rank]] - low)) / Math.max(high - low, 1e-9)}%`);
      });
    }
    let shares = 0;
    rows.forEach((row, rank) => {
      shares += p[ids[rank]];
      fill(row, p[ids[rank]], first);
    });
    fill(rest, Math.max(0, 1 - shares), first);
    rest.cells[0].textContent = `${thousands(data.vocabSize - rows.length)} others`;
    all.cells[3].textContent = `Σ = ${term(1 / first)}`;
    part("T").textContent = T === 1 ? "T" : String(T);
    tell(part("said"), `T = ${T}: the most probable token has ${percent(first)}; the model is as uncertain as ${choices(entropy(p))}.`);
    return p;
  };
}

/** @param {Uint32Array} counted  @returns {string} an SVG path with a column for each */
function columns(counted) {
  const most = Math.max(1, ...counted);
  return Array.from(counted, (count, bin) => (count === 0 ? "" : `M${bin} ${HEIGHT}v-${Math.max(1, (HEIGHT * count) / most).toFixed(1)}h1V${HEIGHT}z`)).join("");
}

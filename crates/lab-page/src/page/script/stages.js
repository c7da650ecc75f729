// What stands between logits and a draw: temperature, top-k, top-p and min-p, in the order that one likes.
import { entropy, softmax } from "./softmax.js";

/**
 * Token ids by their logits, largest first; of equal ones the lower id first. No temperature changes it.
 * @param {ArrayLike<number>} z logits  @returns {Uint32Array}
 */
export function ranking(z) {
  return Uint32Array.from(z, (_, id) => id).sort((a, b) => z[b] - z[a] || a - b);
}

/**
 * @typedef {{ name: string, kept: number, mass: number, entropy: number }} Step
 *   how many tokens a stage kept, their share of the probability that reached it, and the entropy after it
 * @typedef {{ steps: Step[], ids: Uint32Array, kept: number, before: Float64Array, after: Float64Array }} Chain
 *   the first `kept` of `ids` are kept; `before` and `after` are the probabilities in their order: at the temperature
 *   alone, and of those kept
 */

/**
 * Runs the stages. Each keeps the most probable tokens, so what is kept is always a beginning of the ranking. Equally
 * probable ones are kept or dropped together, but at the nucleus' edge, where the higher id is kept first.
 * @param {ArrayLike<number>} z logits  @param {Uint32Array} ranked
 * @param {{ T: number, k: number, p: number, minP: number, order: string }} settings
 *   `order` is "first" or "last": where temperature comes; `k` beyond the vocabulary, `p` of 1 and `minP` of 0 keep all
 * @returns {Chain}
 */
export function chain(z, ranked, { T, k, p, minP, order }) {
  const sorted = Float64Array.from(ranked, id => z[id]);
  let at = order === "first" ? T : 1;
  let now = softmax(sorted, at);
  /** @type {Step[]} */
  const steps = [];
  const step = (/** @type {string} */ name, /** @type {number} */ kept) => {
    let mass = 0;
    for (let i = 0; i < kept; i++) mass += now[i];
    if (kept < now.length) now = softmax(sorted.subarray(0, kept), at);
    steps.push({ name, kept, mass: Math.min(mass, 1), entropy: entropy(now) });
  };
  const temperature = () => {
    at = T;
    now = softmax(sorted.subarray(0, now.length), at);
    step("T", now.length);
  };
  if (order === "first") temperature();
  let most = Math.min(k, now.length);
  while (most < now.length && sorted[most] === sorted[most - 1]) most++;
  step("top-k", most);
  const edge = p >= 1 ? now.length : nucleus(now, p);
  const alike = [sorted.indexOf(sorted[edge - 1]), sorted.lastIndexOf(sorted[edge - 1]) + 1];
  const ids = edge < alike[1] && edge < now.length ? ranked.slice() : ranked;
  if (ids !== ranked) ids.subarray(alike[0], alike[1]).reverse();
  step("top-p", edge);
  const least = minP * now[0];
  const above = now.findIndex(share => share < least);
  step("min-p", above < 0 ? now.length : above);
  if (order === "last") temperature();
  return { steps, ids, kept: now.length, before: softmax(sorted, T), after: now };
}

/** @param {Float64Array} now  @param {number} p  @returns {number} the fewest that together have the share p */
function nucleus(now, p) {
  let sum = 0;
  for (let i = 0; i < now.length; i++) if ((sum += now[i]) >= p) return i + 1;
  return now.length;
}

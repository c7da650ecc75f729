// What stands between logits and a draw: temperature, top-k, top-p and min-p, in the order that one likes.
import { entropy, softmax } from "./softmax.js";

/** An id is below this number, the largest vocabulary; a key below holds both an id and a logit. */
const IDS = 2 ** 20;

/**
 * Token ids by their logits, largest first; of equal ones the lower id first. No temperature changes it.
 * @param {Float32Array} z logits  @returns {Uint32Array}
 */
export function ranking(z) {
  // Sorting numbers without a comparison function takes a fifth of the time.
  const keys = new Float64Array(z.length);
  const bits = new Int32Array(z.slice().buffer);
  for (let id = 0; id < z.length; id++) {
    // Floats with a sign bit are ordered the other way round. -0 is 0.
    const order = z[id] === 0 ? 0 : bits[id] ^ ((bits[id] >> 31) & 0x7fffffff);
    keys[id] = id - order * IDS;
  }
  keys.sort();
  const ids = new Uint32Array(z.length);
  for (let rank = 0; rank < ids.length; rank++) ids[rank] = keys[rank] - Math.floor(keys[rank] / IDS) * IDS;
  return ids;
}

/** Logits in the order of their ranking. @type {WeakMap<Uint32Array, Float64Array>} */
const ordered = new WeakMap();

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
  const sorted = ordered.get(ranked) ?? Float64Array.from(ranked, id => z[id]);
  ordered.set(ranked, sorted);
  const before = softmax(sorted, T);
  let at = order === "first" ? T : 1;
  let now = before;
  let nats = 0;
  const take = (/** @type {Float64Array} */ shares) => ([now, nats] = [shares, entropy(shares)]);
  take(at === T ? before : softmax(sorted, at));
  /** @type {Step[]} */
  const steps = [];
  const step = (/** @type {string} */ name, /** @type {number} */ kept) => {
    let mass = 0;
    for (let i = 0; i < kept; i++) mass += now[i];
    if (kept < now.length) take(softmax(sorted.subarray(0, kept), at));
    steps.push({ name, kept, mass: Math.min(mass, 1), entropy: nats });
  };
  if (order === "first") step("T", now.length);
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
  if (order === "last") {
    at = T;
    take(now.length === sorted.length ? before : softmax(sorted.subarray(0, now.length), T));
    step("T", now.length);
  }
  return { steps, ids, kept: now.length, before, after: now };
}

/** @param {Float64Array} now  @param {number} p  @returns {number} the fewest that together have the share p */
function nucleus(now, p) {
  let sum = 0;
  for (let i = 0; i < now.length; i++) if ((sum += now[i]) >= p) return i + 1;
  return now.length;
}

// Axes: where values and ticks stand; and how numbers are written.

/**
 * @typedef {{ low: number, high: number, log: boolean }} Axis
 * @typedef {{ value: number, label: string }} Tick without a label it is a small one
 */

/**
 * The axis of some values, with a twentieth of room on either side, as matplotlib leaves it.
 * @param {number} low  @param {number} high  @param {boolean} [log]  @returns {Axis}
 */
export function padded(low, high, log = false) {
  if (!(low <= high)) return { low: log ? 0.1 : -0.055, high: log ? 1 : 0.055, log };
  if (low === high && log) return { low: low / 2, high: high * 2, log };
  // Of a large number, more than its last bit.
  if (low === high) [low, high] = [low - Math.max(0.05, 1e-9 * Math.abs(low)), high + Math.max(0.05, 1e-9 * Math.abs(high))];
  if (log) {
    const room = (high / low) ** 0.05;
    return { low: low / room, high: high * room, log };
  }
  const room = 0.05 * (high - low);
  return { low: low - room, high: high + room, log };
}

/** @param {ArrayLike<number>} values  @returns {[number, number]} the smallest and the largest finite one */
export function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return [low, high];
}

/**
 * How many values lie in each of equal intervals. @param {ArrayLike<number>} values  @param {number} low  @param {number} high  @param {number} bins
 * @returns {Uint32Array} without those outside
 */
export function counts(values, low, high, bins) {
  const found = new Uint32Array(bins);
  const scale = bins / Math.max(high - low, 1e-9);
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= low && values[i] <= high) found[Math.min(bins - 1, Math.floor((values[i] - low) * scale))]++;
  }
  return found;
}

/** @param {Axis} axis  @param {number} value  @returns {number} from 0 at its low end to 1 at its high end */
export function along({ low, high, log }, value) {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/** @param {Axis} axis  @param {number} at  @returns {number} the value there */
export function valueAt({ low, high, log }, at) {
  return log ? low * (high / low) ** at : low + at * (high - low);
}

/** @param {Axis} axis  @param {number} room for so many labels  @returns {Tick[]} */
export function ticks(axis, room) {
  return axis.log ? decades(axis, room) : steps(axis, Math.max(1, Math.min(9, room)));
}

/** @param {Axis} axis  @param {number} room  @returns {Tick[]} */
function steps({ low, high }, room) {
  const raw = (high - low) / room;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find(step => step * power >= raw) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (Math.abs(step / power - 2.5) < 1e-9 ? 1 : 0));
  return Array.from({ length: count + 1 }, (_, i) => {
    const value = (first + i) * step;
    const small = Math.max(Math.abs(low), Math.abs(high)) < 1e-4;
    return { value, label: minus(small ? value.toExponential(1).replace(/^(-?)0\.0e.*/, "0") : fixed(value, digits)) };
  });
}

/** @param {Axis} axis  @param {number} room  @returns {Tick[]} */
function decades({ low, high }, room) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const stride = Math.max(1, Math.ceil((last - first + 1) / Math.max(2, room)));
  const all = [];
  for (let e = first - 1; e <= last; e++) {
    if (e >= first && e % stride === 0) all.push({ value: 10 ** e, label: power(e) });
    if (stride > 1) continue;
    for (let m = 2; m < 10; m++) all.push({ value: m * 10 ** e, label: last <= first && m % 2 === 0 ? `${m}×${power(e)}` : "" });
  }
  return all.filter(({ value }) => value >= low && value <= high);
}

/** @param {number} value  @param {number} digits  @returns {string} */
const fixed = (value, digits) => value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1");

/** @param {string} text  @returns {string} with a minus that is as wide as a digit */
export const minus = text => text.replaceAll("-", "−");

/** @param {number} exponent  @returns {string} 10⁻³ */
export const power = exponent => `10${[...String(exponent)].map(c => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;

/** @param {number} share  @returns {string} as the reports write it: 34.7%, and more of what is small */
export function percent(share) {
  const hundred = 100 * share;
  return `${hundred === 0 || hundred >= 0.05 ? hundred.toFixed(1) : short(hundred, 2)}%`;
}

/** @param {number} value  @param {number} [digits]  @returns {string} significant digits, large and small as 1.2e−7 */
export function short(value, digits = 4) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return minus(value.toExponential(digits - 1).replace("e+", "e"));
  return minus(String(Number(value.toPrecision(digits))));
}

/** @param {number} value  @param {number} digits  @returns {boolean} whether so many digits are all that it has */
const exact = (value, digits) => Number(value.toPrecision(digits)) === value;

/** @param {number} value  @param {number} [digits]  @returns {string} the number, or ≈ and its first digits */
export const about = (value, digits = 4) => (exact(value, digits) && Math.abs(value) < 1e6 ? minus(value.toLocaleString("en-US", { maximumSignificantDigits: digits })) : `≈ ${short(value, digits)}`);

/** @param {number} value  @param {number} [digits]  @returns {string} what follows a name: "= 1", or "≈ 1083" */
export const equals = (value, digits = 4) => (exact(value, digits) || !Number.isFinite(value) ? `= ${short(value, digits)}` : `≈ ${short(value, digits)}`);

/** @param {number} whole  @returns {string} 50,257 */
export const thousands = whole => whole.toLocaleString("en-US");

/** @param {number} nats an entropy  @returns {string} its perplexity with three digits at least, as the lab's lines have it: 4.21 equal choices */
export const choices = nats => {
  const x = Math.exp(nats);
  return `${x < 9.995 ? x.toFixed(2) : x < 999.95 ? x.toFixed(1) : thousands(Math.round(x))} equal choices`;
};

// Softmax, by several formulas, in several floating-point types. The same as softmax-core's, number for number.

/** Powers of two, from the smallest double to the largest. */
const POWERS = Float64Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074));
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Added to a number below 2^51 and taken away again, it leaves the nearest whole number, ties to even. */
const TO_WHOLE = 1.5 * 2 ** 52;

/**
 * Rounds to the nearest number of a binary type, ties to even, infinite beyond its range.
 * @param {number} precision in bits  @param {number} lowest exponent of a normal number
 * @param {number} max largest finite number  @returns {(x: number) => number}
 */
function rounding(precision, lowest, max) {
  return x => {
    if (x === 0 || !Number.isFinite(x)) return x;
    double[0] = x;
    const exponent = ((words[1] >>> 20) & 0x7ff) - 1023;
    const unit = POWERS[Math.max(exponent, lowest) - precision + 1 + 1074];
    const rounded = (x / unit + TO_WHOLE - TO_WHOLE) * unit;
    return Math.abs(rounded) > max ? Math.sign(x) * Infinity : rounded;
  };
}

/**
 * @typedef {"float16" | "bfloat16" | "float32" | "float64"} TypeName
 * @typedef {{ round: (x: number) => number, subnormal: number, normal: number, max: number }} NumberType
 *   how it rounds, its smallest subnormal number, its smallest normal and its largest finite one
 * @typedef {"manual" | "max_normalised" | "library"} Formula
 */

/** @type {Record<TypeName, NumberType>} */
export const TYPES = {
  float16: { round: rounding(11, -14, 65504), subnormal: 2 ** -24, normal: 2 ** -14, max: 65504 },
  bfloat16: { round: rounding(8, -126, 255 * 2 ** 120), subnormal: 2 ** -133, normal: 2 ** -126, max: 255 * 2 ** 120 },
  float32: { round: Math.fround, subnormal: 2 ** -149, normal: 2 ** -126, max: (2 - 2 ** -23) * 2 ** 127 },
  float64: { round: x => x, subnormal: 2 ** -1074, normal: 2 ** -1022, max: Number.MAX_VALUE },
};

/** @param {ArrayLike<number>} z  @returns {number} the largest, or -Infinity of none */
export function largest(z) {
  let max = -Infinity;
  for (let i = 0; i < z.length; i++) if (z[i] > max) max = z[i];
  return max;
}

/**
 * exp((z - max z) / T) / Σ: what a library does.
 * @param {ArrayLike<number>} z logits  @param {number} T temperature  @param {Float64Array} [out] to write into
 * @returns {Float64Array} probabilities
 */
export function softmax(z, T, out = new Float64Array(z.length)) {
  const max = largest(z);
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += out[i] = Math.exp((z[i] - max) / T);
  for (let i = 0; i < z.length; i++) out[i] /= sum;
  return out;
}

/**
 * The sum of float32 numbers on one thread of PyTorch: lanes and streams, each added up in blocks and blocks of blocks.
 * @param {Float32Array} x  @returns {number}
 */
function cascade(x) {
  const lanes = x.length < 8 ? 1 : 8;
  const width = 4 * lanes;
  const rows = Math.floor(x.length / width);
  const power = Math.max(4, Math.floor(Math.ceil(Math.log2(rows)) / 4));
  const levels = [0, 1, 2, 3].map(() => new Float32Array(width));
  const add = (/** @type {Float32Array} */ to, /** @type {Float32Array} */ from, at = 0) => {
    for (let i = 0; i < to.length; i++) to[i] += from[at + i];
  };
  for (let row = 1; row <= rows; row++) {
    add(levels[0], x, (row - 1) * width);
    for (let level = 0; level < 3 && row % 2 ** (power * (level + 1)) === 0; level++) {
      add(levels[level + 1], levels[level]);
      levels[level].fill(0);
    }
  }
  for (let level = 1; level < 4; level++) add(levels[0], levels[level]);
  const sum = levels[0].subarray(0, lanes);
  let at = rows * width;
  for (; at + lanes <= x.length; at += lanes) add(sum, x, at);
  for (let stream = 1; stream < 4; stream++) add(sum, levels[0], stream * lanes);
  let total = 0;
  for (; at < x.length; at++) total = Math.fround(total + x[at]);
  for (const lane of sum) total = Math.fround(total + lane);
  return total;
}

/**
 * The sum of float32 numbers as PyTorch adds them on two threads: softmax-core's `torch_sum`, bit for bit.
 * @param {Float32Array} x  @returns {number}
 */
export function torchSum(x) {
  if (x.length <= 32768) return cascade(x);
  const half = Math.ceil(x.length / 2);
  return Math.fround(cascade(x.subarray(0, half)) + cascade(x.subarray(half)));
}

/**
 * Probabilities by one of the formulas in one of the types. As written and with the maximum subtracted, each exp, their
 * sum and each quotient are rounded to the type; the library computes the 16-bit types in float32 and rounds once.
 * @param {Formula} formula  @param {TypeName} name  @param {ArrayLike<number>} logits
 * @returns {{ p: Float64Array, sum: number }} probabilities and, of the formulas, what they were divided by
 */
export function byFormula(formula, name, logits) {
  const { round } = TYPES[name];
  const p = Float64Array.from(logits, round);
  if (formula === "library") {
    const wide = name === "float64" ? softmax(p, 1) : softmax(p, 1).map(Math.fround);
    return { p: wide.map(round), sum: 1 };
  }
  const shift = formula === "manual" ? 0 : largest(p);
  for (let i = 0; i < p.length; i++) p[i] = round(Math.exp(shift === 0 ? p[i] : round(p[i] - shift)));
  const sum = name === "float64" ? p.reduce((sum, term) => sum + term, 0) : round(torchSum(Float32Array.from(p)));
  for (let i = 0; i < p.length; i++) p[i] = round(p[i] / sum);
  return { p, sum };
}

/**
 * What became of numbers in a type.
 * @param {ArrayLike<number>} p  @param {TypeName} name
 * @returns {{ nan: number, zero: number, subnormal: number, sum: number }}
 */
export function diagnosis(p, name) {
  const { normal } = TYPES[name];
  const found = { nan: 0, zero: 0, subnormal: 0, sum: 0 };
  for (let i = 0; i < p.length; i++) {
    if (Number.isNaN(p[i])) found.nan++;
    else if (p[i] === 0) found.zero++;
    else if (Math.abs(p[i]) < normal) found.subnormal++;
    found.sum += p[i];
  }
  return found;
}

/** @param {ArrayLike<number>} p probabilities  @returns {number} their entropy in nats */
export function entropy(p) {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) sum -= p[i] * Math.log(p[i]);
  return sum;
}

// Every value of the state: where it starts, and the one parser that typing, the address and the page itself go through.
import { minus, thousands } from "./scale.js";

/**
 * @typedef {{ start: any, read: (text: string) => any, takes?: (low: number, high: number) => string }} Field
 *   `read` gives undefined for what is refused; of a number, `takes` says what is taken from `low` to `high`
 */

/** @param {number} value  @param {number} low  @param {number} high  @returns {number | undefined} */
export const within = (value, low, high) => (value >= low && value <= high ? value : undefined);

/** @param {string} text  @returns {number} NaN for what is no decimal number */
export const decimal = text => (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN);

/** @type {(kind: string, least: number, most: number) => (low: number, high: number) => string} */
const taking = (kind, least, most) => (low, high) => `a ${kind} from ${minus(thousands(Math.max(low, least)))} to ${thousands(Math.min(high, most))}`;
/** @type {(start: number, low: number, high: number) => Field} */
const number = (start, low, high) => ({ start, read: text => within(decimal(text), low, high), takes: taking("number", low, high) });
/** @type {(start: number, low: number, high: number) => Field} */
const whole = (start, low, high) => ({
  start,
  read: text => (Number.isInteger(decimal(text)) ? within(decimal(text), low, high) : undefined),
  takes: taking("whole number", low, high),
});
/** @type {(...choices: string[]) => Field} the first is the one at the start */
const choice = (...choices) => ({ start: choices[0], read: text => (choices.includes(text) ? text : undefined) });
/** @type {(start: number[], of: Field, least: number, most: number) => Field} values between commas; none is an empty text */
const list = (start, of, least, most) => ({
  start,
  read: text => {
    const values = text === "" ? [] : text.split(",").map(of.read);
    return values.includes(undefined) || values.length < least || values.length > most ? undefined : values;
  },
  takes: of.takes,
});
/** What an axis is zoomed to, or nothing. Narrower than this, neighbouring ticks would be one number. @type {Field} */
const range = {
  start: [],
  read: text => {
    if (text === "") return [];
    const [low, high, ...more] = text.split(",").map(part => within(decimal(part), -1e6, 1e6) ?? NaN);
    return more.length === 0 && high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-30) ? [low, high] : undefined;
  },
};

/**
 * @param {number} vocabSize  @param {(set: number) => boolean} has whether there is such a set of logits
 * @param {{ k: number, log: string[], dark: boolean }} run the run's top-k, which of its axes are logarithmic, and whether its pictures are dark
 * @returns {Record<string, Field>}
 */
export function fields(vocabSize, has, run) {
  const set = whole(0, 0, 255);
  return {
    T: number(1, 0.05, 5),
    z: list([1, 1.1, 2, 3, 5, 6, 6.1], number(0, -1000, 1000), 1, 20),
    shift: number(0, -100, 100),
    theme: run.dark ? choice("dark", "auto", "light") : choice("auto", "light", "dark"),
    y2: run.log.includes("y2") ? choice("log", "linear") : choice("linear", "log"),
    set: { start: 0, read: text => (has(set.read(text)) ? set.read(text) : undefined) },
    y3: choice("linear", "log"),
    mark: list([], whole(0, 0, vocabSize - 1), 0, 12),
    ids: range,
    logits: range,
    shares: range,
    k: whole(Math.min(run.k, vocabSize), 1, vocabSize),
    p: number(1, 0.01, 1),
    minP: number(0, 0, 0.5),
    order: choice("first", "last"),
    y4: choice("linear", "log"),
    show: choice("probabilities", "logits"),
    formula: choice("manual", "max_normalised", "library"),
    type: choice("float32", "float16", "bfloat16", "float64"),
    count: whole(20, 1, 1024),
    seed: whole(1, 0, Number.MAX_SAFE_INTEGER),
    text: { start: "", read: text => (text.length <= 300 ? text : undefined) },
    tab: choice("next", "lens", "attention"),
    reader: choice("0", "1"),
    layer: whole(0, 0, 255),
    head: whole(0, 0, 255),
    scores: choice("softmax", "scaled", "raw"),
  };
}

// The page's one state: its values, the address that names them, and the controls that change them.

/**
 * @typedef {{
 *   T: number, z: number[], shift: number, y2: string, set: number, y3: string, mark: number[],
 *   ids: number[], logits: number[], shares: number[], k: number, p: number, minP: number, order: string, y4: string,
 *   show: string, formula: import("./softmax.js").Formula, type: import("./softmax.js").TypeName,
 *   tab: string, reader: string, layer: number, head: number, scores: string,
 * }} State
 *   temperature; part 1's numbers and what is added to all; axes `linear` or `log`; which logits; marked token ids;
 *   what part 3 is zoomed to, [low, high] or nothing; the stages; part 5's choices; what is seen of the
 *   reader's own text: which tab, of which model, layer and head, and which of its numbers
 * @typedef {{ start: any, read: (text: string) => any }} Entry
 *   a value at the start, and from the address: undefined for what makes no sense
 * @typedef {{ state: State, set: (change: Partial<State>) => void, onChange: (draw: () => void) => void }} Store
 */

/** @type {(start: number, low: number, high: number) => Entry} */
const number = (start, low, high) => ({ start, read: text => within(Number(text || NaN), low, high) });
/** @type {(...choices: string[]) => Entry} the first is the one at the start */
const choice = (...choices) => ({ start: choices[0], read: text => (choices.includes(text) ? text : undefined) });
/** @type {(start: number[], most: number) => Entry} */
const list = (start, most) => ({
  start,
  read: text => {
    const values = text.split(",").map(part => Number(part || NaN));
    return values.every(Number.isFinite) && values.length <= most ? values : undefined;
  },
});
/** @type {Entry} */
const range = { start: [], read: text => (([low, high]) => (low < high ? [low, high] : undefined))(text.split(",").map(Number)) };

/** @param {number} value  @param {number} low  @param {number} high  @returns {number | undefined} */
const within = (value, low, high) => (value >= low && value <= high ? value : undefined);

/** @param {number} vocabSize  @param {number} sets  @returns {Record<string, Entry>} */
const entries = (vocabSize, sets) => ({
  T: number(1, 0.05, 5),
  z: list([1, 1.1, 2, 3, 5, 6, 6.1], 20),
  shift: number(0, -100, 100),
  y2: choice("linear", "log"),
  set: number(0, 0, Math.max(0, sets - 1)),
  y3: choice("linear", "log"),
  mark: { start: [], read: text => list([], 12).read(text)?.filter((/** @type {number} */ id) => Number.isInteger(id) && id >= 0 && id < vocabSize) },
  ids: range,
  logits: range,
  shares: range,
  k: number(Math.min(10, vocabSize), 1, vocabSize),
  p: number(1, 0.01, 1),
  minP: number(0, 0, 0.5),
  order: choice("first", "last"),
  y4: choice("linear", "log"),
  show: choice("probabilities", "logits"),
  formula: choice("manual", "max_normalised", "library"),
  type: choice("float32", "float16", "bfloat16", "float64"),
  tab: choice("next", "lens", "attention"),
  reader: choice("0", "1"),
  layer: number(0, 0, 255),
  head: number(0, 0, 255),
  scores: choice("softmax", "scaled", "raw"),
});

/**
 * The state as the address has it; from then on the address follows, and Back brings a state back.
 * @param {number} vocabSize  @param {number} sets how many sets of logits there are
 * @returns {Store & { anchor: () => string, go: (anchor: string) => void }}
 */
export function store(vocabSize, sets) {
  const all = Object.entries(entries(vocabSize, sets));
  /** @type {any} */
  const state = {};
  /** @type {(() => void)[]} */
  const draws = [];
  let [anchor, timer, frame] = ["", 0, 0];
  const changed = () => (frame ||= requestAnimationFrame(() => ((frame = 0), draws.forEach(draw => draw()))));
  const read = () => {
    const words = decodeURIComponent(location.hash.slice(1)).split("&");
    anchor = words.find(word => !word.includes("=")) ?? "";
    const given = new Map(words.map(word => [word.split("=")[0], word.slice(word.indexOf("=") + 1)]));
    for (const [key, { start, read }] of all) state[key] = (given.has(key) ? read(given.get(key) ?? "") : undefined) ?? start;
  };
  const write = () => {
    const other = all.filter(([key, { start }]) => String(state[key]) !== String(start)).map(([key]) => `${key}=${state[key]}`);
    const hash = [...(anchor ? [anchor] : []), ...other].join("&");
    if (hash !== decodeURIComponent(location.hash.slice(1))) history.pushState(null, "", `#${hash}`);
  };
  read();
  for (const event of ["popstate", "hashchange"]) addEventListener(event, () => (clearTimeout(timer), read(), changed()));
  return {
    state,
    set: change => {
      Object.assign(state, change);
      changed();
      clearTimeout(timer);
      timer = setTimeout(write, 400);
    },
    onChange: draw => draws.push(draw),
    anchor: () => anchor,
    go: to => ((anchor = to), write()),
  };
}

/**
 * Binds every control that names a value in `data-bind`, both ways. A range with `data-scale="log"` moves in equal
 * factors; `data-digits` says to how many decimals a range's values are rounded.
 * @param {Store} store
 */
export function bind({ state, set, onChange }) {
  /** @type {Record<string, any>} */
  const values = state;
  for (const control of document.querySelectorAll("[data-bind]")) {
    if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement)) continue;
    const key = control.dataset.bind ?? "";
    const [low, high] = [Number(control.dataset.low), Number(control.dataset.high)];
    const [log, digits] = [control.dataset.scale === "log", Number(control.dataset.digits ?? 3)];
    const numeric = typeof values[key] === "number";
    control.addEventListener("input", () => {
      let value = numeric ? within(Number(control.value || NaN), -Infinity, Infinity) : control.value;
      if (control.type === "range" && log) value = Number((low * (high / low) ** (Number(control.value) / 1000)).toFixed(digits));
      if (control.type === "number" && value !== undefined) value = within(Number(value), Number(control.min), Number(control.max));
      if (value !== undefined) set({ [key]: value });
    });
    onChange(() => {
      const value = values[key];
      if (control.type === "radio") control.checked = control.value === value;
      else if (control.type === "range" && log) control.value = String((1000 * Math.log(value / low)) / Math.log(high / low));
      else if (document.activeElement !== control || control.type !== "number") control.value = String(value);
      if (control.type === "range") control.setAttribute("aria-valuetext", String(value));
    });
  }
}

/** @param {string} id  @returns {any} the element */
export const byId = id => document.getElementById(id);

/**
 * A new element with text, never markup, in it.
 * @param {string} tag  @param {Record<string, any>} [properties]  @param {...(Node | string)} children  @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/**
 * A button that does something.
 * @param {() => unknown} press  @param {Record<string, any>} properties  @param {...(Node | string)} children  @returns {any}
 */
export function button(press, properties, ...children) {
  const made = element("button", { type: "button", ...properties }, ...children);
  made.addEventListener("click", press);
  return made;
}

/** A table's row with these in its cells. @param {...(Node | string)} cells  @returns {any} */
export const row = (...cells) => element("tr", {}, ...cells.map(cell => element("td", {}, cell)));

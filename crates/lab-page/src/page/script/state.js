// The page's one state: its values, the address that names them, and the controls that change them.
import { fields, within } from "./fields.js";

/**
 * @typedef {{
 *   T: number, theme: string, z: number[], shift: number, y2: string, set: number, y3: string, mark: number[],
 *   ids: number[], logits: number[], shares: number[], k: number, p: number, minP: number, order: string, y4: string,
 *   show: string, formula: import("./softmax.js").Formula, type: import("./softmax.js").TypeName,
 *   count: number, seed: number, text: string, tab: string, reader: string, layer: number, head: number, scores: string,
 * }} State
 *   temperature; the page's colours; part 1's numbers and what is added to all; axes `linear` or `log`; which logits; marked token ids;
 *   what part 3 is zoomed to, [low, high] or nothing; the stages; part 5's choices; how many tokens to generate, and
 *   from which seed; the reader's own text, if it is short, and what is seen of it: which tab, of which model, layer and head, and which of
 *   its numbers
 * @typedef {{ state: State, set: (change: Partial<State>, moving?: boolean) => boolean, onChange: (draw: () => void) => void,
 *   fields: Record<string, import("./fields.js").Field> }} Store
 *   `set` is false if a value was refused: that one stays as it was; a change while something is `moving` belongs to
 *   the history's current entry
 */

/** What a link to a step leaves as it is, if it does not name it. */
const OWN = ["theme", "set", "text", "tab", "reader", "layer", "head", "scores", "count", "seed"];

/** A change of one of these is an entry of its own in the browser's history; others replace the current entry. */
const STEPS = ["mark", "ids", "logits", "shares"];

/** @param {string} text  @returns {string} what an address says; nothing for what is no encoded text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/**
 * The state as the address has it; from then on the address follows, and Back brings a state back.
 * @param {number} vocabSize  @param {(set: number) => boolean} has whether there is such a set of logits
 * @param {{ k: number, log: string[], dark: boolean }} run see {@link fields}
 * @returns {Store & { anchor: () => string, go: (anchor: string) => void, follow: (hash: string) => void, link: (anchor: string) => string, names: (hash: string) => boolean }}
 *   `go` makes an anchor the address's; `follow` takes the state of a link; `link` gives the address of the present
 *   state at an anchor; `names` says whether the present state is that of a link
 */
export function store(vocabSize, has, run) {
  const known = fields(vocabSize, has, run);
  const all = Object.entries(known);
  /** @type {any} */
  const state = {};
  /** @type {(() => void)[]} */
  const draws = [];
  let [anchor, timer, frame] = ["", 0, 0];
  const changed = () => (frame ||= requestAnimationFrame(() => ((frame = 0), draws.forEach(draw => draw()))));
  /** What an address says: the anchor, and every value that it does not name at its start. */
  const parsed = (/** @type {string} */ hash) => {
    const words = hash.split("&");
    const given = new Map(words.map(word => [word.split("=")[0], decoded(word.slice(word.indexOf("=") + 1))]));
    const values = all.map(([key, { start, read }]) => [key, (given.has(key) ? read(given.get(key) ?? "") : undefined) ?? start]);
    return { at: decoded(words.find(word => !word.includes("=")) ?? ""), values: Object.fromEntries(values), given };
  };
  const read = () => {
    const { at, values } = parsed(location.hash.slice(1));
    anchor = at;
    Object.assign(state, values);
  };
  const encoded = (/** @type {any} */ value) => encodeURIComponent(value).replaceAll("%2C", ",");
  const named = (/** @type {string} */ anchor) => {
    const other = all.filter(([key, { start }]) => String(state[key]) !== String(start)).map(([key]) => `${key}=${encoded(state[key])}`);
    return [...(anchor ? [encoded(anchor)] : []), ...other].join("&");
  };
  const write = (/** @type {"pushState" | "replaceState"} */ how) => {
    clearTimeout(timer);
    const hash = named(anchor);
    if (hash !== location.hash.slice(1)) history[how](null, "", `#${hash}`);
  };
  read();
  for (const event of ["popstate", "hashchange"]) addEventListener(event, () => (clearTimeout(timer), read(), changed()));
  return {
    state,
    fields: known,
    set: (change, moving = false) => {
      const taken = Object.entries(change).map(([key, value]) => /** @type {const} */ ([key, known[key].read(String(value))]));
      const good = taken.filter(([, value]) => value !== undefined);
      const step = !moving && good.some(([key, value]) => STEPS.includes(key) && String(value) !== String(state[key]));
      // What was moved before belongs to the entry that is left.
      if (step) write("replaceState");
      Object.assign(state, Object.fromEntries(good));
      changed();
      clearTimeout(timer);
      if (step) write("pushState");
      else timer = setTimeout(write, 400, "replaceState");
      return good.length === taken.length;
    },
    onChange: draw => draws.push(draw),
    anchor: () => anchor,
    go: to => ((anchor = to), write("pushState")),
    follow: hash => {
      const { at, values, given } = parsed(hash);
      write("replaceState");
      for (const [key] of all) if (given.has(key) || !OWN.includes(key)) state[key] = values[key];
      anchor = at;
      write("pushState");
      changed();
    },
    // Without a query: that may be for this reader alone.
    link: to => `${location.href.split(/[?#]/)[0]}#${named(to)}`,
    names: hash => {
      const { values, given } = parsed(hash);
      return all.every(([key]) => (!given.has(key) && OWN.includes(key)) || String(values[key]) === String(state[key]));
    },
  };
}

/**
 * Lets a reader type or slide into a control. What is refused goes back to the value in force when the control
 * loses the focus, and a line below names the accepted values.
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {(text: string) => boolean} take sets the value, if it is taken
 * @param {() => string} inForce  @param {() => string} takes
 */
export function typed(control, take, inForce, takes) {
  const said = element("small", { className: "refused", role: "status" });
  if (control.type === "number") control.parentElement?.append(said);
  control.addEventListener("input", () => {
    if (take(control.value)) said.textContent = "";
  });
  control.addEventListener("change", () => {
    if (control.type !== "number" || take(control.value)) return;
    said.textContent = `Give ${takes()}${control.value === "" ? "" : `, not ${control.value}`}.`;
    control.value = inForce();
  });
}

/**
 * Binds every control that names a value in `data-bind`, both ways. A range with `data-scale="log"` moves in equal
 * factors; `data-digits` says to how many decimals a range's values are rounded.
 * @param {Store} store
 */
export function bind({ state, set, onChange, fields }) {
  /** @type {Record<string, any>} */
  const values = state;
  for (const control of document.querySelectorAll("[data-bind]")) {
    if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement)) continue;
    const key = control.dataset.bind ?? "";
    const [low, high] = [Number(control.dataset.low), Number(control.dataset.high)];
    const [log, digits] = [control.dataset.scale === "log", Number(control.dataset.digits ?? 3)];
    const limits = () => {
      const { min = "", max = "" } = /** @type {HTMLInputElement} */ (control);
      return /** @type {[number, number]} */ ([min === "" ? -Infinity : Number(min), max === "" ? Infinity : Number(max)]);
    };
    const place = (/** @type {number} */ value) => (1000 * Math.log(value / low)) / Math.log(high / low);
    const there = (/** @type {number} */ place) => Number((low * (high / low) ** (place / 1000)).toFixed(digits));
    const take = (/** @type {string} */ text) => {
      if (control.type === "range" && log) return set({ [key]: there(Number(text)) });
      const value = fields[key].read(text);
      if (value === undefined || (control.type === "number" && within(value, ...limits()) === undefined)) return false;
      return set({ [key]: value });
    };
    typed(control, take, () => String(values[key]), () => fields[key].takes?.(...limits()) ?? "");
    if (control.type === "range" && log) {
      control.addEventListener("keydown", event => {
        const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[/** @type {KeyboardEvent} */ (event).key];
        if (by === undefined) return;
        event.preventDefault();
        // One thousandth of the slider's way, or to the next value, where that is farther.
        const [moved, next] = [there(place(values[key]) + by), Number((values[key] + by * 10 ** -digits).toFixed(digits))];
        const value = by > 0 ? Math.max(moved, next) : Math.min(moved, next);
        set({ [key]: Math.min(high, Math.max(low, value)) });
      });
    }
    onChange(() => {
      const value = values[key];
      if (control.type === "radio") control.checked = control.value === value;
      else if (control.type === "range" && log) control.value = String(place(value));
      else if (document.activeElement !== control || control.type !== "number") control.value = String(value);
      if (control.type === "range") control.setAttribute("aria-valuetext", String(value));
    });
  }
}

/** Has the code in an element name the prompt that is shown. @param {Element} host  @param {string} prompt */
export function nameCode(host, prompt) {
  for (const span of host.querySelectorAll(".code .prompt")) span.textContent = JSON.stringify(prompt);
}

/** What a screen reader is told. */
const spoken = element("p", { className: "unseen", role: "status" });
document.body.append(spoken);
/** @type {Map<Element, number>} */
const waiting = new Map();

/** Writes a sentence. A screen reader gets it once it has stayed the same for half a second. @param {Element} host  @param {string} sentence */
export function tell(host, sentence) {
  if (host.textContent === sentence) return;
  // What the page says at its start is read with the page.
  const first = host.textContent === "";
  host.textContent = sentence;
  if (!first) speak(host, sentence);
}

/** Has a screen reader say a sentence, once half a second brought no newer one of the same element. @param {Element} host  @param {string} sentence */
export function speak(host, sentence) {
  clearTimeout(waiting.get(host));
  waiting.set(host, setTimeout(() => (spoken.textContent = sentence), 500));
}

/** Puts new rows in a table's body; the focus stays on the button of its row, or of the last row that is left. @param {HTMLTableSectionElement} body  @param {HTMLTableRowElement[]} rows  @param {HTMLElement} otherwise has the focus where no row is left */
export function refill(body, rows, otherwise) {
  const at = [...body.rows].findIndex(row => row.contains(document.activeElement));
  body.replaceChildren(...rows);
  if (at >= 0) (rows[Math.min(at, rows.length - 1)]?.querySelector("button") ?? otherwise).focus();
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

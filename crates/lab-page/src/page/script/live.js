// Your own text: read by the models behind the page, gone on with token by token, opened, and taken back.
import { inside } from "./inside.js";
import { panels } from "./panels.js";
import { percent, short, thousands } from "./scale.js";
import { chain } from "./stages.js";
import { button, byId, element } from "./state.js";

/**
 * @typedef {{ model: number, probability: number, rank: number, kept?: number, draw?: number }} Note how a token was chosen
 * @typedef {{ ids: number[], notes: (Note | undefined)[] }} Branch
 */

/** @param {import("./state.js").Store} store  @param {import("./main.js").World} world  @returns {() => Branch[]} gives the branches, the current one last */
export function live(store, world) {
  const { state, set } = store;
  const { data, names, ranked, put } = world;
  const key = `branches of ${data.part5.map(place => data.sets[place].model).join()}`;
  const page = crypto.randomUUID();
  const text = byId("text0");
  const lists = [...document.querySelectorAll("ol.next")];
  /** Each list's set of logits, and what its candidates were drawn from. @type {{ place: number, key: string }[]} */
  const next = [];
  /** @type {Branch[]} */
  const branches = [{ ids: [], notes: [] }];
  let branch = branches[0];
  /** What was read last, or is about to be. */
  let settled = data.sets[0].prompt.ids;
  /** The text that the address names, if any. */
  let named = "";
  let asked = 0;
  /** Resolves when the branch has the tokens of what the box says; false if the box's text was refused. */
  let tokenized = Promise.resolve(true);
  /** A token of the text is open, and stays so while a model still reads. */
  let opened = false;
  let speaking = new AbortController();
  /** Ends a generation, or a reading that has not been answered. */
  const stop = () => {
    speaking.abort();
    speaking = new AbortController();
    byId("stop0").hidden = true;
  };
  const say = (/** @type {(string | Node)[]} */ ...words) => byId("said0").replaceChildren(...words);
  const ask = async (/** @type {string} */ path, /** @type {any} */ body, /** @type {AbortSignal} */ signal) => {
    const json = { headers: { "content-type": "application/json" }, body: JSON.stringify({ page, ...body }) };
    const answer = await fetch(path, { method: "POST", ...json, signal });
    if (!answer.ok) throw Object.assign(new Error((await answer.json()).error), { status: answer.status });
    return answer;
  };
  const look = inside(store, world, Object.assign(ask, { page }));
  /** What goes wrong is said; that something newer was asked for is nothing wrong. @param {() => Promise<void>} work */
  const tried = work => work().catch(error => error.name === "AbortError" || error.status === 409 || say(String(error.message)));
  const logits = async (/** @type {number} */ model, /** @type {number[]} */ ids) =>
    new Float32Array(await (await ask("/logits", { model, ids }, speaking.signal)).arrayBuffer());
  const spelled = (/** @type {number[]} */ ids) => {
    const bytes = ids.flatMap(id => [...data.tokens[id]]);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes));
  };
  /** Both models read the text; each answers when it can. */
  async function read() {
    if (!(await tokenized)) return;
    const ids = branch.ids.slice();
    stop();
    opened = false;
    if (ids.length === 0) return say("Type something first.");
    settled = ids;
    named = String(ids) === String(data.sets[0].prompt.ids) ? "" : (store.fields.text.read(spelled(ids)) ?? "");
    set({ text: named });
    save();
    lists.forEach((list, model) => {
      const start = performance.now();
      list.classList.add("reading");
      tried(async () => {
        const place = put(model, spelled(ids), ids, await logits(model, ids));
        if (!opened) say(`Read in ${Math.round(performance.now() - start)} ms.`);
        next[model] = { place, key: "" };
        if (model === 0) set({ set: place, mark: [] });
        else set({});
      }).finally(() => list.classList.remove("reading"));
    });
  }
  /** A model's own probability of a token, before any stage. @param {number} place  @param {number} id */
  function probable(place, id) {
    const { logits } = data.sets[place];
    const top = logits[ranked(place)[0]];
    return Math.exp(logits[id] - top) / logits.reduce((sum, z) => sum + Math.exp(z - top), 0);
  }
  /** The ten most probable tokens of each model, at the temperature and after the stages that the sliders say. */
  function candidates() {
    next.forEach((of, model) => {
      const { T, k, p, minP, order } = state;
      const key = [data.sets[of.place].serial, T, k, p, minP, order].join();
      if (key === of.key) return;
      of.key = key;
      const { ids, kept, after } = chain(data.sets[of.place].logits, ranked(of.place), state);
      lists[model].replaceChildren(...Array.from(ids.subarray(0, 10), (id, at) => {
        const choose = async () => {
          if (!(await tokenized)) return;
          add(id, { model, probability: probable(of.place, id), rank: ranked(of.place).indexOf(id) + 1 });
          read();
        };
        const bar = element("i", { className: "bar" });
        bar.style.width = `${at < kept ? 60 * after[at] : 0}%`;
        const share = element("span", {}, at < kept ? percent(after[at]) : "dropped");
        return element("li", {}, button(choose, { className: at < kept ? "" : "dropped" }, element("b", {}, names.name(id)), bar, share));
      }));
    });
  }
  function add(/** @type {number} */ id, /** @type {Note} */ note) {
    branch.ids.push(id);
    branch.notes.push(note);
    show(true);
  }
  /** Goes on from an earlier token: what followed it stays as a branch. @param {number} length */
  function back(length) {
    branches.push((branch = { ids: branch.ids.slice(0, length), notes: branch.notes.slice(0, length) }));
    turn(branch);
  }
  function turn(/** @type {Branch} */ to) {
    // What was typed and has no tokens yet is left.
    asked++;
    tokenized = Promise.resolve(true);
    branches.splice(branches.indexOf(to), 1);
    branches.push((branch = to));
    show(true);
    read();
  }
  /** Shows what a token was chosen from. @param {number} i */
  const open = i => tried(async () => {
    opened = true;
    const id = branch.ids[i];
    const note = branch.notes[i];
    const model = note?.model ?? 0;
    const here = button(() => back(i + 1), {}, "Go on from here");
    if (i === 0) return say(`${names.name(id)}, id ${id}: the first token. `, here);
    const before = branch.ids.slice(0, i);
    const place = put(model, spelled(before), before, await logits(model, before));
    set({ set: place, mark: [id] });
    const rank = ranked(place).indexOf(id) + 1;
    const best = names.name(ranked(place)[0]);
    const how = note?.draw === undefined ? [] : [element("details", {}, element("summary", {}, "How it was drawn"),
      `From ${thousands(note.kept ?? 0)} kept tokens, with the random number ${note.draw.toFixed(4)} between 0 and 1.`)];
    say(`${names.name(id)}, id ${id}: ${data.sets[place].model} gives it probability ${percent(probable(place, id))}, rank ${thousands(rank)}${rank === 1 ? "" : `, behind ${best}`}. Parts 3 and 4 show what it was chosen from. `, here, ...how);
  });
  const speak = (/** @type {number} */ model) => tried(async () => {
    if (!(await tokenized)) return;
    stop();
    if (branch.ids.length === 0) return say("Type something first.");
    const { count, seed, T, k, p, minP, order } = state;
    const settings = { model, ids: branch.ids, n: count, T, k, p, minP, order, seed };
    const { signal } = speaking;
    byId("stop0").hidden = false;
    const answer = ask("/generate", settings, signal);
    answer.catch(() => signal.aborted || (byId("stop0").hidden = true));
    const lines = (await answer).body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let piece = await lines?.read(); piece && !piece.done; piece = await lines?.read()) {
      const parts = (rest + piece.value).split("\n");
      rest = parts.pop() ?? "";
      for (const token of parts.map(line => JSON.parse(line))) {
        if (signal.aborted) return;
        if (token.error) throw new Error(token.error);
        add(token.id, { model, ...token });
      }
    }
    if (!signal.aborted) read();
  });
  /** Keeps the branches for a reload of the page. */
  function save() {
    try {
      sessionStorage.setItem(key, JSON.stringify({ branches, settled }));
    } catch {
      // Where nothing can be kept, a reload begins anew.
    }
  }
  /** Brings back what was kept. @returns {boolean} whether the current text had been read */
  function restore() {
    const ids = (/** @type {any} */ list) => Array.isArray(list) && list.every(id => Number.isInteger(id) && id >= 0 && id < data.vocabSize);
    const note = (/** @type {any} */ one) => one === null || (typeof one.probability === "number" && one.model in lists);
    try {
      const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
      const good = kept.branches.filter((/** @type {any} */ one) => ids(one.ids) && one.notes.length === one.ids.length && one.notes.every(note));
      if (good.length === 0) return false;
      branches.splice(0, Infinity, ...good);
      branch = good.at(-1);
      return String(kept.settled) === String(branch.ids);
    } catch {
      return false;
    }
  }
  function show(/** @type {boolean} whether the text is not as it was typed */ anew = false) {
    if (anew) text.value = spelled(branch.ids);
    byId("chips0").replaceChildren(...branch.ids.map((id, i) => {
      const chip = button(() => open(i), { title: `id ${id}` }, names.name(id));
      const note = branch.notes[i];
      if (note) chip.style.background = `color-mix(in srgb, var(--sure${note.model || ""}) ${Math.round(15 + 85 * note.probability)}%, transparent)`;
      return element("li", {}, chip);
    }));
    byId("branches0").replaceChildren(...branches.map(one => {
      const known = one.notes.flatMap(note => (note ? [-Math.log(note.probability)] : []));
      const nats = known.reduce((sum, n) => sum + n, 0);
      const odds = known.length === 0 ? "" : ` (${short(nats / known.length, 3)} nats per token, probability ${short(Math.exp(-nats), 2)})`;
      const link = button(() => turn(one), { className: "plain" }, spelled(one.ids) || "nothing yet");
      return element("li", { className: one === branch ? "current" : "" }, link, element("small", {}, odds));
    }));
    save();
  }
  /** Gives the branch the tokens of what the box says. @returns {Promise<boolean>} */
  async function tokenize() {
    const mine = ++asked;
    /** @type {number[]} */
    let ids = [];
    let why = "";
    try {
      ({ ids } = await (await ask("/tokens", { text: text.value }, new AbortController().signal)).json());
    } catch (error) {
      why = String(/** @type {any} */ (error).message);
    }
    // A newer text has taken this one's place.
    if (mine !== asked) return tokenized;
    const same = ids.findIndex((id, i) => id !== branch.ids[i]);
    branch.notes = branch.notes.slice(0, same < 0 ? ids.length : same);
    branch.notes.length = ids.length;
    branch.ids = ids;
    show();
    if (why !== "") say(why);
    return why === "";
  }
  /** Reads the text that the address names, where it is another than before. */
  function follow() {
    if (state.text === named) return;
    named = state.text;
    text.value = named || data.sets[0].prompt.text;
    if (String(branch.ids) !== String(data.sets[0].prompt.ids)) branches.push((branch = { ids: [], notes: [] }));
    tokenized = tokenize();
    read();
  }
  text.addEventListener("input", () => {
    // Tokens that are still to come would change the box while the reader types.
    if (!byId("stop0").hidden) stop();
    tokenized = tokenize();
  });
  text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    read();
  });
  byId("read0").addEventListener("click", read);
  byId("stop0").addEventListener("click", () => (stop(), read()));
  document.querySelectorAll("button.speak").forEach((button, model) => button.addEventListener("click", () => speak(model)));
  branch.ids = data.sets[0].prompt.ids.slice();
  branch.notes.length = branch.ids.length;
  const known = restore();
  text.value = spelled(branch.ids);
  show();
  if (known && ["", text.value].includes(state.text)) {
    named = state.text;
    read();
  } else follow();
  store.onChange(follow);
  return () => (candidates(), look(settled), branches);
}
panels.live0 = live;

// Your own text: read by the models behind the page, gone on with token by token, opened, and taken back.
import { Branches } from "./branches.js";
import { expected, probable } from "./expected.js";
import { inside } from "./inside.js";
import { panels } from "./panels.js";
import { percent, short, thousands } from "./scale.js";
import { button, byId, element } from "./state.js";

/** @typedef {import("./branches.js").Branch} Branch */

/** @param {import("./state.js").Store} store  @param {import("./main.js").World} world  @returns {() => Branch[]} gives the branches, the current one last */
export function live(store, world) {
  const { state, set } = store;
  const { data, names, ranked, put } = world;
  const page = crypto.randomUUID();
  const text = byId("text0");
  const lists = [...document.querySelectorAll("ol.next")];
  const start = data.sets[0].prompt;
  const key = `branches of ${data.part5.map(place => data.sets[place].model).join()}`;
  const branches = new Branches(key, data.vocabSize, lists.length, start.ids);
  /** What was read last, or is about to be. */
  let settled = start.ids;
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
  const next = expected(state, world, lists, async (id, note) => {
    if (!(await tokenized)) return;
    branches.add(id, note);
    show(true);
    read();
  });
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
    const ids = branches.current.ids.slice();
    stop();
    opened = false;
    if (ids.length === 0) return say("Type something first.");
    settled = ids;
    named = String(ids) === String(start.ids) ? "" : (store.fields.text.read(spelled(ids)) ?? "");
    set({ text: named });
    branches.save(settled);
    lists.forEach((list, model) => {
      const began = performance.now();
      list.classList.add("reading");
      tried(async () => {
        const place = put(model, spelled(ids), ids, await logits(model, ids));
        if (!opened) say(`Read in ${Math.round(performance.now() - began)} ms.`);
        next.put(model, place);
        if (model === 0) set({ set: place, mark: [] });
        else set({});
      }).finally(() => list.classList.remove("reading"));
    });
  }
  function turn(/** @type {Branch} */ to) {
    // What was typed and has no tokens yet is left.
    asked++;
    tokenized = Promise.resolve(true);
    branches.turn(to);
    show(true);
    read();
  }
  /** Shows what a token was chosen from. @param {number} i */
  const open = i => tried(async () => {
    opened = true;
    const { ids, notes } = branches.current;
    const [id, note] = [ids[i], notes[i]];
    const model = note?.model ?? 0;
    const here = button(() => (branches.back(i + 1), turn(branches.current)), {}, "Go on from here");
    if (i === 0) return say(`${names.name(id)}, id ${id}: the first token. `, here);
    const before = ids.slice(0, i);
    const place = put(model, spelled(before), before, await logits(model, before));
    set({ set: place, mark: [id] });
    const rank = ranked(place).indexOf(id) + 1;
    const best = names.name(ranked(place)[0]);
    const how = note?.draw === undefined ? [] : [element("details", {}, element("summary", {}, "How it was drawn"),
      `From ${thousands(note.kept ?? 0)} kept tokens, with the random number ${note.draw.toFixed(4)} between 0 and 1.`)];
    say(`${names.name(id)}, id ${id}: ${data.sets[place].model} gives it probability ${percent(probable(world, place, id))}, rank ${thousands(rank)}${rank === 1 ? "" : `, behind ${best}`}. Parts 3 and 4 show what it was chosen from. `, here, ...how);
  });
  const speak = (/** @type {number} */ model) => tried(async () => {
    if (!(await tokenized)) return;
    stop();
    const { ids } = branches.current;
    if (ids.length === 0) return say("Type something first.");
    const { count, seed, T, k, p, minP, order } = state;
    const settings = { model, ids, n: count, T, k, p, minP, order, seed };
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
        branches.add(token.id, { model, ...token });
        show(true);
      }
    }
    if (!signal.aborted) read();
  });
  function show(/** @type {boolean} whether the text is not as it was typed */ anew = false) {
    const { current } = branches;
    if (anew) text.value = spelled(current.ids);
    byId("chips0").replaceChildren(...current.ids.map((id, i) => {
      const chip = button(() => open(i), { title: `id ${id}` }, names.name(id));
      const note = current.notes[i];
      if (note) chip.style.background = `color-mix(in srgb, var(--sure${note.model || ""}) ${Math.round(15 + 85 * note.probability)}%, transparent)`;
      return element("li", {}, chip);
    }));
    byId("branches0").replaceChildren(...branches.all.map(one => {
      const known = one.notes.flatMap(note => (note ? [-Math.log(note.probability)] : []));
      const nats = known.reduce((sum, n) => sum + n, 0);
      const odds = known.length === 0 ? "" : ` (${short(nats / known.length, 3)} nats per token, probability ${short(Math.exp(-nats), 2)})`;
      const link = button(() => turn(one), { className: "plain" }, spelled(one.ids) || "nothing yet");
      return element("li", { className: one === current ? "current" : "" }, link, element("small", {}, odds));
    }));
    branches.save(settled);
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
    branches.replace(ids);
    show();
    if (why !== "") say(why);
    return why === "";
  }
  /** Reads the text that the address names, where it is another than before. */
  function follow() {
    if (state.text === named) return;
    named = state.text;
    text.value = named || start.text;
    if (String(branches.current.ids) !== String(start.ids)) branches.back(0);
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
  const known = branches.restore();
  text.value = spelled(branches.current.ids);
  show();
  if (known && ["", text.value].includes(state.text)) {
    named = state.text;
    read();
  } else follow();
  store.onChange(follow);
  return () => (next.draw(), look(settled), branches.all);
}
panels.live0 = live;

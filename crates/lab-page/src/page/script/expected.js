// What each model expects after the reader's text: the ten most probable tokens, at the temperature and after the stages
// that the sliders say.
import { percent } from "./scale.js";
import { chain } from "./stages.js";
import { button, element } from "./state.js";

/** A model's own probability of a token, before any stage. @param {import("./main.js").World} world  @param {number} place  @param {number} id */
export function probable({ data, ranked }, place, id) {
  const { logits } = data.sets[place];
  const top = logits[ranked(place)[0]];
  return Math.exp(logits[id] - top) / logits.reduce((sum, z) => sum + Math.exp(z - top), 0);
}

/**
 * @param {import("./state.js").State} state  @param {import("./main.js").World} world
 * @param {Element[]} lists one for each model
 * @param {(id: number, note: import("./branches.js").Note) => void} choose when the reader takes a token
 * @returns {{ put: (model: number, place: number) => void, draw: () => void }} `put` says which set a model's list shows
 */
export function expected(state, world, lists, choose) {
  const { data, names, ranked } = world;
  /** Each list's set of logits, and what it was drawn from. @type {{ place: number, key: string }[]} */
  const next = [];
  const draw = () => next.forEach((of, model) => {
    const { T, k, p, minP, order } = state;
    const key = [data.sets[of.place].serial, T, k, p, minP, order].join();
    if (key === of.key) return;
    of.key = key;
    const { ids, kept, after } = chain(data.sets[of.place].logits, ranked(of.place), state);
    lists[model].replaceChildren(...Array.from(ids.subarray(0, 10), (id, at) => {
      const take = () => choose(id, { model, probability: probable(world, of.place, id), rank: ranked(of.place).indexOf(id) + 1 });
      const bar = element("i", { className: "bar" });
      bar.style.width = `${at < kept ? 60 * after[at] : 0}%`;
      const share = element("span", {}, at < kept ? percent(after[at]) : "dropped");
      return element("li", {}, button(take, { className: at < kept ? "" : "dropped" }, element("b", {}, names.name(id)), bar, share));
    }));
  });
  return { put: (model, place) => (next[model] = { place, key: "" }), draw };
}

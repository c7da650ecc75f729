// Puts the page together: the state, the panels that are seen, and when they are drawn.
import { unpacked } from "./data.js";
import { links } from "./links.js";
import { panels } from "./panels.js";
import { ranking } from "./stages.js";
import { bind, byId, element, store } from "./state.js";
import { tokens } from "./tokens.js";

/**
 * @typedef {{ data: import("./data.js").Data, names: import("./tokens.js").Tokens, ranked: (set: number) => Uint32Array,
 *   put: (model: number, text: string, ids: number[], logits: Float32Array) => number }} World
 *   what there is beside the state: logits, tokens, each set's token ids by rank, and a place for what a model reads
 */

const block = byId("data");
const data = block ? await unpacked(block.textContent) : { vocabSize: 2, sets: [], part5: [], tokens: [] };
/** @type {WeakMap<object, Uint32Array>} */
const rankings = new WeakMap();
const titles = data.part5.map(place => data.sets[place].model);
const first = data.sets.length;
let serial = first;
/** @type {World} */
const world = {
  data,
  names: tokens(data.tokens),
  ranked: place => {
    const set = data.sets[place];
    const ids = rankings.get(set) ?? ranking(set.logits);
    rankings.set(set, ids);
    return ids;
  },
  put: (model, text, ids, logits) => {
    const made = (/** @type {number} */ n) => ({ model: titles[n], prompt: { text, ids, words: [] }, logits, serial: serial++ });
    data.sets[first + model] = made(model);
    const same = titles.map((_, n) => data.sets[first + n]).every(set => set && String(set.prompt.ids) === String(ids));
    if (same) data.part5 = titles.map((_, n) => first + n);
    for (const select of document.querySelectorAll("select[data-bind=set]")) {
      const option = select.querySelector(`[value="${first + model}"]`) ?? select.appendChild(element("option", { value: String(first + model) }));
      option.textContent = `${titles[model]}: ${text}`;
    }
    return first + model;
  },
};
const run = { k: Number(byId("live4")?.dataset.k ?? 10), log: [byId("live2")?.dataset.log ?? ""], dark: document.documentElement.dataset.theme === "dark" };
const shared = store(data.vocabSize, set => data.sets[set] !== undefined, run);
for (const select of document.querySelectorAll("select[data-bind=set]")) {
  select.append(...data.sets.map(({ model, prompt }, n) => element("option", { value: String(n) }, `${model}: ${prompt.text}`)));
}
bind(shared);
/** @type {Map<Element, () => void>} those in sight */
const seen = new Map();
const draw = () => seen.forEach(draw => draw());
const sight = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    seen[isIntersecting ? "set" : "delete"](target, /** @type {any} */ (target).draw);
  }
  draw();
}, { rootMargin: "200px" });
const sizes = new ResizeObserver(draw);
document.documentElement.classList.add("lives");
for (const [id, part] of Object.entries(panels)) {
  const panel = byId(id);
  if (!panel || (panel.dataset.needs === "data" && data.sets.length === 0)) continue;
  panel.hidden = false;
  panel.draw = part(shared, world);
  sight.observe(panel);
  for (const canvas of panel.querySelectorAll("canvas")) sizes.observe(canvas);
}
byId("theme").hidden = false;
shared.onChange(() => {
  const { theme } = shared.state;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
});
shared.onChange(draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
links(shared);
for (const button of document.querySelectorAll("button[data-still]")) {
  const open = () => String(button.closest("section")?.classList.toggle("stills"));
  button.addEventListener("click", () => button.setAttribute("aria-expanded", open()));
}
for (const link of document.querySelectorAll("nav.contents a")) {
  link.addEventListener("click", event => {
    event.preventDefault();
    const anchor = link.getAttribute("href")?.slice(1) ?? "";
    shared.go(anchor);
    const heading = byId(anchor)?.querySelector("h2");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    byId(anchor)?.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  });
}
const reading = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    const link = document.querySelector(`nav.contents a[href="#${target.id}"]`);
    if (isIntersecting) link?.setAttribute("aria-current", "location");
    else link?.removeAttribute("aria-current");
  }
}, { rootMargin: "-30% 0px -69.9%" });
for (const section of document.querySelectorAll("main > section")) reading.observe(section);
shared.set({});
byId(shared.anchor())?.scrollIntoView();
performance.mark("alive");

// Inside the models: what they would say after each layer, and where each head looks. Nothing is asked for but what an
// open tab shows.
import { attention } from "./attention.js";
import { lens } from "./lens.js";
import { color } from "./marks.js";
import { byId } from "./state.js";

const WHAT = /** @type {Record<string, string>} */ ({
  lens: "What the model would say if it ended after a layer: each row a layer, each column a token of the text, coloured by the probability of the word. An outline marks the layer from which on the answer stays.",
  attention: "Each row is a token, and shows at which tokens before it this head looks: query · key for each pair, then the scale, then softmax over the row.",
});

/**
 * @param {import("./state.js").Store} store  @param {import("./main.js").World} world
 * @param {((path: string, body: any, signal: AbortSignal) => Promise<Response>) & { page: string }} ask a request in a page's name
 * @returns {(ids: number[]) => void} what shows the inside for a text, where its tab is open
 */
export function inside({ state, set }, { names }, ask) {
  const panel = byId("inside0");
  const told = byId("told0");
  /** @type {Record<string, (report: any) => string>} */
  const views = { lens: lens(names), attention: attention(state, names) };
  let [asked, drawn] = ["", ""];
  let waiting = new AbortController();
  /** @type {any} */
  let report = null;
  return ids => {
    const { tab, reader, scores } = state;
    for (const id of ["next0", "stages0"]) byId(id).hidden = tab !== "next";
    panel.hidden = tab === "next" || ids.length === 0;
    for (const name of ["lens", "attention"]) byId(`${name}0`).hidden = tab !== name;
    byId("heads0").hidden = tab !== "attention";
    if (panel.hidden) return;
    byId("what0").textContent = WHAT[tab];
    /** Which of the layers or heads, of those that the model has. @param {"layer" | "head"} key */
    const which = key => {
      const last = Number(panel.dataset[key].split(",")[reader]) - 1;
      for (const control of panel.querySelectorAll(`[data-bind=${key}]`)) control.max = last;
      return Math.min(state[key], last);
    };
    const wanted = tab === "lens" ? { k: 5 } : { layer: which("layer"), head: which("head") };
    const key = [tab, reader, ...Object.values(wanted), ids].join();
    if (key !== asked) {
      asked = key;
      waiting.abort();
      waiting = new AbortController();
      panel.classList.add("reading");
      const { signal } = waiting;
      // As of another page: what the text itself waits for keeps its place.
      ask(`/${tab}`, { page: `${ask.page} inside`, model: Number(reader), ids, ...wanted }, signal)
        .then(answer => answer.json())
        .then(found => {
          [report, drawn] = [found, ""];
        }, error => {
          if (signal.aborted) return;
          [report, told.textContent] = [null, error.message];
        })
        .finally(() => {
          if (signal.aborted) return;
          panel.classList.remove("reading");
          set({});
        });
    }
    const look = [key, scores, color("paper"), devicePixelRatio].join();
    if (report === null || panel.classList.contains("reading") || look === drawn) return;
    drawn = look;
    told.textContent = views[tab](report);
  };
}

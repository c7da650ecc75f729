// Part 3: all logits of a prompt, their probabilities, and one against the other.
import { BLUE, GREEN, LILAC, color } from "./marks.js";
import { counts, extent, padded, percent, short, thousands } from "./scale.js";
import { softmax } from "./softmax.js";
import { button, byId, element, nameCode, refill, row, tell } from "./state.js";
import { toggle, triple } from "./triple.js";

/** The width of the histogram beside A, in pixels. */
const MARGIN = 62;

/**
 * @param {import("./state.js").Store} store  @param {import("./main.js").World} world
 * @returns {() => Float64Array} what draws it and gives the probabilities
 */
export function part3(store, world) {
  const { state, set } = store;
  const { data, names, ranked } = world;
  const p = new Float64Array(data.vocabSize);
  const axes = /** @type {const} */ ([["ids", "logits"], ["ids", "shares"], ["logits", "shares"]]);
  const zoomed = () => [state.ids, state.logits, state.shares].some(range => range.length > 0);
  const unzoom = () => set({ ids: [], logits: [], shares: [] });
  const draw = triple([byId("chart3a"), byId("chart3b"), byId("chart3c")], store, world, {
    place: () => state.set,
    zoom: (panel, x, y, moving) => set({ [axes[panel][0]]: x, [axes[panel][1]]: y }, moving),
    zoomed,
    unzoom,
  });
  byId("unzoom3").addEventListener("click", unzoom);
  byId("clear3").addEventListener("click", () => set({ mark: [] }));
  const search = byId("search3");
  const count = byId("count3");
  const keep = (/** @type {number} */ id) => state.mark.includes(id) || toggle(store, id);
  search.addEventListener("input", () => {
    const found = names.search(search.value, 12);
    const buttons = found.map(id => button(() => keep(id), {}, names.name(id), element("small", {}, ` ${id}`)));
    byId("found3").replaceChildren(...buttons.map(found => element("li", {}, found)));
    byId("none3").hidden = search.value === "" || found.length > 0;
    tell(count, search.value === "" ? "Type to search." : found.length === 0 ? "No token fits." : `${found.length === 12 ? "12 or more" : found.length} ${found.length === 1 ? "token fits" : "tokens fit"}.`);
  });
  search.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") names.search(search.value, 1).forEach(keep);
  });
  const cells = (/** @type {number} */ id) => {
    const { logits } = data.sets[state.set];
    const rank = ranked(state.set).indexOf(id) + 1;
    return [names.name(id), String(id), logits[id].toFixed(3).replace("-", "−"), percent(p[id]), thousands(rank)];
  };
  return () => {
    const { T, set: which, y3 } = state;
    const { logits, model, prompt, serial } = data.sets[which];
    nameCode(byId("part3"), prompt.text);
    softmax(logits, T, p);
    const log = y3 === "log";
    const largest = p[ranked(which)[0]];
    const within = (/** @type {number[]} */ range, /** @type {import("./scale.js").Axis} */ axis) =>
      range.length === 2 && !(axis.log && range[0] <= 0) ? { low: range[0], high: range[1], log: axis.log } : axis;
    const ids = within(state.ids, { low: -10, high: data.vocabSize + 9, log: false });
    const zs = within(state.logits, padded(...extent(logits)));
    const shares = within(state.shares, log ? padded(Math.max(p[ranked(which)[data.vocabSize - 1]], 1e-12), largest, true) : padded(0, largest));
    const now = `${serial},${T}`;
    const pointed = draw([
      { title: "A) All final token logits", xLabel: "Token index", yLabel: "Output logits", x: ids, y: zs, xs: null, ys: logits, key: `${serial}`,
        beside: MARGIN, margin: chart => histogram(chart, logits),
        look: { shape: "point", size: 2, face: color("ink"), edge: color("ink"), density: true } },
      { title: "B) Softmax probabilities", xLabel: "Token index", yLabel: "Probabilities", x: ids, y: shares, xs: null, ys: p, key: now,
        look: { shape: "circle", size: 8, face: GREEN, edge: BLUE, alpha: [0.3, 0.5] } },
      { title: "C) Logits by probabilities", xLabel: '"Raw" logits', yLabel: "Softmax probabilities", x: zs, y: shares, xs: logits, ys: p, key: now,
        look: { shape: "triangle", size: 8, face: LILAC, edge: BLUE, alpha: [0.7, 0.7] } },
    ]);
    const [name, id, logit, share, rank] = pointed === null ? cells(ranked(which)[0]) : cells(pointed);
    const who = pointed === null ? `${model}'s most probable token is` : "";
    tell(byId("said3"), `${who} ${name} (id ${id}): logit ${logit}, probability ${share}, rank ${rank} of ${thousands(data.vocabSize)}.`.trim());
    const drop = (/** @type {number} */ id) => button(() => toggle(store, id), { title: "take the mark off", ariaLabel: `take the mark off ${names.name(id)}` }, "×");
    refill(byId("marks3"), state.mark.map(id => row(...cells(id), drop(id))), search);
    byId("marked3").hidden = state.mark.length === 0;
    byId("clear3").hidden = state.mark.length === 0;
    byId("unzoom3").hidden = !zoomed();
    return p;
  };
}

/** How many of the logits in sight lie at each height, at the right of the chart. @param {import("./canvas.js").Chart} chart  @param {Float32Array} logits */
function histogram({ ctx, area, x, y }, logits) {
  const bins = Math.floor(area.height / 4);
  const seen = logits.subarray(Math.max(0, Math.ceil(x.low)), Math.max(0, Math.floor(x.high) + 1));
  const found = counts(seen, y.low, y.high, bins);
  const most = Math.max(1, ...found);
  const [left, thick] = [area.left + area.width + 4, area.height / bins];
  Object.assign(ctx, { fillStyle: color("curve"), textAlign: "center", textBaseline: "top" });
  found.forEach((count, bin) => {
    if (count > 0) ctx.fillRect(left, area.top + area.height - (bin + 1) * thick, Math.max(0.5, ((MARGIN - 8) * count) / most), thick - 1);
  });
  ctx.fillStyle = color("ink");
  ctx.fillText("how many", left + (MARGIN - 8) / 2, area.top + area.height + 26);
}

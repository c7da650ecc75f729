// The logit lens: what the model would say next if it ended after each of its layers.
import { grid } from "./grid.js";
import { choices, percent } from "./scale.js";
import { byId, element } from "./state.js";

/**
 * @typedef {{ id: number, p: number }} LensToken
 * @typedef {{ ids: number[], layers: { top: LensToken[], entropy: number }[][], entropy: number[], decided: number[] }} LensReport
 *   `[layer][position]`; layer 0 is the embedding
 */

/** @param {import("./tokens.js").Tokens} names  @returns {(report: LensReport) => string} what shows a report and gives what there is to say about it */
export function lens(names) {
  const host = byId("lens0");
  const table = host.appendChild(element("table", { tabIndex: 0 }));
  table.setAttribute("aria-label", "The most probable next token after each layer, for each token of the text. Arrow keys go from cell to cell");
  /** @type {LensReport | null} */
  let report = null;
  const cell = (/** @type {number} */ row, /** @type {number} */ column) => table.tBodies[0].rows[row].cells[column + 1];
  const called = (/** @type {number} */ layer) => (layer === 0 ? "embedding" : `block ${layer}`);
  grid(table, () => report && {
    rows: report.layers.length,
    columns: report.ids.length,
    at: event => {
      const td = /** @type {Element} */ (event.target).closest("td");
      return td && [/** @type {HTMLTableRowElement} */ (td.parentElement).sectionRowIndex, td.cellIndex - 1];
    },
    box: (row, column) => cell(row, column).getBoundingClientRect(),
    tell: (row, column) => {
      const { ids, layers } = /** @type {LensReport} */ (report);
      const { top, entropy } = layers[row][column];
      const tokens = top.map(({ id, p }) => [names.name(id), percent(p)]);
      return [[`after ${names.name(ids[column])}, ${called(row)}`], ...tokens, ["as uncertain as", choices(entropy)]];
    },
  });
  return shown => {
    report = shown;
    const { ids, layers, decided } = shown;
    const head = element("tr", {}, element("th", { scope: "col" }, "after"), ...ids.map(id => element("th", { scope: "col" }, names.name(id))));
    const rows = layers.map((cells, layer) => {
      const row = cells.map(({ top: [{ id, p }] }, position) => {
        const td = element("td", { className: decided[position] === layer ? "decided" : "" }, names.name(id));
        td.style.background = `color-mix(in srgb, var(--sure) ${Math.round(100 * p)}%, transparent)`;
        return td;
      });
      return element("tr", {}, element("th", { scope: "row" }, called(layer)), ...row);
    });
    table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
    const at = decided[ids.length - 1];
    const best = names.name(layers[layers.length - 1][ids.length - 1].top[0].id);
    const when = at === 0 ? "from the embedding on" : `after block ${at} of ${layers.length - 1}`;
    return `After the last token the model settles on ${best} ${when}.`;
  };
}

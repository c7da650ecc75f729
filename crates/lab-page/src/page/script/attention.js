// One head's attention as a heat map: each row is a token that looks, each column one that is looked at.
import { grid } from "./grid.js";
import { color } from "./marks.js";
import { choices, percent, short } from "./scale.js";
import { byId } from "./state.js";

/**
 * @typedef {{ layer: number, head: number, scale: number, range: number[], entropy: number, entropy_unscaled: number, largest: number }} Head
 * @typedef {{ ids: number[], scores: (number | null)[][][][], softmax: number[][][][], heads: Head[] }} AttentionReport
 *   `[layer][head][query][key]`, here of one layer and one head
 */

/** So many letters of a token stand at the edge. */
const LETTERS = 10;

/** @param {import("./state.js").State} state  @param {import("./tokens.js").Tokens} names  @returns {(report: AttentionReport) => string} what shows a report and gives what there is to say about it */
export function attention(state, names) {
  const canvas = byId("heat0");
  const ctx = canvas.getContext("2d");
  /** @type {AttentionReport | null} */
  let report = null;
  let [cell, left, top] = [20, 90, 90];
  const name = (/** @type {number} */ i) => names.name(/** @type {AttentionReport} */ (report).ids[i]);
  const value = (/** @type {AttentionReport} */ { scores, softmax, heads }, /** @type {number} */ query, /** @type {number} */ key) =>
    state.scores === "softmax" ? softmax[0][0][query][key] : (scores[0][0][query][key] ?? NaN) * (state.scores === "scaled" ? heads[0].scale : 1);
  grid(canvas, () => report && {
    rows: report.ids.length,
    columns: report.ids.length,
    at: event => [Math.floor((event.offsetY - top) / cell), Math.floor((event.offsetX - left) / cell)],
    box: (row, column) => {
      const { x, y } = canvas.getBoundingClientRect();
      return new DOMRect(x + left + cell * column, y + top + cell * row, cell, cell);
    },
    tell: (row, column) => {
      const { ids, scores, softmax, heads } = /** @type {AttentionReport} */ (report);
      if (!(row >= 0 && row < ids.length && column >= 0 && column <= row)) return null;
      const raw = scores[0][0][row][column] ?? NaN;
      return [[`${name(row)} looks at ${name(column)}`], ["query · key", short(raw)], [`× ${short(heads[0].scale)}`, short(raw * heads[0].scale)], ["after softmax", percent(softmax[0][0][row][column])]];
    },
  });
  function draw(/** @type {AttentionReport} */ shown) {
    const n = shown.ids.length;
    cell = n <= 12 ? 46 : n <= 24 ? 28 : n <= 64 ? 16 : 6;
    const words = shown.ids.map(id => [...names.name(id)]).map(letters => (letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join("")}…` : letters.join("")));
    const font = `13px ${getComputedStyle(document.body).fontFamily}`;
    ctx.font = font;
    left = top = cell < 14 ? 8 : Math.ceil(Math.max(...words.map(word => ctx.measureText(word).width))) + 12;
    const [width, height] = [left + n * cell + 8, top + n * cell + 8];
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    [canvas.width, canvas.height] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    ctx.scale(devicePixelRatio, devicePixelRatio);
    Object.assign(ctx, { font, fillStyle: color("block"), textBaseline: "middle" });
    ctx.fillRect(0, 0, width, height);
    const most = state.scores === "softmax" ? 1 : Math.max(...shown.heads[0].range.map(Math.abs)) * (state.scores === "scaled" ? shown.heads[0].scale : 1);
    const [paper, ink, plus, minus, under, over] = ["paper", "ink", "warm", "cold", "under", "over"].map(color);
    // From where on white is read more easily than black, or the other way round. Either can be read on every shade.
    const turn = Number(color("turn"));
    for (let query = 0; query < n; query++) {
      for (let key = 0; key <= query; key++) {
        const found = value(shown, query, key);
        const [x, y, share] = [left + cell * key, top + cell * query, Math.min(1, Math.abs(found) / most)];
        ctx.fillStyle = paper;
        ctx.fillRect(x, y, cell, cell);
        Object.assign(ctx, { globalAlpha: share, fillStyle: found < 0 ? minus : plus });
        ctx.fillRect(x, y, cell, cell);
        ctx.globalAlpha = 1;
        if (cell < 40) continue;
        Object.assign(ctx, { fillStyle: share > turn ? over : under, textAlign: "center" });
        ctx.fillText(state.scores === "softmax" ? found.toFixed(2) : short(found, 3), x + cell / 2, y + cell / 2, cell - 4);
      }
    }
    if (cell < 14) return;
    ctx.fillStyle = ink;
    words.forEach((word, i) => {
      ctx.textAlign = "right";
      ctx.fillText(word, left - 6, top + cell * (i + 0.5));
      ctx.save();
      ctx.translate(left + cell * (i + 0.5), top - 6);
      ctx.rotate(-Math.PI / 2);
      ctx.textAlign = "left";
      ctx.fillText(word, 0, 0);
      ctx.restore();
    });
  }
  return shown => {
    report = shown;
    draw(shown);
    const { layer, head, scale, range, entropy, entropy_unscaled: bare, largest } = shown.heads[0];
    return `Layer ${layer}, head ${head}: scores from ${short(range[0])} to ${short(range[1])}, × ${short(scale)} before softmax. A token is as uncertain where to look as among ${choices(entropy)} (${choices(bare)} without the scale); its first choice gets ${percent(largest)} on average.`;
  };
}

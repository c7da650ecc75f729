// Layers of tens of thousands of markers, drawn pixel by pixel: each marker is counted where it falls, and the counts
// become opacity, so that a layer costs a frame what a few hundred paths would.

import { color } from "./marks.js";

/**
 * @typedef {import("./canvas.js").Chart} Chart
 * @typedef {import("./marks.js").Look} Look
 */

/** @param {string} hex `#rrggbb`  @returns {number[]} */
const rgb = hex => (hex.length === 4 ? [1, 2, 3].map(i => 17 * parseInt(hex[i], 16)) : [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16)));

/**
 * The pixels of a marker around its middle: [dx, dy, whether it is of the edge].
 * @param {Look} look  @param {number} ratio device pixels per CSS pixel  @returns {[number, number, boolean][]}
 */
function stamp({ shape, size }, ratio) {
  const r = Math.max(1, Math.round((size * ratio) / 2));
  const within = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ r) => {
    if (shape === "square") return Math.abs(x) <= r && Math.abs(y) <= r;
    if (shape === "triangle") return y <= r && y >= -r + 2 * Math.abs(x) - 0.5;
    return x * x + y * y <= (r + 0.3) ** 2;
  };
  /** @type {[number, number, boolean][]} */
  const pixels = [];
  for (let y = -r; y <= r; y++) {
    for (let x = -r; x <= r; x++) {
      if (!within(x, y, r)) continue;
      const inner = shape === "triangle" ? y <= r - ratio && y >= -r + 2 * Math.abs(x) + 2 * ratio : within(x, y, r - ratio);
      pixels.push([x, y, !inner]);
    }
  }
  return pixels;
}

/**
 * Draws a marker at each point whose values are finite, over the chart's area.
 * @param {Chart} chart  @param {ArrayLike<number> | null} xs null for 0, 1, 2, …  @param {ArrayLike<number>} ys
 * @param {Look} look
 */
export function dense(chart, xs, ys, look) {
  const { ctx, area } = chart;
  const ratio = devicePixelRatio;
  const margin = Math.ceil(look.size * ratio);
  const [left, top] = [Math.round(area.left * ratio), Math.round(area.top * ratio)];
  const [width, height] = [Math.round(area.width * ratio), Math.round(area.height * ratio)];
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const points = new Uint16Array(wide * high);
  const [x0, xScale] = [chart.px(0) * ratio - left + margin, (chart.px(1) - chart.px(0)) * ratio];
  const logarithmic = chart.y.log;
  const [y0, yScale] = logarithmic ? [0, 0] : [chart.py(0) * ratio - top + margin, (chart.py(1) - chart.py(0)) * ratio];
  for (let i = 0; i < ys.length; i++) {
    const x = Math.floor(x0 + (xs === null ? i : xs[i]) * xScale);
    const y = Math.floor(logarithmic ? chart.py(ys[i]) * ratio - top + margin : y0 + ys[i] * yScale);
    if (x >= margin && y >= 0 && x < wide - margin + 4 && y < high) points[y * wide + x]++;
  }
  const [faces, edges] = [new Uint16Array(wide * high), new Uint16Array(wide * high)];
  const offsets = stamp(look, ratio).map(([dx, dy, edge]) => ({ to: dy * wide + dx, layer: edge ? edges : faces }));
  const reach = Math.round((look.size * ratio) / 2);
  for (let y = reach; y < high - reach; y++) {
    for (let x = reach; x < wide - reach; x++) {
      const count = points[y * wide + x];
      if (count === 0) continue;
      const at = y * wide + x;
      for (let n = 0; n < offsets.length; n++) offsets[n].layer[at + offsets[n].to] += count;
    }
  }
  blend(ctx, { faces, edges, wide, margin, left, top, width, height }, look);
}

/** @param {CanvasRenderingContext2D} ctx  @param {any} counted  @param {Look} look */
function blend(ctx, { faces, edges, wide, margin, left, top, width, height }, { face, edge, alpha = [0.3, 0.3], density = false }) {
  const image = ctx.createImageData(width, height);
  const pixels = image.data;
  const [paper, faceColor, edgeColor] = [color("paper"), face, edge].map(rgb);
  let most = 1;
  if (density) for (let i = 0; i < edges.length; i++) most = Math.max(most, faces[i] += edges[i]);
  // More slowly than layers of paint would, so that what lies thick still has its structure.
  const opacity = (/** @type {number} */ n, /** @type {number} */ alpha) => (density ? 0.25 + 0.65 * Math.min(1, n / most) ** 0.6 : 1 - (1 - alpha) / n ** 0.5);
  const tables = alpha.map(alpha => Float32Array.from({ length: 512 }, (_, n) => (n === 0 ? 0 : opacity(n, alpha))));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y + margin) * wide + x + margin;
      const [f, e] = [tables[0][Math.min(511, faces[from])], density ? 0 : tables[1][Math.min(511, edges[from])]];
      const to = 4 * (y * width + x);
      for (let c = 0; c < 3; c++) {
        const filled = paper[c] + (faceColor[c] - paper[c]) * f;
        pixels[to + c] = filled + (edgeColor[c] - filled) * e;
      }
      pixels[to + 3] = 255;
    }
  }
  ctx.putImageData(image, left, top);
}

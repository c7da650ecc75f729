// The markers of the notebook's figures, and the legend that explains them.

/**
 * @typedef {"square" | "circle" | "hexagon" | "triangle" | "cross" | "point"} Shape
 * @typedef {{ shape: Shape, size: number, face: string, edge: string, alpha?: [number, number], density?: boolean }} Look
 *   `size` in CSS pixels; colours are `#rrggbb`; `alpha` of face and edge where markers lie in layers; with `density` the
 *   thickest place is the darkest, and others by their share of it
 */

/** The notebook's fills, and matplotlib's first blue. */
export const PINK = "#e6b3b3", GREEN = "#b3e6b3", LILAC = "#b3b3e6", MAGENTA = "#bf00bf";
export const BLUE = "#1f77b4";

/** The theme's colours as CSS has them now: `ink`, `paper`, `faint`, `blue`, `mark`. */
export const color = (/** @type {string} */ name) => getComputedStyle(document.body).getPropertyValue(`--${name}`).trim();

/** Draws one. @param {CanvasRenderingContext2D} ctx  @param {number} x  @param {number} y  @param {Look} look */
export function mark(ctx, x, y, { shape, size, face, edge }) {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return;
  const r = size / 2;
  ctx.setLineDash([]);
  Object.assign(ctx, { fillStyle: face, strokeStyle: edge, lineWidth: 1.2 });
  ctx.beginPath();
  if (shape === "square") ctx.rect(x - r, y - r, size, size);
  else if (shape === "circle" || shape === "point") ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "cross") ctx.stroke(new Path2D(`M${x - r} ${y - r}l${size} ${size}m0 ${-size}l${-size} ${size}`));
  else {
    const corners = shape === "triangle" ? [[0, -1], [1, 1], [-1, 1]] : [[0, -1], [0.87, -0.5], [0.87, 0.5], [0, 1], [-0.87, 0.5], [-0.87, -0.5]];
    for (const [dx, dy] of corners) ctx.lineTo(x + r * dx, y + r * dy);
    ctx.closePath();
  }
  if (shape !== "cross") ctx.fill();
  ctx.stroke();
}

/** From one name to the next, in pixels. */
const APART = 16;

/**
 * Writes the names of lines at their right ends, in the space that `begin` left free. Names that would overlap move apart.
 * @param {import("./canvas.js").Chart} chart  @param {number} last where on the x axis all of them end
 * @param {{ text: string, color: string, look: Look, ys: ArrayLike<number> }[]} lines
 */
export function ends(chart, last, lines) {
  const { ctx, area } = chart;
  const [x, bottom] = [area.left + area.width, area.top + area.height];
  const placed = lines.map(line => {
    const at = Math.min(bottom, chart.py(line.ys[line.ys.length - 1]));
    return { ...line, at, y: Number.isFinite(at) ? at : area.top };
  });
  placed.sort((a, b) => a.y - b.y);
  placed.forEach((line, i) => (line.y = Math.max(line.y, i === 0 ? 0 : placed[i - 1].y + APART)));
  for (let [i, most] = [placed.length - 1, bottom + 8]; i >= 0; i--, most -= APART) most = placed[i].y = Math.min(placed[i].y, most);
  ctx.setLineDash([]);
  Object.assign(ctx, { textAlign: "left", textBaseline: "middle", lineWidth: 1.5 });
  for (const { text, color: line, look, at, y } of placed) {
    ctx.strokeStyle = line;
    if (Number.isFinite(at)) ctx.stroke(new Path2D(`M${chart.px(last) + 8} ${at}H${x}L${x + 8} ${y}h16`));
    mark(ctx, x + 20, y, look);
    ctx.fillStyle = color("ink");
    ctx.fillText(text, x + 30, y);
  }
}

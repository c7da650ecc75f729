// The markers of the notebook's figures, and the legend that explains them.

/**
 * @typedef {"square" | "circle" | "hexagon" | "triangle" | "cross" | "point"} Shape
 * @typedef {{ shape: Shape, size: number, face: string, edge: string, alpha?: [number, number] }} Look
 *   `size` in CSS pixels; colours are `#rrggbb`; `alpha` of face and edge where markers lie in layers
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

/**
 * What lines and markers mean, at the top right or left.
 * @param {import("./canvas.js").Chart} chart  @param {{ text: string, color: string, look?: Look }[]} items
 * @param {boolean} [left]
 */
export function legend({ ctx, area }, items, left = false) {
  const width = Math.max(...items.map(({ text }) => ctx.measureText(text).width)) + 44;
  const x = left ? area.left + 8 : area.left + area.width - width - 4;
  Object.assign(ctx, { globalAlpha: 0.85, fillStyle: color("paper") });
  ctx.fillRect(x, area.top, width, 20 * items.length + 8);
  Object.assign(ctx, { globalAlpha: 1, textAlign: "left", textBaseline: "middle", lineWidth: 2 });
  items.forEach(({ text, color: line, look }, i) => {
    const y = area.top + 14 + 20 * i;
    ctx.strokeStyle = line;
    ctx.stroke(new Path2D(`M${x + 4} ${y}h28`));
    if (look) mark(ctx, x + 18, y, look);
    ctx.fillStyle = color("ink");
    ctx.fillText(text, x + 40, y);
  });
}

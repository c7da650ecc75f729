// A chart on a canvas: axes as the notebook's figures have them, lines, markers, and layers of 50,000 markers.
import { color, mark } from "./marks.js";
import { along, ticks, valueAt } from "./scale.js";

/**
 * @typedef {import("./scale.js").Axis} Axis
 * @typedef {import("./marks.js").Look} Look
 * @typedef {{ title?: string, xLabel: string, yLabel: string, x: Axis, y: Axis, ends?: string[], beside?: number }} Frame
 *   `ends` are the names of the lines, drawn at their right ends; `beside` is the width in pixels left free at the right
 */

export class Chart {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.key = "";
    this.base = document.createElement("canvas");
    this.ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.area = { left: 0, top: 0, width: 1, height: 1 };
    /** @type {{ start: number, y: number, room: number }[]} those beside rings */
    this.words = [];
    this.x = this.y = { low: 0, high: 1, log: false };
  }

  get look() {
    // What a picture depends on beside its data: where this changes, everything is drawn anew.
    return [this.canvas.clientWidth, this.canvas.clientHeight, devicePixelRatio, color("paper")].join();
  }

  /** Starts a picture: takes the canvas' size, lays the axes out and draws them. @param {Frame} frame */
  begin({ title = "", xLabel, yLabel, x, y, ends = [], beside = 14 }) {
    const { canvas, ctx } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    // One pixel at least: what is printed has no panels, and what has no pixels cannot be kept.
    const pixels = [width, height].map(length => Math.max(1, Math.round(length * devicePixelRatio)));
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    ctx.fillStyle = color("paper");
    ctx.fillRect(0, 0, width, height);
    [this.x, this.y] = [x, y];
    const [tick, label, head] = ["12px", "600 12.5px", "600 14px"].map(size => `${size} ${getComputedStyle(document.body).fontFamily}`);
    ctx.font = tick;
    const yTicks = ticks(y, (height - 60) / 26);
    const widest = Math.max(...yTicks.map(tick => ctx.measureText(tick.label).width), 0);
    const left = Math.round(widest + 34);
    const top = title === "" ? 10 : 30;
    const right = Math.max(beside, ...ends.map(name => ctx.measureText(name).width + 40));
    this.area = { left, top, width: Math.max(20, width - left - right), height: Math.max(20, height - top - 44) };
    const bottom = top + this.area.height;
    Object.assign(ctx, { strokeStyle: color("ink"), fillStyle: color("ink"), lineWidth: 1 });
    let path = `M${left - 0.5} ${top}V${bottom + 0.5}H${left + this.area.width}`;
    Object.assign(ctx, { textAlign: "right", textBaseline: "middle" });
    for (const { value, label } of yTicks) {
      const at = Math.round(this.py(value)) + 0.5;
      path += `M${left - (label === "" ? 3 : 5)} ${at}H${left}`;
      ctx.fillText(label, left - 8, at);
    }
    Object.assign(ctx, { textAlign: "center", textBaseline: "top", font: tick });
    const wide = Math.max(...ticks(x, 5).map(tick => ctx.measureText(tick.label).width), 20);
    for (const { value, label } of ticks(x, this.area.width / (wide + 14))) {
      const at = Math.round(this.px(value)) + 0.5;
      path += `M${at} ${bottom}v${label === "" ? 3 : 5}`;
      ctx.fillText(label, Math.min(at, width - ctx.measureText(label).width / 2 - 1), bottom + 8);
    }
    ctx.stroke(new Path2D(path));
    ctx.font = label;
    ctx.fillText(xLabel, left + this.area.width / 2, bottom + 26);
    ctx.save();
    ctx.translate(6, top + this.area.height / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(yLabel, 0, 0);
    ctx.restore();
    ctx.font = head;
    ctx.fillText(title, left + this.area.width / 2, 8);
    ctx.font = tick;
  }

  /** @param {number} value  @returns {number} CSS pixels from the left */
  px(value) {
    return this.area.left + along(this.x, value) * this.area.width;
  }

  /** @param {number} value  @returns {number} CSS pixels from the top */
  py(value) {
    return this.area.top + (1 - along(this.y, value)) * this.area.height;
  }

  /** @param {number} px  @param {number} py  @returns {[number, number]} the values there */
  at(px, py) {
    const { left, top, width, height } = this.area;
    return [valueAt(this.x, (px - left) / width), valueAt(this.y, 1 - (py - top) / height)];
  }

  /** Draws only in the area, a little beyond its edges. @param {() => void} draw */
  clipped(draw) {
    const { ctx, area } = this;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top - 8, area.width + 8, area.height + 8);
    ctx.clip();
    draw();
    ctx.restore();
  }

  /**
   * A line through points, which ends where a value is not finite.
   * @param {ArrayLike<number>} xs  @param {ArrayLike<number>} ys
   * @param {{ color: string, width?: number, dash?: number[] }} pen
   */
  line(xs, ys, { color, width = 1.5, dash = [] }) {
    this.clipped(() => {
      Object.assign(this.ctx, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
      this.ctx.setLineDash(dash);
      this.ctx.beginPath();
      let down = false;
      for (let i = 0; i < xs.length; i++) {
        const [x, y] = [this.px(xs[i]), this.py(ys[i])];
        const there = Number.isFinite(x) && Number.isFinite(y);
        if (there) this.ctx[down ? "lineTo" : "moveTo"](x, y);
        down = there;
      }
      this.ctx.stroke();
    });
  }

  /** Markers at points. @param {ArrayLike<number>} xs  @param {ArrayLike<number>} ys  @param {Look} look */
  marks(xs, ys, look) {
    this.clipped(() => {
      for (let i = 0; i < xs.length; i++) mark(this.ctx, this.px(xs[i]), this.py(ys[i]), look);
    });
  }

  /** Writes in the middle of the area what there is to say about it. @param {string} words */
  say(words) {
    const { ctx, area } = this;
    Object.assign(ctx, { textAlign: "center", textBaseline: "middle", fillStyle: color("faint") });
    ctx.fillText(words, area.left + area.width / 2, area.top + area.height / 2, area.width);
  }

  /** Keeps the picture as it is, for what is drawn over it to come and go. */
  keep() {
    [this.base.width, this.base.height] = [this.canvas.width, this.canvas.height];
    this.base.getContext("2d")?.drawImage(this.canvas, 0, 0);
  }

  /** Brings the kept picture back. */
  restore() {
    this.words = [];
    this.ctx.save();
    this.ctx.resetTransform();
    this.ctx.drawImage(this.base, 0, 0);
    this.ctx.restore();
  }

  /** A ring around a point, with a word beside it. @param {number} x  @param {number} y  @param {string} word */
  ring(x, y, word) {
    const { ctx, area } = this;
    const [px, py] = [this.px(x), this.py(y)];
    const inside = px >= area.left - 4 && px <= area.left + area.width + 8 && py >= area.top - 8 && py <= area.top + area.height + 4;
    if (!inside) return;
    Object.assign(ctx, { strokeStyle: color("mark"), fillStyle: color("mark"), lineWidth: 2 });
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(px, py, 7, 0, 2 * Math.PI);
    ctx.stroke();
    const room = ctx.measureText(word).width + 14;
    const right = px + room < area.left + area.width + 14;
    Object.assign(ctx, { textAlign: right ? "left" : "right", textBaseline: "bottom", lineJoin: "round" });
    // Beside the words that stand already: away from the nearer edge.
    const tx = px + (right ? 9 : -9);
    const start = right ? tx : tx - room;
    const away = py > area.top + area.height / 2 ? -14 : 14;
    let ty = Math.max(py - 4, area.top + 8);
    while (this.words.some(other => Math.abs(other.y - ty) < 14 && other.start < start + room && start < other.start + other.room)) ty += away;
    this.words.push({ start, y: ty, room });
    Object.assign(ctx, { strokeStyle: color("paper"), lineWidth: 4 });
    ctx.strokeText(word, tx, ty);
    ctx.fillText(word, tx, ty);
  }
}


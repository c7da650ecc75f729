// Cells in rows and columns, each of which says more where it is pointed at, tapped, or reached by arrow keys.
import { byId, element } from "./state.js";

/**
 * @typedef {{ rows: number, columns: number, at: (event: PointerEvent) => number[] | null,
 *   box: (row: number, column: number) => DOMRect, tell: (row: number, column: number) => string[][] | null }} Cells
 *   `at` gives the row and column under the pointer, `box` where a cell stands in the window, `tell` what is said of it,
 *   in rows of cells themselves, the first of which is a heading; null for a cell that there is not
 */

/**
 * Lets the reader's hands into cells.
 * @param {HTMLElement} host what has the focus  @param {() => Cells | null} cells those that are shown now
 * @returns {() => void} what closes the word on the present one
 */
export function grid(host, cells) {
  const tip = byId("tip0");
  /** @type {number[] | null} */
  let here = null;
  const close = () => ((here = null), (tip.hidden = true));
  const open = (/** @type {number[] | null | undefined} */ to) => {
    const shown = cells();
    const told = to && shown?.tell(to[0], to[1]);
    if (!to || !shown || !told) return close();
    if (String(to) === String(here) && !tip.hidden) return;
    here = to;
    const [head, ...rows] = told;
    tip.replaceChildren(element("b", {}, ...head), ...rows.map(row => element("div", {}, ...row.map(word => element("span", {}, word)))));
    tip.hidden = false;
    const box = shown.box(to[0], to[1]);
    const [wide, high] = [document.documentElement.clientWidth - tip.offsetWidth - 8, innerHeight - tip.offsetHeight - 8];
    tip.style.left = `${Math.max(8, Math.min(wide, box.left))}px`;
    tip.style.top = `${box.bottom + 6 < high ? box.bottom + 6 : Math.max(8, box.top - tip.offsetHeight - 6)}px`;
  };
  host.addEventListener("pointermove", event => event.pointerType === "mouse" && open(cells()?.at(event)));
  host.addEventListener("pointerleave", event => event.pointerType === "mouse" && close());
  host.addEventListener("click", event => open(cells()?.at(/** @type {PointerEvent} */ (event))));
  host.addEventListener("blur", close);
  host.addEventListener("keydown", event => {
    const by = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
    const shown = cells();
    if (event.key === "Escape") return close();
    if (by === undefined || !shown) return;
    event.preventDefault();
    const [row, column] = here ? [here[0] + by[0], here[1] + by[1]] : [shown.rows - 1, shown.columns - 1];
    const to = [Math.max(0, Math.min(shown.rows - 1, row)), Math.max(0, Math.min(shown.columns - 1, column))];
    if (shown.tell(to[0], to[1]) === null) return;
    const [box, around] = [shown.box(to[0], to[1]), /** @type {Element} */ (host.parentElement).getBoundingClientRect()];
    /** @type {Element} */ (host.parentElement).scrollLeft += Math.min(0, box.left - around.left - 110) + Math.max(0, box.right - around.right);
    open(to);
  });
  for (const event of ["scroll", "resize"]) addEventListener(event, close, { passive: true });
  return close;
}

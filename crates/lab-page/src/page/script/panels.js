// The page's panels, by the element that each brings to life.
import { opening } from "./opening.js";
import { part1 } from "./part1.js";
import { part2 } from "./part2.js";
import { part3 } from "./part3.js";
import { part4 } from "./part4.js";
import { part5 } from "./part5.js";

/** @type {Record<string, (store: import("./state.js").Store, world: import("./main.js").World) => () => unknown>} gives what draws it */
export const panels = { opening, live1: part1, live2: part2, live3: part3, live4: part4, live5: part5 };

// The reader's text as branches of tokens, kept for a reload of the page. What followed a token from which the reader
// went on another way stays as a branch of its own.

/**
 * @typedef {{ model: number, probability: number, rank: number, kept?: number, draw?: number }} Note how a token was chosen
 * @typedef {{ ids: number[], notes: (Note | undefined)[] }} Branch
 */

export class Branches {
  /**
   * @param {string} key under which the window keeps them  @param {number} vocabSize  @param {number} models how many
   * @param {number[]} ids the text at the start
   */
  constructor(key, vocabSize, models, ids) {
    this.key = key;
    this.vocabSize = vocabSize;
    this.models = models;
    /** The current one last. @type {Branch[]} */
    this.all = [{ ids: ids.slice(), notes: new Array(ids.length) }];
  }

  get current() {
    return /** @type {Branch} */ (this.all.at(-1));
  }

  /** @param {number} id  @param {Note} note */
  add(id, note) {
    this.current.ids.push(id);
    this.current.notes.push(note);
  }

  /** Goes on from an earlier token: what followed it stays. @param {number} length */
  back(length) {
    const { ids, notes } = this.current;
    this.all.push({ ids: ids.slice(0, length), notes: notes.slice(0, length) });
  }

  /** @param {Branch} to makes this one the current one */
  turn(to) {
    this.all.push(...this.all.splice(this.all.indexOf(to), 1));
  }

  /** Gives the current one other tokens. Notes stay up to the first that differs. @param {number[]} ids */
  replace(ids) {
    const { current } = this;
    const same = ids.findIndex((id, i) => id !== current.ids[i]);
    current.notes = current.notes.slice(0, same < 0 ? ids.length : same);
    current.notes.length = ids.length;
    current.ids = ids;
  }

  /** Keeps them for a reload. @param {number[]} settled the tokens that were read last */
  save(settled) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ branches: this.all, settled }));
    } catch {
      // Where nothing can be kept, a reload begins anew.
    }
  }

  /** Brings back what was kept. @returns {boolean} whether the current text had been read */
  restore() {
    const ids = (/** @type {any} */ list) => Array.isArray(list) && list.every(id => Number.isInteger(id) && id >= 0 && id < this.vocabSize);
    const note = (/** @type {any} */ one) => one === null || (typeof one.probability === "number" && Number.isInteger(one.model) && one.model >= 0 && one.model < this.models);
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
      const good = kept.branches.filter((/** @type {any} */ one) => ids(one.ids) && one.notes.length === one.ids.length && one.notes.every(note));
      if (good.length === 0) return false;
      this.all = good;
      return String(kept.settled) === String(this.current.ids);
    } catch {
      return false;
    }
  }
}

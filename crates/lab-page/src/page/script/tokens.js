// Tokens as a reader sees them, and as she finds them.

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * @typedef {{ name: (id: number) => string, search: (query: string, most: number) => number[] }} Tokens
 *   how a token is shown, and the ids that fit what was typed, the best first
 */

/** @param {Uint8Array[]} bytes of each token  @returns {Tokens} */
export function tokens(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** @type {(string | null | undefined)[]} null for what is only a part of a character */
  const texts = new Array(bytes.length);
  const text = (/** @type {number} */ id) => {
    if (texts[id] === undefined) {
      try {
        texts[id] = decoder.decode(bytes[id]);
      } catch {
        texts[id] = null;
      }
    }
    return texts[id];
  };
  return {
    name: id => (known => (known == null ? hexadecimal(bytes[id]) : shown(known)))(text(id)),
    search: (query, most) => {
      if (query === "") return [];
      // As tokens are shown: ␣night, and ⏎ for a newline.
      query = query.replaceAll("␣", " ").replaceAll("⏎", "\n");
      const wanted = query.toLowerCase();
      /** @type {number[][]} by how well they fit: to the letter, but for a space, at the start, anywhere */
      const found = [[], [], [], []];
      if (/^\s*\d+\s*$/.test(query) && Number(query) < bytes.length) found[0].push(Number(query));
      for (let id = 0; id < bytes.length; id++) {
        const known = text(id);
        if (known == null || known.length < query.length) continue;
        const low = known.toLowerCase();
        if (known === query) found[0].push(id);
        else if (low.trim() === wanted.trim()) found[1].push(id);
        else if (low.trimStart().startsWith(wanted.trim())) found[2].push(id);
        else if (low.includes(wanted)) found[3].push(id);
      }
      return [...new Set(found.flat())].slice(0, most);
    },
  };
}

/** @param {Uint8Array} bytes  @returns {string} ⟨F0 9F⟩ */
function hexadecimal(bytes) {
  return `⟨${Array.from(bytes, byte => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")}⟩`;
}

/** @param {string} text  @returns {string} the text with its spaces at the ends, newlines and invisibles to see */
export function shown(text) {
  const visible = text.replaceAll("\n", "⏎").replace(HIDDEN, c => `\\u{${c.codePointAt(0)?.toString(16)}}`);
  return visible.replace(/^ +| +$/g, spaces => "␣".repeat(spaces.length));
}

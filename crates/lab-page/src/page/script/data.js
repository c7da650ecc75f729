// The block of logits and vocabulary that is part of the page.

/**
 * @typedef {{ model: string, prompt: { text: string, ids: number[], words: string[] }, logits: Float32Array, serial: number }} LogitSet
 * @typedef {{ vocabSize: number, sets: LogitSet[], part5: number[], tokens: Uint8Array[] }} Data
 *   `serial` tells sets apart that take the same place; `part5` are the places among `sets` of the models that part 5 compares; `tokens` are bytes
 */

/** @param {string} base64 of a deflated block  @returns {Promise<Data>} */
export async function unpacked(base64) {
  const text = atob(base64.trim());
  const deflated = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) deflated[i] = text.charCodeAt(i);
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return read(await new Response(stream).arrayBuffer());
}

/** @param {ArrayBuffer} block  @returns {Data} */
export function read(block) {
  const length = new DataView(block).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(block, 4, length)));
  let at = 4 + length;
  const vocabSize = header.vocab_size;
  // Every machine with a browser is little-endian.
  for (const [serial, set] of header.sets.entries()) {
    set.serial = serial;
    set.logits = joined(new Uint8Array(block, at, 4 * vocabSize));
    at += 4 * vocabSize;
  }
  const lengths = new Uint16Array(block, at, vocabSize);
  at += 2 * vocabSize;
  const tokens = Array.from(lengths, bytes => new Uint8Array(block, (at += bytes) - bytes, bytes));
  return { vocabSize, sets: header.sets, part5: header.part5, tokens };
}

/** Numbers whose lowest bytes come first, and highest last. @param {Uint8Array} planes  @returns {Float32Array} */
function joined(planes) {
  const bytes = new Uint8Array(planes.length);
  const length = planes.length / 4;
  for (let i = 0; i < length; i++) for (let byte = 0; byte < 4; byte++) bytes[4 * i + byte] = planes[byte * length + i];
  return new Float32Array(bytes.buffer);
}

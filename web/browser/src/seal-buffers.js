/**
 * Memory for pieces, used again and again. A browser counts what a script has let go only now and
 * then, and of detached buffers not at all: pieces of 8 MiB would pile up before it looks.
 * @module
 */

import { PIECE_SIZE } from './seal-profile.js';

/** @type {ArrayBuffer[]} */
const spare = [];

/**
 * Read at most a piece of a file into memory that `letGo` gives back.
 * @param {Blob} blob
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function readPiece(blob) {
  if (blob.size > PIECE_SIZE) throw new RangeError('more than a piece');
  const stream = blob.stream();
  const buffer = spare.pop() ?? new ArrayBuffer(PIECE_SIZE);
  const reader = byobReader(stream);
  return reader ? inPlace(reader, buffer, blob.size) : copied(stream, buffer);
}

/** @param {Uint8Array<ArrayBuffer>} piece that nobody looks at any more */
export function letGo(piece) {
  spare.push(piece.buffer);
}

/**
 * Return what reads into memory of ours, undefined where this browser's files cannot.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 */
function byobReader(stream) {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

/**
 * @param {ReadableStreamBYOBReader} reader
 * @param {ArrayBuffer} buffer
 * @param {number} size
 */
async function inPlace(reader, buffer, size) {
  let [room, read] = [buffer, 0];
  while (read < size) {
    const { value, done } = await reader.read(new Uint8Array(room, read, size - read));
    if (value) room = /** @type {ArrayBuffer} */ (value.buffer); // moved: the one given is empty now
    if (done) break;
    read += value.length;
  }
  return new Uint8Array(room, 0, read);
}

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @param {ArrayBuffer} buffer
 */
async function copied(stream, buffer) {
  const reader = stream.getReader();
  const into = new Uint8Array(buffer);
  let read = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return into.subarray(0, read);
    into.set(value, read);
    read += value.length;
  }
}

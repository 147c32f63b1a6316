/**
 * The published log as anybody reads it: bundles of records below the log's address.
 *
 * Source: c2sp.org/tlog-tiles; RFC 6962, section 2.1 (the hash of a leaf).
 * @module
 */

const WIDTH = 256; // records of a full bundle
const LEAF = 0; // RFC 6962: what stands before a record when it is hashed as a leaf

/** @typedef {{ address: string, size: number }} Log the log's prefix, and how many entries are published */

/** @type {Map<string, Promise<Uint8Array<ArrayBuffer>[]>>} */
const bundles = new Map();

/**
 * Return the leaf hash of an entry in hex, computed from the bytes that are published.
 * @param {Log} log
 * @param {number} index
 */
export async function recompute(log, index) {
  const record = (await bundle(log, Math.floor(index / WIDTH)))[index % WIDTH];
  const leaf = new Uint8Array(record.length + 1);
  leaf[0] = LEAF;
  leaf.set(record, 1);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', leaf));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Fetch a bundle of records, once.
 * @param {Log} log
 * @param {number} n
 */
function bundle(log, n) {
  const width = Math.min(WIDTH, log.size - n * WIDTH);
  const path = `${log.address}/tile/entries/${number(n)}${width < WIDTH ? `.p/${width}` : ''}`;
  const known = bundles.get(path) ?? fetched(path);
  bundles.set(path, known);
  return known;
}

/**
 * Fetch and cut a bundle: before each record stands its length, two bytes, high byte first.
 * @param {string} path
 */
async function fetched(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const records = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at] * 256 + bytes[at + 1];
    records.push(bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return records;
}

/**
 * Write a number as paths of the log do: three digits a step, x before all but the last.
 * @param {number} n
 */
function number(n) {
  const last = String(n % 1000).padStart(3, '0');
  const steps = [];
  for (let rest = Math.floor(n / 1000); rest; rest = Math.floor(rest / 1000)) {
    steps.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return [...steps, last].join('/');
}

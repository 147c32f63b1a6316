/**
 * One form of JSON: the bytes of RFC 8785, without what E-JSON refuses; what `notary/canonical.py`
 * reads and writes. Source: sealing.md 2.
 * @module
 */

import canonicalize from 'canonicalize';

export const LIMIT = 256 * 1024; // bytes of a signed object unless its kind allows more
const DEPTH = 16;

/** @typedef {null | boolean | number | string | Json[] | {[name: string]: Json}} Json */

/** The bytes are not JSON as the hall reads it, or the value cannot be written as such. */
export class BadJson extends Error {
  code = 'E-JSON';
}

/**
 * Return the canonical text of a value; throws BadJson where E-JSON has none.
 * @param {Json} value
 */
export function dumps(value) {
  requireWritable(value, DEPTH);
  return String(canonicalize(value));
}

/** @param {string} text */
export const utf8 = (text) => new TextEncoder().encode(text);

/**
 * Return the canonical bytes of a value.
 * @param {Json} value
 */
export const dump = (value) => utf8(dumps(value));

/**
 * Read an object that is signed or hashed, which must be in canonical form already: that it is the
 * same text when written again refuses duplicate names, other spellings and bytes before or behind.
 * @param {Uint8Array} bytes
 * @param {number} [limit] bytes
 * @returns {{[name: string]: Json}}
 */
export function loadSigned(bytes, limit = LIMIT) {
  if (bytes.length > limit) throw new BadJson(`longer than ${limit} bytes`);
  const text = textOf(bytes);
  requireShallow(text);
  const value = parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new BadJson('a signed text is one object');
  }
  if (dumps(value) !== text) throw new BadJson('not in canonical form');
  return value;
}

/** @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BadJson('not UTF-8');
  }
}

/**
 * @param {string} text
 * @returns {Json}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadJson('not JSON');
  }
}

/**
 * Refuse a text of too many levels before any parser sees it; strings are passed over.
 * @param {string} text
 */
function requireShallow(text) {
  let level = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === '[' || token === '{') level += 1;
    if (token === ']' || token === '}') level -= 1;
    if (level > DEPTH) throw new BadJson(`deeper than ${DEPTH} levels`);
  }
}

/**
 * Refuse what E-JSON cannot say: fractions, unsafe integers, bad characters, more depth.
 * @param {unknown} value
 * @param {number} depth
 */
function requireWritable(value, depth) {
  if (typeof value === 'string') return requireCharacters(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new BadJson('not a safe integer');
    return;
  }
  if (value === null || typeof value === 'boolean') return;
  if (typeof value !== 'object') throw new BadJson(`${typeof value} has no form in JSON`);
  if (depth === 0) throw new BadJson(`deeper than ${DEPTH} levels`);
  for (const [name, member] of Object.entries(value)) {
    requireCharacters(name);
    requireWritable(member, depth - 1);
  }
}

/** @param {string} text */
function requireCharacters(text) {
  if (/[\0\ud800-\udfff]/u.test(text)) throw new BadJson('U+0000 or a lone surrogate');
}

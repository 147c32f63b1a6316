/**
 * DER: elements written with the shortest length, and read only where they are (X.690, 8.1 and 10.1).
 * @module
 */

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BITS = 0x03;
export const OCTETS = 0x04;
export const OID = 0x06;
export const SEQUENCE = 0x30;
export const SET = 0x31;
export const UTC_TIME = 0x17;
export const IN_PLACE_0 = 0xa0; // [0] of a constructed type
export const IN_PLACE_3 = 0xa3;

const LONG = 0x80; // from here on a length has digits of its own
const DIGITS_MOST = 4;

/** The bytes are not DER, or not of the type that should stand there. */
export class BadDer extends Error {}

/**
 * An element in its bytes: `at` of its tag, `from` and `end` of its content.
 * @typedef {{bytes: Uint8Array, tag: number, at: number, from: number, end: number}} Element
 */

/**
 * Write an element: tag, shortest length, content.
 * @param {number} tag
 * @param {Uint8Array[]} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function der(tag, ...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const length = size < LONG ? [size] : digitsOf(size);
  const written = new Uint8Array(1 + length.length + size);
  written.set([tag, ...length]);
  let at = 1 + length.length;
  for (const part of parts) {
    written.set(part, at);
    at += part.length;
  }
  return written;
}

/** @param {number} size of 128 bytes or more */
function digitsOf(size) {
  const digits = [];
  for (let left = size; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256);
  return [LONG | digits.length, ...digits];
}

/**
 * Read the element at a place, or throw BadDer.
 * @param {Uint8Array} bytes
 * @param {number} at of its tag
 * @param {number} [limit] where what it stands in ends
 * @returns {Element}
 */
export function elementAt(bytes, at, limit = bytes.length) {
  const tag = bytes[at] ?? 0;
  if (at + 2 > limit || (tag & 0x1f) === 0x1f) throw new BadDer('no element');
  let from = at + 2;
  let size = bytes[at + 1] ?? 0;
  if (size >= LONG) {
    const digits = size - LONG;
    if (digits < 1 || digits > DIGITS_MOST || from + digits > limit) throw new BadDer('no length');
    size = bytes.subarray(from, from + digits).reduce((sum, digit) => sum * 256 + digit, 0);
    if (size < LONG || bytes[from] === 0) throw new BadDer('a length with a second spelling');
    from += digits;
  }
  if (from + size > limit) throw new BadDer('longer than what it stands in');
  return { bytes, tag, at, from, end: from + size };
}

/**
 * Read one element that is all of the bytes.
 * @param {Uint8Array} bytes
 * @param {number} tag
 */
export function whole(bytes, tag) {
  const element = elementAt(bytes, 0);
  if (element.end !== bytes.length) throw new BadDer('bytes behind the end');
  return required(element, tag);
}

/**
 * Return the elements inside one.
 * @param {Element} element
 */
export function inside({ bytes, from, end }) {
  const found = [];
  for (let at = from; at < end; at = found.at(-1)?.end ?? end) found.push(elementAt(bytes, at, end));
  return found;
}

/**
 * Return an element, or throw BadDer where it is missing or of another type.
 * @param {Element | undefined} element
 * @param {number} tag
 */
export function required(element, tag) {
  if (element?.tag !== tag) throw new BadDer('another type of element');
  return element;
}

/**
 * Return an element as it is written.
 * @param {Element} element
 */
export const written = ({ bytes, at, end }) => bytes.slice(at, end);

/**
 * Return the content of an element.
 * @param {Element} element
 */
export const content = ({ bytes, from, end }) => bytes.slice(from, end);

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
export const same = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);

/** @param {string} hex */
export const octets = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

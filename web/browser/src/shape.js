/**
 * Objects of one form: which members a JSON object has, and no others. What `notary/shape.py` does;
 * values stay as they are in JSON. Source: sealing.md 2 and 3.
 * @module
 */

import { loadSigned } from './canonical.js';

/** @typedef {import('./canonical.js').Json} Json */

/**
 * Throws BadShape unless the value at a place is of its form.
 * @typedef {(value: Json | undefined, place: string) => void} Form
 */

/** A member is missing, unknown or of another form; the message names its place, no content. */
export class BadShape extends Error {
  code = 'E-JSON';
}

/**
 * A string that a pattern matches whole, code point by code point.
 * @param {string} pattern
 * @returns {Form}
 */
export function text(pattern) {
  const whole = new RegExp(`^(?:${pattern})$`, 'u');
  return (value, place) => {
    if (typeof value !== 'string' || !whole.test(value)) throw new BadShape(`${place}: not a text of its form`);
  };
}

/**
 * An integer from `least` on.
 * @param {number} [least]
 * @returns {Form}
 */
export const integer = (least = 0) => (value, place) => {
  if (!Number.isSafeInteger(value) || Number(value) < least) throw new BadShape(`${place}: not an integer from ${least}`);
};

/**
 * One of a few words.
 * @param {string[]} words
 * @returns {Form}
 */
export const oneOf = (...words) => (value, place) => {
  if (typeof value !== 'string' || !words.includes(value)) throw new BadShape(`${place}: not one of its words`);
};

/** @type {Form} */
export const truth = (value, place) => {
  if (typeof value !== 'boolean') throw new BadShape(`${place}: not a truth value`);
};

/** @type {Form} */
export const anyText = (value, place) => {
  if (typeof value !== 'string') throw new BadShape(`${place}: not a text`);
};

/**
 * @param {Form} form
 * @returns {Form}
 */
export const orNull = (form) => (value, place) => {
  if (value !== null) form(value, place);
};

/**
 * @param {Form} row
 * @returns {Form}
 */
export const listOf = (row) => (value, place) => {
  if (!Array.isArray(value)) throw new BadShape(`${place}: not an array`);
  value.forEach((item, n) => row(item, `${place}[${n}]`));
};

/**
 * An object whose names are open: who declares it judges them.
 * @param {Form} member
 * @returns {Form}
 */
export const namesOf = (member) => (value, place) => {
  for (const item of Object.values(members(value, place))) member(item, `a member of ${place}`);
};

/**
 * An object with exactly these members.
 * @param {{[name: string]: Form}} forms
 * @returns {Form}
 */
export const closed = (forms) => (value, place) => {
  const given = members(value, place);
  for (const [name, form] of Object.entries(forms)) {
    if (!Object.hasOwn(given, name)) throw new BadShape(`${place}: ${name} is missing`);
    form(given[name], `${place}.${name}`);
  }
  if (Object.keys(given).some((name) => !Object.hasOwn(forms, name))) {
    throw new BadShape(`${place}: a member that it does not have`);
  }
};

/**
 * @param {Json | undefined} value
 * @param {string} place
 */
function members(value, place) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new BadShape(`${place}: not an object`);
  return value;
}

/**
 * Read a signed or hashed object; throws BadJson or BadShape.
 * @param {Form} form
 * @param {Uint8Array} bytes
 * @param {number} [limit] bytes
 * @returns {any}
 */
export function load(form, bytes, limit) {
  const value = loadSigned(bytes, limit);
  form(value, 'object');
  return value;
}

// The forms that many objects share: notary/shape.py.

const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

export const id = text('[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}');
// ledger.md 4: at most 128 characters without scheme, space or +. Nor may a line break be in it.
export const origin = text(`(?!.*:\\/\\/)[^${SPACE}+\\x00-\\x1f\\x7f]{1,128}`);
export const sha256Hex = text('[0-9a-f]{64}');
export const nonce = text('[0-9a-f]{32}');
export const count = integer();
export const fen = text('0|[1-9][0-9]{0,17}');
export const name = text(`(?=[${SPACE}]*[^${SPACE}])[\\s\\S]{1,1000}`);

/** @type {Form} */
export const moment = (value, place) => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at) || seconds(at) !== value) throw new BadShape(`${place}: not a time in whole seconds of UTC`);
};

/**
 * Write an instant as signed objects have it.
 * @param {number} at milliseconds since 1970
 */
export const seconds = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`;

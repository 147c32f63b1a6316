/**
 * What one entry of the ledger says: its fields lead to a record, the record's leaf to the root. What
 * the reading half of `notary/entry.py` does. Source: ledger.md 1 and 4.
 * @module
 */

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';

import { BadJson, dump, loadSigned, utf8 } from './canonical.js';
import { hashed, root } from './merkle.js';

export const COMMITTED = 1;
export const PLAIN = 2;
const MOST_PLAIN = 1024;
const SALT_BYTES = 32;
const DISCLOSURE = 'hall-disclosure/v1';
const NAME = /^[a-z0-9_]{1,64}$/;
const HASH = /^[0-9a-f]{64}$/;
const HEX = /^(?:[0-9a-f]{2})*$/;

/** @typedef {import('./canonical.js').Json} Json */
/** @typedef {{[name: string]: Json}} Fields */
/** @typedef {{[keyword: string]: Json}} Schema */
/** @typedef {{required: string[], properties: {[name: string]: Schema}, plain: string[] | null, held: boolean}} Kind */
/** @typedef {{[name: string]: Kind}} Kinds by name and version: a verifier's own copy of the schemas */
/** @typedef {{record: Uint8Array, fields: Fields, names: string[]}} Opened */

/** An entry or a disclosure breaks a rule; `reason` names it as the vectors do. */
export class BadEntry extends Error {
  /**
   * @param {string} reason
   * @param {string} sentence
   */
  constructor(reason, sentence) {
    super(sentence);
    this.reason = reason;
  }
}

/**
 * Read a `hall-disclosure/v1` of the log `origin`, or throw BadEntry with the first reason. The caller
 * proves that the record is in that log: the last check, `record`.
 * @param {Uint8Array} data
 * @param {string} origin
 * @param {Kinds} kinds
 * @returns {Opened}
 */
export function openDisclosure(data, origin, kinds) {
  const { v, ...rest } = read(data);
  const [member, ...more] = Object.keys(rest);
  const shown = member === undefined ? null : rest[member];
  if (v !== DISCLOSURE || more.length) throw new BadEntry('json', `not a ${DISCLOSURE}`);
  if (member === 'fields' && Array.isArray(shown) && shown.length) return openFields(shown, origin, kinds);
  if (member === 'plain' && isObject(shown)) {
    requirePlain(shown, origin, kinds);
    return { record: plainRecord(shown), fields: shown, names: Object.keys(shown).sort() };
  }
  throw new BadEntry('json', `not a ${DISCLOSURE}`);
}

/**
 * Read a plain record of the log `origin`, or throw BadEntry.
 * @param {Uint8Array} data
 * @param {string} origin
 * @param {Kinds} kinds
 */
export function openPlain(data, origin, kinds) {
  if (data[0] !== PLAIN || data.length > MOST_PLAIN) throw new BadEntry('form', 'not a plain record');
  const fields = read(data.slice(1));
  requirePlain(fields, origin, kinds);
  return fields;
}

/**
 * Return the record of an entry, or throw BadEntry where the fields are not those of their kind.
 * @param {Fields} fields
 * @param {Uint8Array | null} salt
 * @param {Kinds} kinds
 */
export function recordOf(fields, salt, kinds) {
  const stated = kindOf(fields, kinds);
  requireNames(stated, Object.keys(fields), fields);
  if (stated.plain !== null) {
    if (salt !== null) throw new BadEntry('record', 'a plain entry has no salt');
    return plainRecord(fields);
  }
  if (salt?.length !== SALT_BYTES) throw new BadEntry('salt', `a salt has ${SALT_BYTES} bytes`);
  const hashes = Object.entries(fields).map(([name, value]) => /** @type {[string, Uint8Array]} */ (
    [name, valueHash(hmac(sha256, salt, utf8(`hall-field/v1\0${name}`)), value)]
  ));
  return committedRecord(new Map(hashes));
}

/**
 * @param {Json[]} items
 * @param {string} origin
 * @param {Kinds} kinds
 * @returns {Opened}
 */
function openFields(items, origin, kinds) {
  /** @type {string[]} */
  const names = [];
  /** @type {Map<string, Uint8Array>} */
  const salts = new Map();
  /** @type {Map<string, Uint8Array>} */
  const hashes = new Map();
  /** @type {Fields} */
  const fields = {};
  for (const item of items) {
    const { name, value, salt, hash, ...rest } = isObject(item) ? item : {};
    const members = isObject(item) ? Object.keys(item).length : 0;
    if (typeof name !== 'string' || Object.keys(rest).length) throw new BadEntry('json', 'a field has a name');
    if (members === 3 && value !== undefined && typeof salt === 'string') {
      fields[name] = value;
      salts.set(name, unhex(salt));
    } else if (members === 2 && typeof hash === 'string' && HASH.test(hash)) {
      hashes.set(name, hex.decode(hash));
    } else {
      throw new BadEntry('json', 'a field is {name, value, salt} or {name, hash}');
    }
    if (!NAME.test(name)) throw new BadEntry('json', 'not the name of a field');
    names.push(name);
  }
  for (const salt of salts.values()) {
    if (salt.length !== SALT_BYTES) throw new BadEntry('salt', `a field's salt has ${SALT_BYTES} bytes`);
  }
  if (names.some((name, at) => at > 0 && (names[at - 1] ?? '') >= name)) throw new BadEntry('order', 'the names are not strictly ascending');
  requireOrigin(fields, origin);
  const stated = kindOf(fields, kinds);
  if (stated.plain !== null) throw new BadEntry('form', 'a plain kind, but this entry is committed');
  requireNames(stated, names, fields);
  for (const [name, salt] of salts) hashes.set(name, valueHash(salt, fields[name] ?? null));
  return { record: committedRecord(hashes), fields, names };
}

/**
 * @param {Fields} fields
 * @param {string} origin
 * @param {Kinds} kinds
 */
function requirePlain(fields, origin, kinds) {
  requireOrigin(fields, origin);
  const stated = kindOf(fields, kinds);
  if (stated.plain === null) throw new BadEntry('form', 'a committed kind, but this entry is plain');
  requireNames(stated, Object.keys(fields), fields);
}

/**
 * @param {Fields} fields
 * @param {string} origin
 */
function requireOrigin(fields, origin) {
  if (!Object.hasOwn(fields, 'kind') || !Object.hasOwn(fields, 'origin')) throw new BadEntry('closed', 'kind and origin must be open');
  if (fields.origin !== origin) throw new BadEntry('origin', `an entry of another log, not of ${origin}`);
}

/**
 * @param {Fields} fields
 * @param {Kinds} kinds
 */
export function kindOf(fields, kinds) {
  const named = fields.kind;
  const stated = typeof named === 'string' && Object.hasOwn(kinds, named) ? kinds[named] : undefined;
  if (!stated) throw new BadEntry('form', 'an unknown kind');
  return stated;
}

/**
 * @param {Kind} kind
 * @param {string[]} names
 * @param {Fields} open
 */
function requireNames(kind, names, open) {
  const all = new Set(kind.required);
  if (names.length !== all.size || names.some((name) => !all.has(name))) throw new BadEntry('names', 'names missing or unknown');
  for (const [name, value] of Object.entries(open)) {
    if (!allows(kind.properties[name] ?? {}, value)) throw new BadEntry('names', `no such ${name} is allowed`);
  }
}

/** @type {{[keyword: string]: (wanted: any, value: Json) => boolean}} */
const KEYWORDS = { // the part of JSON Schema that the ledger's kinds use: notary/values.py
  type: (wanted, value) => [wanted].flat().includes(typeOf(value)),
  const: (wanted, value) => value === wanted,
  enum: (wanted, value) => typeof value === 'string' && wanted.includes(value),
  pattern: (wanted, value) => typeof value !== 'string' || new RegExp(`^(?:${wanted.replace(/^\^|\$$/g, '')})$`, 'u').test(value),
  format: (_, value) => typeof value !== 'string' || isInstant(value),
  minimum: (wanted, value) => typeof value !== 'number' || value >= wanted,
  items: (wanted, value) => !Array.isArray(value) || value.every((one) => allows(wanted, one)),
  minItems: (wanted, value) => !Array.isArray(value) || value.length >= wanted,
  maxItems: (wanted, value) => !Array.isArray(value) || value.length <= wanted,
};

/**
 * Tell whether a value is one of a schema; a keyword that is not known here allows nothing.
 * @param {Schema} schema
 * @param {Json} value
 * @returns {boolean}
 */
const allows = (schema, value) => Object.entries(schema).every(([keyword, wanted]) => KEYWORDS[keyword]?.(wanted, value) ?? false);

/** @param {Json} value */
function typeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? 'integer' : typeof value;
}

/**
 * Tell whether a time of the right shape exists, as 30 February does not.
 * @param {string} text
 */
function isInstant(text) {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 19) === text.slice(0, 19);
}

/** @param {Fields} fields */
function plainRecord(fields) {
  const data = new Uint8Array([PLAIN, ...dump(fields)]);
  if (data.length > MOST_PLAIN) throw new BadEntry('form', `a plain record has at most ${MOST_PLAIN} bytes`);
  return data;
}

/**
 * Commit to all fields: the Merkle root over their leaves in byte order of the names.
 * @param {Map<string, Uint8Array>} hashes
 */
function committedRecord(hashes) {
  const leaves = [...hashes].sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, hash]) => hashed(0, utf8(name), Uint8Array.of(0), hash));
  return new Uint8Array([COMMITTED, ...root(leaves)]);
}

/**
 * @param {Uint8Array} salt
 * @param {Json} value
 */
const valueHash = (salt, value) => hashed(2, salt, dump(value));

/**
 * @param {Uint8Array} data
 * @returns {Fields}
 */
function read(data) {
  try {
    return loadSigned(data);
  } catch (error) {
    if (error instanceof BadJson) throw new BadEntry('json', error.message);
    throw error;
  }
}

/** @param {string} text */
function unhex(text) {
  if (!HEX.test(text)) throw new BadEntry('json', 'hex is of lower case and even length');
  return hex.decode(text);
}

/**
 * @param {Json | undefined} value
 * @returns {value is Fields}
 */
export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * The index of a bid: what part 0 says once it is open, and whether that can be; what
 * `bidding/sealed/index.py` does. Source: sealing.md 3, index.
 * @module
 */

import { dump, dumps } from './canonical.js';
import { INDEX, INDEX_LIMIT, Refusal, sameBox } from './seal-objects.js';
import { PIECE_SIZE } from './seal-profile.js';
import { load } from './shape.js';

/** @typedef {import('./seal-objects.js').Core} Core */
/** @typedef {import('./seal-objects.js').Field} Field */
/** @typedef {import('./seal-objects.js').File} File */
/** @typedef {import('./seal-objects.js').Index} Index */

const BLOCK = 4096; // an index is a multiple of so many bytes long, so that its size tells little
const PATH_LONGEST = 200;

/** @type {{[type: string]: (value: string) => boolean}} */
const ANSWERS = {
  text: () => true,
  fen: (value) => /^(?:0|[1-9][0-9]{0,17})$/.test(value),
  int: (value) => /^(?:0|-?[1-9][0-9]{0,17})$/.test(value),
  date: (value) => /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) && isDate(value),
};

/**
 * Return the plaintext of part 0: the canonical bytes, a multiple of BLOCK long.
 * @param {Index} index
 */
export function padded(index) {
  const bare = dump({ ...index, pad: '' });
  return dump({ ...index, pad: '0'.repeat((BLOCK - (bare.length % BLOCK)) % BLOCK) });
}

/**
 * Read part 0 and refuse what cannot be the index of this bid with E-INDEX (V12).
 * @param {Uint8Array} plaintext
 * @param {Core} core
 * @param {Field[]} fields of the notice that was read
 * @returns {Index}
 */
export function requireIndex(plaintext, core, fields) {
  const index = readIndex(plaintext);
  if (padded(index).length !== plaintext.length) throw bad('padded to another length');
  const same = sameBox(index, core) && dumps(index.bidder) === dumps(core.bidder) && index.nonce === core.nonce;
  if (!same) throw bad('the index of another bid');
  requireForm(index.form, fields);
  requireFiles(index.files, core.parts.length - 1);
  return index;
}

/**
 * @param {Uint8Array} plaintext
 * @returns {Index}
 */
function readIndex(plaintext) {
  try {
    return load(INDEX, plaintext, INDEX_LIMIT);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : '');
  }
}

/**
 * Refuse answers that are not exactly those the notice asks for, each of its type.
 * @param {{[name: string]: string}} form
 * @param {Field[]} fields
 */
export function requireForm(form, fields) {
  const asked = new Set(fields.map((field) => field.name));
  const given = Object.keys(form);
  if (given.length !== asked.size || !given.every((one) => asked.has(one))) {
    throw bad(`not exactly the fields of the notice: ${[...asked].join(', ')}`);
  }
  for (const { name, type } of fields) {
    if (!ANSWERS[type]?.(form[name] ?? '')) throw bad(`${name} is not of type ${type}`);
  }
}

/** @param {string} value */
function isDate(value) {
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value) && !value.startsWith('0000');
}

/**
 * Refuse files that do not take parts 1 to `parts`, in order, or whose names cannot be.
 * @param {File[]} files
 * @param {number} parts
 */
export function requireFiles(files, parts) {
  for (const file of files) {
    requirePath(file.path);
    requirePieces(file);
  }
  if (new Set(files.map((file) => folded(file.path))).size !== files.length) {
    throw bad('one path twice, perhaps in another case');
  }
  const used = files.flatMap((file) => file.pieces.map((piece) => piece.part));
  if (used.length !== parts || used.some((part, i) => part !== i + 1)) {
    throw bad('files do not take each part once, in order');
  }
}

/** @param {string} path */
function requirePath(path) {
  const segment = path.split('/').some((one) => ['', '.', '..'].includes(one));
  if (segment || /[\\\p{Cc}]/u.test(path) || path.normalize('NFC') !== path || [...path].length > PATH_LONGEST) {
    throw bad('a path that some system would read as another');
  }
}

/**
 * Fold the case letter by letter, so that ß and SS are the same, and no letter depends on the next.
 * @param {string} path
 */
const folded = (path) => Array.from(path, (letter) => letter.toUpperCase().toLowerCase()).join('');

/** @param {File} file */
function requirePieces({ size, pieces }) {
  const last = pieces.at(-1)?.size ?? 0;
  const whole = pieces.slice(0, -1);
  const full = whole.every((piece) => piece.size === PIECE_SIZE) && last >= 1 && last <= PIECE_SIZE;
  if (!full || whole.length * PIECE_SIZE + last !== size) throw bad('pieces that do not make up their file');
}

/** @param {string} why */
const bad = (why) => new Refusal('E-INDEX', why);

/**
 * Signed notes: the checkpoints of a log, and who signed them. What the reading half of
 * `notary/note.py` does. Source: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature; ledger.md 4.
 * @module
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64, hex } from '@scure/base';

import { utf8 } from './canonical.js';
import { same } from './der.js';

const MOST_BYTES = 1 << 20;
const MOST_LINES = 64;
const ED25519 = 0x01;
const COSIGNATURE = 0x04;
const KEY_ID_BYTES = 4;
const KEY_BYTES = 32;
const HASH_BYTES = 32;
const TIME_BYTES = 8;

const LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;
const VKEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u;
const NUMBER = /^(?:0|[1-9][0-9]{0,18})$/;
const ORIGIN = /^[^\s+]{1,128}$/u;
// eslint-disable-next-line no-control-regex -- what a note must not hold
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;

/** The text is not a signed note as specified, or a known key did not sign it. */
export class BadNote extends Error {}

/** @typedef {{name: string, algorithm: number, keyId: Uint8Array, public: Uint8Array}} Key an Ed25519 key, of a log or of a cosigner */
/** @typedef {{origin: string, size: number, root: Uint8Array}} Checkpoint */
/** @typedef {ReturnType<typeof noteOf>} Note */

/**
 * Read the verifier key of a log, or throw BadNote.
 * @param {string} text
 */
export const keyOf = (text) => keyFor(ED25519, text);

/**
 * Read the verifier key of a cosigner, or throw BadNote.
 * @param {string} text
 */
export const cosignerOf = (text) => keyFor(COSIGNATURE, text);

/**
 * @param {number} algorithm
 * @param {string} text
 * @returns {Key}
 */
function keyFor(algorithm, text) {
  const read = VKEY.exec(text);
  const [, name = '', id = '', encoded = ''] = read ?? [];
  const key = read ? base64Of(encoded) : new Uint8Array();
  if (key[0] !== algorithm || key.length !== 1 + KEY_BYTES) throw new BadNote(`not an Ed25519 key of type ${algorithm}`);
  const keyId = sha256(new Uint8Array([...utf8(`${name}\n`), ...key])).slice(0, KEY_ID_BYTES);
  if (hex.encode(keyId) !== id) throw new BadNote('the key id is not that of name and key');
  return { name, algorithm, keyId, public: key.slice(1) };
}

/**
 * Return the checkpoint of a note that the log itself signed, or throw BadNote.
 * @param {Uint8Array} note
 * @param {Key} log
 * @returns {Checkpoint}
 */
export function checkpointOf(note, log) {
  const signed = noteOf(note);
  if (!signersOf(signed, [log]).has(log)) throw new BadNote(`no line of the log ${log.name}`);
  const checkpoint = checkpointIn(signed.text);
  if (checkpoint.origin !== log.name) throw new BadNote(`a checkpoint of ${checkpoint.origin}, not of ${log.name}`);
  return checkpoint;
}

/**
 * Return which of some keys signed a note. Lines of keys that are not known here are passed over, as
 * the specification wants; a known one whose line fails throws BadNote.
 * @param {Note} note
 * @param {Key[]} keys
 * @returns {Set<Key>}
 */
export function signersOf({ text, lines }, keys) {
  /** @type {Set<Key>} */
  const found = new Set();
  for (const { name, keyId, signature } of lines) {
    const key = keys.find((one) => one.name === name && same(one.keyId, keyId));
    if (!key) continue;
    if (!signs(key, text, signature)) throw new BadNote(`the line of ${name} does not sign this text`);
    found.add(key);
  }
  return found;
}

/**
 * @param {Key} key
 * @param {string} text
 * @param {Uint8Array} signature of a cosigner, with the time that it states before it
 */
function signs(key, text, signature) {
  try {
    if (key.algorithm === ED25519) return ed25519.verify(signature, utf8(text), key.public, { zip215: false });
    const time = new DataView(signature.buffer, signature.byteOffset, TIME_BYTES).getBigUint64(0);
    const cosigned = utf8(`cosignature/v1\ntime ${time}\n${text}`);
    return ed25519.verify(signature.slice(TIME_BYTES), cosigned, key.public, { zip215: false });
  } catch {
    return false; // not 64 bytes, or not a point
  }
}

/**
 * Take a note apart; no signature is checked yet.
 * @param {Uint8Array} note
 */
export function noteOf(note) {
  if (note.length > MOST_BYTES) throw new BadNote(`a note of more than ${MOST_BYTES} bytes`);
  const written = textOf(note);
  if (CONTROL.test(written)) throw new BadNote('a control character in a note');
  const at = written.lastIndexOf('\n\n');
  const signed = written.slice(at + 2);
  if (at < 0 || !signed.endsWith('\n')) throw new BadNote('a note is a text, an empty line and lines that end in a newline');
  const lines = signed.slice(0, -1).split('\n');
  if (lines.length > MOST_LINES) throw new BadNote(`a note of more than ${MOST_LINES} lines`);
  return { text: written.slice(0, at + 1), lines: lines.map(lineOf) };
}

/** @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BadNote('a note is UTF-8');
  }
}

/** @param {string} line */
function lineOf(line) {
  const read = LINE.exec(line);
  const signature = base64Of(read?.[2] ?? '');
  if (signature.length <= KEY_ID_BYTES) throw new BadNote('a signature line without a signature');
  return { name: read?.[1] ?? '', keyId: signature.slice(0, KEY_ID_BYTES), signature: signature.slice(KEY_ID_BYTES) };
}

/**
 * Read the text of a note as a checkpoint, or throw BadNote.
 * @param {string} text
 * @returns {Checkpoint}
 */
export function checkpointIn(text) {
  const [origin = '', size = '', root = '', last, ...more] = text.split('\n');
  if (last !== '' || more.length) throw new BadNote('a checkpoint is origin, size and root, a line each');
  if (!ORIGIN.test(origin) || origin.includes('://')) throw new BadNote('not the origin of a log');
  const hash = base64Of(root);
  if (hash.length !== HASH_BYTES) throw new BadNote('a root is 32 bytes');
  return { origin, size: numberOf(size), root: hash };
}

/**
 * Read an ASCII decimal without leading zeros, or throw BadNote.
 * @param {string} text
 */
export function numberOf(text) {
  const value = Number(text);
  if (!NUMBER.test(text) || !Number.isSafeInteger(value)) throw new BadNote('not a number of entries');
  return value;
}

/**
 * Read standard base64 in its one canonical form, or throw BadNote.
 * @param {string} text
 */
export function base64Of(text) {
  try {
    const data = base64.decode(text);
    if (data.length && base64.encode(data) === text) return data;
  } catch { /* told below */ }
  throw new BadNote('base64 that is empty or not canonical');
}

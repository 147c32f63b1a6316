/**
 * Single files that somebody holds: a `.tlog-proof`, and a receipt with its signature. What
 * `notary/proof.py` and `notary/receipt.py` read. Source: c2sp.org/tlog-proof; ledger.md 4 and 6.
 * @module
 */

import { hex } from '@scure/base';

import { verify } from './authority.js';
import { loadSigned } from './canonical.js';
import { same } from './der.js';
import { BadEntry, isObject, kindOf, openDisclosure, recordOf } from './entries.js';
import { BadProof, leafHash, requireIncluded } from './merkle.js';
import { BadNote, base64Of, numberOf } from './note.js';

/** @typedef {import('./entries.js').Kinds} Kinds */
/** @typedef {import('./note.js').Checkpoint} Checkpoint */

const MAGIC = 'c2sp.org/tlog-proof@v1';
const MOST_BYTES = 1 << 20;
const RECEIPT = 'hall-receipt/v1';
const MEMBERS = ['fields', 'merge_by', 'origin', 'outcome', 'record', 'salt', 'v'];
const MERGE_WITHIN_MS = 60_000; // ledger.md 6

/**
 * Read a `.tlog-proof`, or throw BadProof. Nothing in it is checked yet.
 * @param {Uint8Array} data
 */
export function proofOf(data) {
  if (data.length > MOST_BYTES) throw new BadProof(`a proof of more than ${MOST_BYTES} bytes`);
  const text = new TextDecoder().decode(data);
  const at = text.indexOf('\n\n');
  const [magic, ...lines] = text.slice(0, Math.max(at, 0)).split('\n');
  if (at < 0 || magic !== MAGIC) throw new BadProof(`not a ${MAGIC}`);
  try {
    const extra = lines[0]?.startsWith('extra ') ? base64Of((lines.shift() ?? '').slice('extra '.length)) : null;
    const stated = lines.shift() ?? '';
    if (!stated.startsWith('index ')) throw new BadProof('a proof without an index');
    return {
      extra,
      index: numberOf(stated.slice('index '.length)),
      hashes: lines.map(base64Of),
      note: data.slice(data.length - new TextEncoder().encode(text.slice(at + 2)).length),
    };
  } catch (error) {
    if (error instanceof BadNote) throw new BadProof(`not a ${MAGIC}`);
    throw error;
  }
}

/**
 * Return what a proof shows of the log whose checkpoint its note was found to be; throws BadEntry with
 * the first reason of ledger.md 4.
 * @param {ReturnType<typeof proofOf>} proof
 * @param {Checkpoint} checkpoint
 * @param {Kinds} kinds
 */
export function prove(proof, checkpoint, kinds) {
  if (proof.extra === null) throw new BadEntry('json', 'a proof without a disclosure');
  const opened = openDisclosure(proof.extra, checkpoint.origin, kinds);
  try {
    requireIncluded(leafHash(opened.record), proof.index, checkpoint.size, proof.hashes, checkpoint.root);
  } catch (error) {
    if (error instanceof BadProof) throw new BadEntry('record', error.message);
    throw error;
  }
  return { index: proof.index, fields: opened.fields, names: opened.names };
}

/**
 * Read `receipt.json`, or throw BadEntry with the first reason; its signature is not looked at here.
 * @param {Uint8Array} data
 * @param {Kinds} kinds
 */
export function receiptOf(data, kinds) {
  const given = receipt(data);
  const { fields, outcome, merge_by: mergeBy } = given;
  if (Object.keys(given).sort().join() !== MEMBERS.join() || given.v !== RECEIPT || !isObject(fields)
    || (outcome !== 'accepted' && outcome !== 'refused')) throw new BadEntry('json', `not a ${RECEIPT}`);
  const [record, salt] = [bytesOf(given.record), bytesOf(given.salt)];
  if (fields.origin !== given.origin) throw new BadEntry('origin', 'the receipt and its entry name different logs');
  // The names and values of a refused attempt are those of its kind as well.
  const written = record === null ? null : recordOf(fields, salt, kinds);
  if (record === null || written === null) {
    if (outcome !== 'refused' || salt !== null || mergeBy !== null) throw new BadEntry('form', 'only a refusal can be without a record');
    kindOf(fields, kinds);
    return { fields, record: null };
  }
  if (mergeBy !== (kindOf(fields, kinds).held ? null : mergeByOf(String(fields.at)))) {
    throw new BadEntry('form', 'merge_by is at + 60 s, and null for a held kind');
  }
  if (!same(record, written)) throw new BadEntry('record', 'the record is not that of these fields and salt');
  return { fields, record };
}

/** @param {Uint8Array} data */
function receipt(data) {
  try {
    return loadSigned(data);
  } catch (error) {
    throw new BadEntry('json', error instanceof Error ? error.message : '');
  }
}

/** @param {string} at with microseconds, which Date does not know */
const mergeByOf = (at) => `${new Date(Date.parse(`${at.slice(0, 19)}Z`) + MERGE_WITHIN_MS).toISOString().slice(0, 19)}${at.slice(19)}`;

/** @param {import('./canonical.js').Json | undefined} member */
function bytesOf(member) {
  if (member === null) return null;
  if (typeof member !== 'string' || !/^(?:[0-9a-f]{2})+$/.test(member)) throw new BadEntry('json', 'record and salt are lower-case hex or null');
  return hex.decode(member);
}

/**
 * Prove a receipt by the signature beside it; throws BadEntry or BadSignature.
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {Uint8Array} p7s
 * @param {Kinds} kinds
 */
export async function proveReceipt(data, p7s, kinds) {
  const { fields } = receiptOf(data, kinds);
  return { fields, signer: await verify(data, p7s) };
}

/**
 * What trustees and bidders sign before a box closes, each object with its members and no others:
 * `bidding/sealed/objects.py` and the notice of `trading/types.py`. Source: sealing.md 3.
 * @module
 */

import { load, anyText, closed, count, fen, id, integer, listOf, moment, name, namesOf, nonce, oneOf, orNull, origin, sha256Hex, text, truth } from './shape.js';

/** @typedef {{origin: string, tender: string, lot: string, stage: string}} Box */
/** @typedef {{id: string, cert_sha256: string}} Bidder */
/** @typedef {{n: number, size: number, sha256: string}} Part */
/** @typedef {Box & {v: string, notice_sha256: string, policy_sha256: string, bidder: Bidder, seq: number, supersedes: string | null, nonce: string, created: string, recipient: string, parts: Part[]}} Core */
/** @typedef {{group: string, x: number, commit: string, age: string}} ShareEntry */
/** @typedef {{v: string, core: Core, shares: ShareEntry[]}} Manifest */
/** @typedef {{recipient: string, key_sha256: string}} Member */
/** @typedef {{id: string, x: number, members: Member[]}} Group */
/** @typedef {Box & {v: string, mode: 'shared' | 'hosted' | 'bidder', k: number, groups: Group[]}} Policy */
/** @typedef {{part: number, size: number, sha256: string}} Piece */
/** @typedef {{path: string, type: string, size: number, pieces: Piece[]}} File */
/** @typedef {Box & {v: string, bidder: Bidder, nonce: string, form: {[name: string]: string}, files_key: string, files: File[], pad: string}} Index */
/** @typedef {Box & {v: string, group: string, member: string, holder: {id: string, name: string, cert_sha256: string}, gen: number, recipient: string, duty: 'attended' | 'armed', release_not_before: string}} TrusteeKey */
/** @typedef {{v: string, origin: string, body: {id: string, name: string}, cert_sha256: string, uses: string[], from: string, to: string}} Duty */
/** @typedef {{zh: string, en: string}} Words */
/** @typedef {{name: string, type: 'text' | 'fen' | 'int' | 'date', label: Words}} Field */
/** @typedef {{stage: string, mode: string, policy_sha256: string, after: string | null, deadline: string, parts_by: string, open_at: string, release_by: string, owner_by: string, close_slack_s: number, gate_wait_min: number, min_envelopes: number, max_bytes: number, form: Field[], reseal: boolean}} Terms */
/** @typedef {{lot: string, title: Words, draw: boolean, ceiling_fen: string | null, limits: {name: string, commit: string}[], boxes: Terms[]}} Lot */
/** @typedef {{v: string, origin: string, tender: string, revision: number, previous: string | null, reason: Words | null, published: string, title: Words, purchaser: string, agency: string, kind: string, rules: {set: string, sha256: string}, method: string, invited: string | null, currency: string, deposit_fen: string, documents: {path: string, sha256: string, size: number}[], channels: {name: string, url: string, cert_sha256: string}[], lots: Lot[]}} Notice */

const MODES = oneOf('shared', 'hosted', 'bidder');
const STAGE = oneOf('single', 'qualification', 'technical', 'price', 'restricted');
const BOX = { origin, tender: id, lot: id, stage: STAGE };
const BIDDER = closed({ id, cert_sha256: sha256Hex });
const WORDS = closed({ zh: name, en: name });
const POSITIVE = integer(1);

export const INDEX_LIMIT = 1024 * 1024; // bytes of an index, of a notice (sealing.md 2)

export const POLICY = closed({
  v: oneOf('bid-policy/v1'), ...BOX, mode: MODES, k: count,
  groups: listOf(closed({ id, x: count, members: listOf(closed({ recipient: anyText, key_sha256: sha256Hex })) })),
});

export const DUTY = closed({
  v: oneOf('hall-duty/v1'), origin, body: closed({ id, name: anyText }), cert_sha256: sha256Hex,
  uses: listOf(oneOf('trustee', 'draw', 'witness', 'limits')), from: moment, to: moment,
});

export const TRUSTEE_KEY = closed({
  v: oneOf('bid-trustee-key/v1'), ...BOX, group: id, member: id,
  holder: closed({ id, name: anyText, cert_sha256: sha256Hex }), gen: POSITIVE, recipient: anyText,
  duty: oneOf('attended', 'armed'), release_not_before: moment,
});

const CORE = closed({
  v: oneOf('bid-seal/v1'), ...BOX, notice_sha256: sha256Hex, policy_sha256: sha256Hex, bidder: BIDDER,
  seq: POSITIVE, supersedes: orNull(sha256Hex), nonce, created: moment, recipient: anyText,
  parts: listOf(closed({ n: count, size: count, sha256: sha256Hex })),
});

export const MANIFEST = closed({
  v: oneOf('bid-seal/v1'), core: CORE,
  shares: listOf(closed({ group: anyText, x: count, commit: anyText, age: anyText })),
});

export const INDEX = closed({
  v: oneOf('bid-index/v1'), ...BOX, bidder: BIDDER, nonce, form: namesOf(anyText), files_key: sha256Hex,
  files: listOf(closed({
    path: anyText, type: anyText, size: count, pieces: listOf(closed({ part: count, size: count, sha256: sha256Hex })),
  })),
  pad: text('0*'),
});

const TERMS = closed({
  stage: STAGE, mode: MODES, policy_sha256: sha256Hex, after: orNull(STAGE), deadline: moment, parts_by: moment,
  open_at: moment, release_by: moment, owner_by: moment, close_slack_s: count, gate_wait_min: count,
  min_envelopes: POSITIVE, max_bytes: POSITIVE,
  form: listOf(closed({ name: text('[a-z0-9_]{1,64}'), type: oneOf('text', 'fen', 'int', 'date'), label: WORDS })),
  reseal: truth,
});

export const NOTICE = closed({
  v: oneOf('hall-notice/v1'), origin, tender: id, revision: POSITIVE, previous: orNull(sha256Hex),
  reason: orNull(WORDS), published: moment, title: WORDS, purchaser: id, agency: id,
  kind: oneOf('construction', 'procurement', 'land', 'mining', 'property', 'medicine'),
  rules: closed({ set: text('[a-z][a-z0-9\\-]{0,31}\\/[0-9]{4}-[0-9]{2}'), sha256: sha256Hex }),
  method: oneOf('open', 'invited'), invited: orNull(sha256Hex), currency: text('[A-Z]{3}'), deposit_fen: fen,
  documents: listOf(closed({ path: name, sha256: sha256Hex, size: POSITIVE })),
  channels: listOf(closed({ name, url: text('https:\\/\\/\\S{1,500}'), cert_sha256: sha256Hex })),
  lots: listOf(closed({
    lot: id, title: WORDS, draw: truth, ceiling_fen: orNull(fen),
    limits: listOf(closed({ name: oneOf('reference', 'ceiling', 'minimum'), commit: sha256Hex })),
    boxes: listOf(TERMS),
  })),
});

const PARTS_MOST = 2048; // part 0 and the pieces of the files

/**
 * Read `seal.json` (V1); throws BadJson or BadShape.
 * @param {Uint8Array} bytes
 * @returns {Manifest}
 */
export function readManifest(bytes) {
  /** @type {Manifest} */
  const manifest = load(MANIFEST, bytes);
  const { parts, bidder } = manifest.core;
  if (parts.some((part, n) => part.n !== n) || parts.length > PARTS_MOST) throw new Refusal('E-JSON', 'parts are not numbered 0, 1, 2 …');
  if (parts.length === 0 && bidder.id !== 'rehearsal') throw new Refusal('E-JSON', 'no part 0');
  return manifest;
}

/** What a check found: its code of sealing.md 9, and why. */
export class Refusal extends Error {
  /**
   * @param {string} code
   * @param {string} why
   */
  constructor(code, why) {
    super(why);
    this.code = code;
  }
}

/**
 * @param {Box} of
 * @returns {Box}
 */
export const boxOf = ({ origin: hall, tender, lot, stage }) => ({ origin: hall, tender, lot, stage });

/**
 * @param {Box} one
 * @param {Box} other
 */
export const sameBox = (one, other) => one.origin === other.origin && one.tender === other.tender
  && one.lot === other.lot && one.stage === other.stage;

/**
 * The lists of a box, and what the revisions of its notice may change once it is closed: what
 * `bidding/sealed/lists.py`, `bidding/clients/staged.py` and `require_closed` of `trading/notice.py` judge.
 * Source: sealing.md 3, 8.2 and 8.3.
 * @module
 */

import { sha256 } from './bid-bytes.js';
import { dumps, utf8 } from './canonical.js';
import { INDEX_LIMIT, NOTICE, sameBox } from './seal-objects.js';
import { anyText, closed, count, id, listOf, load, moment, oneOf, origin, orNull, sha256Hex } from './shape.js';

/** @typedef {import('./seal-objects.js').Box} Box */
/** @typedef {import('./seal-objects.js').Terms} Terms */
/** @typedef {{envelope: string, index: number, complete: number}} Listed */
/** @typedef {Listed & {decision: number}} KeptShut */
/** @typedef {{v: string, notice_sha256: string, from: string | null, deadline: string, crls_sha256: string | null, envelopes: Listed[], kept_shut: KeptShut[]} & Box} List */
/** @typedef {{notice_sha256: string, index: number, at: string, published: string, terms: Terms, plain: boolean}} Revision `plain`: neither drawn nor restricted */
/** @typedef {{index: number, at: string, fields: import('./entries.js').Fields}} Fact */
/** @typedef {(check: string, proof: string | null, kinds: string[], stated: import('./entries.js').Fields) => Fact} Prove */

const LIST_LIMIT = 4 * 1024 * 1024; // bytes (sealing.md 2)
const WINDOW = 10 * 60_000; // milliseconds from `published` to the entry (sealing.md 3)
const FIRST = ['trading.published.v1'];
const LATER = ['trading.amended.v1', 'trading.outage-recorded.v1'];
const MOVES = /** @type {const} */ (['open_at', 'release_by', 'owner_by']);
const LISTED = { envelope: sha256Hex, index: count, complete: count };

const LIST = closed({
  v: oneOf('bid-list/v1'), origin, tender: id, lot: id, stage: anyText, notice_sha256: sha256Hex, deadline: moment,
  from: orNull(sha256Hex), crls_sha256: orNull(sha256Hex),
  envelopes: listOf(closed(LISTED)), kept_shut: listOf(closed({ ...LISTED, decision: count })),
});

/** A check failed: which, and why. The secret stays here. */
export class Withheld extends Error {
  /**
   * @param {string} check
   * @param {string} why
   */
  constructor(check, why) {
    super(`${check}: ${why}`);
    this.check = check;
  }
}

/**
 * Read a list and check it against itself.
 * @param {string} check
 * @param {string} json
 * @param {Box} box
 * @returns {List}
 */
export function listIn(check, json, box) {
  /** @type {List} */
  const list = said(check, () => load(LIST, utf8(json), LIST_LIMIT));
  if (!sameBox(list, box)) throw new Withheld(check, 'not a list of this box');
  requireAscending(check, list.envelopes);
  requireAscending(check, list.kept_shut);
  if (list.from === null && list.kept_shut.length) throw new Withheld(check, 'a closing list keeps nothing shut');
  return list;
}

/**
 * @param {string} check
 * @param {Listed[]} envelopes
 */
function requireAscending(check, envelopes) {
  if (envelopes.some(({ envelope }, n) => n > 0 && (envelopes[n - 1]?.envelope ?? '') >= envelope)) {
    throw new Withheld(check, 'envelopes are not in ascending order, each once');
  }
}

/**
 * Return the revisions of the notice, each with its entry of the ledger.
 * @param {{json: string, proof: string | null}[]} texts
 * @param {Box} box
 * @param {Prove} fact
 * @returns {Promise<Revision[]>}
 */
export async function revisionsOf(texts, box, fact) {
  /** @type {Revision[]} */
  const found = [];
  for (const [n, { json, proof }] of texts.entries()) {
    /** @type {import('./seal-objects.js').Notice} */
    const notice = said('notice', () => load(NOTICE, utf8(json), INDEX_LIMIT));
    const notice_sha256 = await sha256(utf8(json));
    const { index, at } = fact('notice', proof, n ? LATER : FIRST, { tender: box.tender, revision: n + 1, notice_sha256 });
    const late = Date.parse(at) - Date.parse(notice.published);
    if (!(late >= 0 && late <= WINDOW)) throw new Withheld('notice', 'published at another time than its entry says');
    const lot = notice.lots.find((one) => one.lot === box.lot);
    const terms = lot?.boxes.find((one) => one.stage === box.stage);
    if (!lot || !terms) throw new Withheld('notice', `revision ${n + 1} does not have the box`);
    const plain = !lot.draw && terms.stage !== 'restricted';
    found.push({ notice_sha256, index, at, published: notice.published, terms, plain });
  }
  return found;
}

/**
 * Refuse a revision after the closing that does more than move the release later.
 * @param {Revision[]} revisions
 * @param {Fact} closing
 */
export function requireNothingVoided(revisions, closing) {
  for (const [n, after] of revisions.entries()) {
    const before = revisions[n - 1];
    if (before && after.index >= closing.index) requireClosed(before.terms, after.terms, after.published);
  }
}

/**
 * @param {Terms} before
 * @param {Terms} after
 * @param {string} published
 */
function requireClosed(before, after, published) {
  if (after.reseal) throw new Withheld('notice', 'nobody seals again for a closed box');
  if (dumps({ ...before, reseal: false }) === dumps(after)) return;
  /** @param {Terms} terms */
  const frame = (terms) => dumps({ ...terms, reseal: false, open_at: '', release_by: '', owner_by: '' });
  if (frame(before) !== frame(after)) throw new Withheld('notice', 'a closed box changes nothing but its release');
  if (published >= before.owner_by) throw new Withheld('notice', 'after owner_by nothing of a box moves');
  if (before.after === null && before.open_at !== after.open_at) throw new Withheld('notice', 'an opening stays');
  if (MOVES.some((name) => before[name] > after[name])) throw new Withheld('notice', 'times of a closed box only move later');
}

/**
 * Return the revised list that is asked for, its hash and its entry.
 * @param {{json: string, proof: string | null, finished: string | null, kept_shut: {envelope: string, proof: string | null, decision: string | null}[]} | null} text
 * @param {{json: string, list: List}} closing
 * @param {string} after the stage of the same lot that comes first
 * @param {Box} box
 * @param {Prove} fact
 */
export async function revisedList(text, closing, after, box, fact) {
  if (!text) throw new Withheld('revised', 'a stage that waits for another has no revised list');
  const [from, list_sha256] = [await sha256(utf8(closing.json)), await sha256(utf8(text.json))];
  const list = listIn('revised', text.json, box);
  const kept = list.kept_shut.map(({ envelope, index, complete }) => ({ envelope, index, complete }));
  const envelopes = [...list.envelopes, ...kept].sort((one, other) => (one.envelope < other.envelope ? -1 : 1));
  if (list.from !== from || dumps({ ...list, from: null, kept_shut: [], envelopes }) !== dumps(closing.list)) {
    throw new Withheld('revised', 'it differs from its closing list in more than what it keeps shut');
  }
  const { tender, lot, stage } = box;
  const revised = fact('revised', text.proof, ['bidding.list-revised.v1'], { tender, lot, stage, list_sha256, from });
  const finished = fact('revised', text.finished, ['bidding.box-finished.v1'], { tender, lot, stage: after });
  if (finished.index >= revised.index) throw new Withheld('revised', `revised before ${after} was finished`);
  for (const one of list.kept_shut) {
    const shown = text.kept_shut.find(({ envelope }) => envelope === one.envelope);
    if (!shown) throw new Withheld('decision', `nothing shows why ${one.envelope} stays shut`);
    const received = fact('decision', shown.proof, ['bidding.bid-received.v1'], { tender, lot, stage, envelope: one.envelope });
    const { actor } = received.fields;
    if (actor === undefined || received.index !== one.index) throw new Withheld('decision', `nothing shows whose ${one.envelope} is`);
    const decision = fact('decision', shown.decision, ['bidding.bid-rejected.v1'], { tender, lot, bidder: actor });
    if (decision.index !== one.decision || decision.index >= revised.index) {
      throw new Withheld('decision', `another decision than the list names for ${one.envelope}`);
    }
  }
  return { list, list_sha256, revised };
}

/**
 * Name the check of whatever is found wrong.
 * @template T
 * @param {string} check
 * @param {() => T} judge
 */
export function said(check, judge) {
  try {
    return judge();
  } catch (error) {
    throw new Withheld(check, error instanceof Error ? error.message : String(error));
  }
}

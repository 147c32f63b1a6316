/**
 * What is proved before a bidder shows the secret of its own bid: that the log names it on the list
 * for which shares are asked, and that the log is one. What `bidding/gate.py` does, by the key of the
 * log as this browser first met it; of cosigners a browser knows nothing. Source: sealing.md 8.3, 8.5.
 * @module
 */

import { hex } from '@scure/base';

import { sha256 } from './bid-bytes.js';
import { utf8 } from './canonical.js';
import { hallTime } from './clock.js';
import { same } from './der.js';
import { ask } from './keys.js';
import { requireExtended } from './merkle.js';
import { base64Of, checkpointOf, keyOf } from './note.js';
import { proofOf, prove } from './proofs.js';

/** @typedef {import('./entries.js').Fields} Fields */
/** @typedef {import('./entries.js').Kinds} Kinds */
/** @typedef {import('./note.js').Checkpoint} Checkpoint */
/** @typedef {import('./seal-objects.js').Box} Box */
/** @typedef {{envelope: string, index: number, complete: number}} Listed */
/** @typedef {{v: string, from: string | null, deadline: string, envelopes: Listed[]} & Box} List */
/** @typedef {{envelope: string, seal: string, p7s: string, proof: string | null, completed: string | null}} Text */

const SEEN = 'hall-log'; // in localStorage: the newest checkpoint of each log that this browser has seen

/** A check failed: which, and why. The secret stays here. */
export class Withheld extends Error {
  /**
   * @param {string} check
   * @param {string} why
   */
  constructor(check, why) {
    super(`${check}: ${why}`);
  }
}

/** The bid is not on the list for which shares are asked. */
export class Unlisted extends Error {}

/**
 * Return one's own bid as the list holds it, with its policies; throws Withheld, Unlisted, Refused.
 * @param {Box} box
 * @param {string} envelope
 * @param {{kinds: Kinds, log: string | undefined, workers: import('./seal-client.js').Workers}} by `log`: its key, as it was when the bid was sealed
 * @returns {Promise<{own: Text, policies: string[]}>}
 */
export async function cleared(box, envelope, { kinds, log, workers }) {
  const place = { tender: box.tender, lot: box.lot, stage: box.stage };
  const address = `/api/v1/boxes/${box.tender}/${box.lot}/${box.stage}`;
  const [dossier, sealedTo] = await Promise.all([ask('GET', `${address}/dossier`), ask('GET', `${address}/sealing`)]);
  // 1. The notice chain, its policies and their keys.
  const { terms } = await workers.ask('read-offer', { sealed_to: { ...sealedTo, box } });
  // 2. The time.
  if ((hallTime() ?? Date.now()) < Date.parse(terms.open_at)) throw new Withheld('clock', `it opens at ${terms.open_at}`);
  // 3. The newest checkpoint, by the key that this browser knows.
  if (log !== undefined && log !== sealedTo.log.vkey) throw new Withheld('checkpoint', 'signed by another key than when the bid was sealed');
  const ledger = openLedger(sealedTo.log.vkey, kinds);
  const newest = ledger.see(dossier.checkpoint);
  if (newest.origin !== box.origin) throw new Withheld('checkpoint', `of ${newest.origin}, not of this hall`);
  // 4. The closing list, where another stage comes first the revised one, and the asking.
  const closing = listOf(dossier.list.json, box);
  let bids = closing;
  let list_sha256 = await sha256(utf8(dossier.list.json));
  const closed = ledger.fact('list', dossier.list.proof, 'bidding.box-closed.v1', { ...place, list_sha256 });
  if (closing.from !== null || closing.deadline !== terms.deadline || isBefore(closed.at, terms.parts_by)) {
    throw new Withheld('list', 'not the closing list of this box');
  }
  let last = closed;
  if (terms.after !== null) {
    const from = list_sha256;
    bids = listOf(dossier.revised?.json ?? '{}', box);
    list_sha256 = await sha256(utf8(dossier.revised?.json ?? ''));
    if (bids.from !== from) throw new Withheld('revised', 'a list that revises another one');
    last = ledger.fact('revised', dossier.revised.proof, 'bidding.list-revised.v1', { ...place, list_sha256, from });
  }
  const asked = ledger.fact('asked', dossier.asked.proof, 'bidding.shares-asked.v1', { ...place, list_sha256 });
  if (asked.index <= last.index) throw new Withheld('asked', 'asked before the list was made');
  // 5. Every listed envelope, and enough of them.
  for (const one of bids.envelopes) await requireReceived(one, dossier.envelopes, { ledger, place, closed, terms });
  if (closing.envelopes.length < terms.min_envelopes) throw new Withheld('count', `${closing.envelopes.length} of ${terms.min_envelopes} bids`);
  // 6. One log: every checkpoint leads to the newest.
  await requireOneLog(ledger, newest);
  const own = dossier.envelopes.find((/** @type {Text} */ one) => one.envelope === envelope);
  if (!own || !bids.envelopes.some((one) => one.envelope === envelope)) throw new Unlisted();
  return { own, policies: dossier.policies };
}

/**
 * @param {Listed} listed
 * @param {Text[]} texts
 * @param {{ledger: ReturnType<typeof openLedger>, place: Fields, closed: {index: number}, terms: import('./seal-objects.js').Terms}} around
 */
async function requireReceived(listed, texts, { ledger, place, closed, terms }) {
  const text = texts.find(({ envelope }) => envelope === listed.envelope);
  if (!text || (await sha256(utf8(text.seal))) !== listed.envelope) throw new Withheld('envelope', `${listed.envelope} is not there`);
  const p7s_sha256 = await sha256(new Uint8Array(base64Of(text.p7s)));
  const named = { ...place, envelope: listed.envelope };
  const came = ledger.fact('envelope', text.proof, 'bidding.bid-received.v1', { ...named, p7s_sha256 });
  const done = came.fields.complete === true ? came : ledger.fact('envelope', text.completed, 'bidding.bid-completed.v1', named);
  if (listed.index !== came.index || listed.complete !== done.index) throw new Withheld('envelope', `${listed.envelope} is listed at another place`);
  const inTime = isBefore(came.at, terms.deadline) && isBefore(done.at, terms.parts_by) && came.index < closed.index && done.index < closed.index;
  if (!inTime) throw new Withheld('envelope', `${listed.envelope} came late`);
}

/**
 * The proofs of one log; it remembers every checkpoint that they stand on.
 * @param {string} vkey
 * @param {Kinds} kinds
 */
function openLedger(vkey, kinds) {
  const key = keyOf(vkey);
  /** @type {Map<number, Checkpoint>} */
  const checkpoints = new Map();

  /** @param {Checkpoint} checkpoint */
  function note(checkpoint) {
    const known = checkpoints.get(checkpoint.size) ?? checkpoint;
    if (!same(known.root, checkpoint.root)) throw new Withheld('consistency', `two logs of ${checkpoint.size} entries`);
    checkpoints.set(checkpoint.size, checkpoint);
    return checkpoint;
  }

  return {
    checkpoints,

    /** @param {string} text */
    see: (text) => note(said('checkpoint', () => checkpointOf(utf8(text), key))),

    /**
     * Return the entry that a proof proves, or refuse it as one that it should not be.
     * @param {string} check
     * @param {string | null} text
     * @param {string} kind
     * @param {Fields} stated
     */
    fact(check, text, kind, stated) {
      if (text === null) throw new Withheld(check, `the entry ${kind} is not published yet`);
      const { checkpoint, index, fields } = said(check, () => prove(proofOf(utf8(text)), key, kinds));
      note(checkpoint);
      if (fields.kind !== kind) throw new Withheld(check, `proves ${String(fields.kind)}, not ${kind}`);
      for (const [name, value] of Object.entries(stated)) {
        if (fields[name] !== value) throw new Withheld(check, `proves another ${name} of ${kind}`);
      }
      return { index, at: String(fields.at ?? ''), fields };
    },
  };
}

/**
 * @param {ReturnType<typeof openLedger>} ledger
 * @param {Checkpoint} newest
 */
async function requireOneLog(ledger, newest) {
  const kept = JSON.parse(localStorage.getItem(SEEN) ?? '{}');
  const seen = kept[newest.origin];
  const older = [...ledger.checkpoints.values(), ...(seen ? [{ size: seen.size, root: hex.decode(seen.root) }] : [])];
  for (const { size, root } of older) {
    if (size > newest.size) throw new Withheld('consistency', 'an older checkpoint is larger than the newest');
    const proof = size === 0 || size === newest.size ? [] : (await ask('GET', `/api/v1/log/consistency?old=${size}&new=${newest.size}`)).proof;
    said('consistency', () => requireExtended(size, newest.size, proof.map(base64Of), root, newest.root));
  }
  localStorage.setItem(SEEN, JSON.stringify({ ...kept, [newest.origin]: { size: newest.size, root: hex.encode(newest.root) } }));
}

/**
 * @param {string} json
 * @param {Box} box
 * @returns {List}
 */
function listOf(json, box) {
  const list = JSON.parse(json);
  const ours = list.v === 'bid-list/v1' && Array.isArray(list.envelopes)
    && (/** @type {const} */ (['origin', 'tender', 'lot', 'stage'])).every((name) => list[name] === box[name]);
  if (!ours) throw new Withheld('list', 'not a list of this box');
  return list;
}

/**
 * Name the check of whatever is found wrong.
 * @template T
 * @param {string} check
 * @param {() => T} judge
 */
function said(check, judge) {
  try {
    return judge();
  } catch (error) {
    throw new Withheld(check, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Tell whether an entry's time, with microseconds, lies before one of whole seconds.
 * @param {string} at
 * @param {string} until
 */
const isBefore = (at, until) => at !== '' && at.slice(0, 19) < until.slice(0, 19);

/**
 * What is proved before a bidder shows the secret of its own bid: that the log names it on the list
 * for which shares are asked, and that the log is one. What `bidding/clients/gate.py` does, with one thing
 * less: that each amendment before the closing was a lawful one is not judged again. The log is judged by
 * its key and policy as this browser kept them when the bid was sealed; where it kept no policy, nothing
 * meets the quorum.
 * Source: sealing.md 8.3, 8.5.
 * @module
 */

import { hex } from '@scure/base';

import { sha256 } from './bid-bytes.js';
import { listIn, requireNothingVoided, revisedList, revisionsOf, said, Withheld } from './bid-lists.js';
import { utf8 } from './canonical.js';
import { same } from './der.js';
import { ask } from './keys.js';
import { seen, trusted } from './log-policy.js';
import { requireExtended } from './merkle.js';
import { base64Of } from './note.js';
import { proofOf, prove } from './proofs.js';

/** @typedef {import('./entries.js').Fields} Fields */
/** @typedef {import('./entries.js').Kinds} Kinds */
/** @typedef {import('./note.js').Checkpoint} Checkpoint */
/** @typedef {import('./seal-objects.js').Box} Box */
/** @typedef {import('./bid-lists.js').Listed} Listed */
/** @typedef {import('./log-policy.js').LogPolicy} LogPolicy */
/** @typedef {{envelope: string, seal: string, p7s: string, proof: string | null, completed: string | null}} Text */

const SEEN = 'hall-log'; // in localStorage: the newest checkpoint of each log that this browser has seen

const MINUTE = 60_000;

/** The bid is not on the list for which shares are asked. */
export class Unlisted extends Error {}

/** What the hall shows lacks the proof of an entry that the log does not have yet. */
export class Pending extends Withheld {}

/** By this machine's clock the opening is still to come, at `until`. */
export class Early extends Withheld {
  /** @param {number} until */
  constructor(until) {
    super('clock', `it opens at ${new Date(until).toISOString()}`);
    this.until = until;
  }
}

/** The newest checkpoint has not the cosignatures that are wanted; they are waited for `until` an instant. */
export class Uncosigned extends Withheld {
  /** @param {number} until */
  constructor(until) {
    super('checkpoint', `the cosignatures do not meet the quorum; waited for until ${new Date(until).toISOString()}`);
    this.until = until;
  }
}

/**
 * Ask the hall for all that is judged before a secret is given; throws Refused.
 * @param {Box} box
 * @param {AbortSignal} signal
 */
export async function shown(box, signal) {
  const address = `/api/v1/boxes/${box.tender}/${box.lot}/${box.stage}`;
  const [dossier, sealedTo] = await Promise.all(['dossier', 'sealing'].map((one) => ask('GET', `${address}/${one}`, { signal })));
  return { dossier, sealedTo };
}

/**
 * Return one's own bid as the hall shows it, and the policy that it was sealed under; throws Withheld and
 * Unlisted. This says nothing of the list yet.
 * @param {any} dossier
 * @param {string} envelope
 */
export async function ownIn(dossier, envelope) {
  /** @type {Text | undefined} */
  const own = dossier.envelopes.find((/** @type {Text} */ one) => one.envelope === envelope);
  if (!own) throw new Unlisted();
  if ((await sha256(utf8(own.seal))) !== envelope) throw new Withheld('envelope', `${envelope} is not there`);
  const { policy_sha256 } = JSON.parse(own.seal).core;
  for (const policy of dossier.policies) {
    if ((await sha256(utf8(policy))) === policy_sha256) return { seal: own.seal, policy };
  }
  throw new Withheld('policy', `${policy_sha256} is not there`);
}

/**
 * Prove that the list for which shares are asked names one's own bid; throws Withheld, Unlisted, Refused.
 * @param {Box} box
 * @param {string} envelope
 * @param {Awaited<ReturnType<typeof shown>>} told
 * @param {{kinds: Kinds, kept: import('./bid-kept.js').KeptBid | undefined, workers: import('./seal-client.js').Workers}} by `kept`: where this browser sealed it, with key and policy of the log as they were then
 * @param {AbortSignal} signal
 */
export async function requireCleared(box, envelope, { dossier, sealedTo }, { kinds, kept, workers }, signal) {
  // 1. The notice chain, its policies and their keys: of the very revisions that are judged below.
  await workers.ask('read-offer', { sealed_to: { ...sealedTo, notices: dossier.notices, box } });
  if (kept?.log !== undefined && kept.log !== sealedTo.log.vkey) throw new Withheld('checkpoint', 'signed by another key than when the bid was sealed');
  const ledger = openLedger(trusted(sealedTo.log.vkey, kept?.log_policy), kinds);
  const { bids, newest } = await judged(dossier, box, ledger, Date.now());
  // 6. One log: every checkpoint leads to the newest.
  await requireOneLog(ledger, newest, signal);
  if (!bids.envelopes.some((one) => one.envelope === envelope)) throw new Unlisted();
}

/**
 * Return the list for which shares are asked and the newest checkpoint, or throw Withheld.
 * @param {any} dossier as the hall hands it out
 * @param {Box} box
 * @param {ReturnType<typeof openLedger>} ledger
 * @param {number} now by this machine's own clock: a hall that lies would have every S early
 */
export async function judged(dossier, box, ledger, now) {
  const place = { tender: box.tender, lot: box.lot, stage: box.stage };
  const revisions = await revisionsOf(dossier.notices, box, ledger.fact);
  const { terms, plain } = revisions.at(-1) ?? {};
  if (!terms || !plain) throw new Withheld('notice', 'a draw, or a restricted box');
  // 2. The time.
  const open_at = Date.parse(terms.open_at);
  if (now < open_at) throw new Early(open_at);
  // 3. The newest checkpoint, by the key that this browser knows.
  const { checkpoint: newest, met } = ledger.see(dossier.checkpoint);
  if (newest.origin !== box.origin) throw new Withheld('checkpoint', `of ${newest.origin}, not of this hall`);
  // 4. The closing list, where another stage comes first the revised one, and the asking.
  const closing = listIn('list', dossier.list.json, box);
  let [bids, list_sha256] = [closing, await sha256(utf8(dossier.list.json))];
  const closed = ledger.fact('list', dossier.list.proof, ['bidding.box-closed.v1'], { ...place, list_sha256 });
  const inForce = revisions.filter(({ at }) => at <= closed.at).at(-1);
  if (!inForce || inForce.notice_sha256 !== closing.notice_sha256) throw new Withheld('list', 'a list under another revision of the notice');
  requireNothingVoided(revisions, closed);
  if (closing.from !== null || closing.deadline !== inForce.terms.deadline || isBefore(closed.at, inForce.terms.parts_by)) {
    throw new Withheld('list', 'not the closing list of this box');
  }
  let [last, since] = [closed, Date.parse(terms.parts_by)];
  if (terms.after !== null) {
    const revised = await revisedList(dossier.revised, { json: dossier.list.json, list: closing }, terms.after, box, ledger.fact);
    ({ list: bids, list_sha256, revised: last } = revised);
    since = instantOf(last.at);
  }
  const until = since + terms.gate_wait_min * MINUTE;
  if (!met && now < until) throw new Uncosigned(until);
  const asked = ledger.fact('asked', dossier.asked.proof, ['bidding.shares-asked.v1'], { ...place, list_sha256 });
  if (asked.index <= last.index) throw new Withheld('asked', 'asked before the list was made');
  // 5. Every listed envelope, and enough of them.
  for (const one of bids.envelopes) await requireReceived(one, dossier.envelopes, { ledger, place, closed, terms });
  if (closing.envelopes.length < terms.min_envelopes) throw new Withheld('count', `${closing.envelopes.length} of ${terms.min_envelopes} bids`);
  return { bids, newest };
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
  const came = ledger.fact('envelope', text.proof, ['bidding.bid-received.v1'], { ...named, p7s_sha256 });
  const done = came.fields.complete === true ? came : ledger.fact('envelope', text.completed, ['bidding.bid-completed.v1'], named);
  if (listed.index !== came.index || listed.complete !== done.index) throw new Withheld('envelope', `${listed.envelope} is listed at another place`);
  const inTime = isBefore(came.at, terms.deadline) && isBefore(done.at, terms.parts_by) && came.index < closed.index && done.index < closed.index;
  if (!inTime) throw new Withheld('envelope', `${listed.envelope} came late`);
}

/**
 * The proofs of one log; it remembers every checkpoint that they stand on. The newest alone has to meet
 * the quorum: all others are proved to lead to it.
 * @param {LogPolicy} policy
 * @param {Kinds} kinds
 */
export function openLedger(policy, kinds) {
  /** @type {Map<number, Checkpoint>} */
  const checkpoints = new Map();

  /** @param {Checkpoint} checkpoint */
  function note(checkpoint) {
    const known = checkpoints.get(checkpoint.size) ?? checkpoint;
    if (!same(known.root, checkpoint.root)) throw new Withheld('consistency', `two logs of ${checkpoint.size} entries`);
    checkpoints.set(checkpoint.size, checkpoint);
  }

  return {
    checkpoints,

    /** @param {string} text */
    see(text) {
      const found = said('checkpoint', () => seen(utf8(text), policy));
      note(found.checkpoint);
      return found;
    },

    /**
     * Return the entry that a proof proves, or refuse it as one that it should not be.
     * @type {import('./bid-lists.js').Prove}
     */
    fact(check, text, wanted, stated) {
      if (!text) throw new Pending(check, `the entry ${wanted[0]} is not published yet`);
      const { checkpoint, index, fields } = said(check, () => {
        const proof = proofOf(utf8(text));
        const found = seen(proof.note, policy).checkpoint;
        return { checkpoint: found, ...prove(proof, found, kinds) };
      });
      note(checkpoint);
      const kind = String(fields.kind);
      if (!wanted.includes(kind)) throw new Withheld(check, `proves ${kind}, not ${wanted[0]}`);
      for (const [name, value] of Object.entries(stated)) {
        if (fields[name] !== value) throw new Withheld(check, `proves another ${name} of ${kind}`);
      }
      if (typeof fields.at !== 'string') throw new Withheld(check, `the time of ${kind} is not open`);
      return { index, at: fields.at, fields };
    },
  };
}

/**
 * @param {ReturnType<typeof openLedger>} ledger
 * @param {Checkpoint} newest
 * @param {AbortSignal} signal
 */
async function requireOneLog(ledger, newest, signal) {
  const kept = JSON.parse(localStorage.getItem(SEEN) ?? '{}');
  const seen = kept[newest.origin];
  const older = [...ledger.checkpoints.values(), ...(seen ? [{ size: seen.size, root: hex.decode(seen.root) }] : [])];
  for (const { size, root } of older) {
    if (size > newest.size) throw new Withheld('consistency', 'an older checkpoint is larger than the newest');
    const proof = size === 0 || size === newest.size ? [] : (await ask('GET', `/api/v1/log/consistency?old=${size}&new=${newest.size}`, { signal })).proof;
    said('consistency', () => requireExtended(size, newest.size, proof.map(base64Of), root, newest.root));
  }
  localStorage.setItem(SEEN, JSON.stringify({ ...kept, [newest.origin]: { size: newest.size, root: hex.encode(newest.root) } }));
}

/**
 * Tell whether an entry's time, with microseconds, lies before one of whole seconds.
 * @param {string} at
 * @param {string} until
 */
const isBefore = (at, until) => at !== '' && at.slice(0, 19) < until.slice(0, 19);

/**
 * Return an entry's time, with microseconds, in milliseconds: `Date` would cut them off.
 * @param {string} at
 */
const instantOf = (at) => Date.parse(`${at.slice(0, 19)}Z`) + Number(at.slice(20, 26)) / 1000;

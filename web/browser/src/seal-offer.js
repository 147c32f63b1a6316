/**
 * What a bid is sealed to, as the bidder's browser proves it to itself before it seals: the chain of
 * notices, the policy that it names, and the trustees' keys. What `bidding/offer.py` and
 * `bidding/policy.py` do, by signatures alone. Source: sealing.md 3, policy, and 6.4.
 * @module
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';

import { utf8 } from './canonical.js';
import { INDEX_LIMIT, NOTICE, POLICY, Refusal, sameBox } from './seal-objects.js';
import { parseRecipient } from './seal-profile.js';
import { load } from './shape.js';

/** @typedef {import('./seal-objects.js').Box} Box */
/** @typedef {import('./seal-objects.js').Notice} Notice */
/** @typedef {import('./seal-objects.js').Policy} Policy */
/** @typedef {import('./seal-objects.js').Terms} Terms */
/** @typedef {import('./seal-objects.js').TrusteeKey} TrusteeKey */

/** @typedef {{json: string, p7s: string}} SignedText the object, and its signature in base64 */

/**
 * What `GET /api/v1/boxes/{tender}/{lot}/{stage}/sealing` answers, as far as it is judged here.
 * @typedef {object} SealedTo
 * @property {Box} box
 * @property {SignedText[]} notices
 * @property {string[]} policies
 * @property {SignedText[]} keys
 * @property {SignedText[]} duties
 * @property {{roots: string, crls: string | null}} authorities PEM
 */

/**
 * What is left when all of it was proved.
 * @typedef {object} Offer
 * @property {Notice} notice the revision in force
 * @property {string} notice_sha256
 * @property {Terms} terms what it says of the box
 * @property {Policy} policy
 * @property {string} policy_sha256
 * @property {TrusteeKey[]} trustees in the order of the policy
 */

const GROUPS_MOST = 16;
const MEMBERS_MOST = 8;

/**
 * Return what a box is sealed to, or throw E-OFFER with the check that failed.
 * @param {SealedTo} sealedTo
 * @returns {Promise<Offer>}
 */
export async function offerOf(sealedTo) {
  const newest = sealedTo.notices.at(-1);
  if (!newest) throw withheld('no notice');
  /** @type {Notice} */
  const notice = load(NOTICE, utf8(newest.json), INDEX_LIMIT);
  const terms = termsOf(notice, sealedTo.box);
  const text = sealedTo.policies.find((one) => hashOf(one) === terms.policy_sha256);
  if (text === undefined) throw withheld('the policy that the notice names is not there');
  const policy = readPolicy(text);
  if (!sameBox(policy, sealedTo.box) || policy.mode !== terms.mode) throw withheld('a policy of another box or mode');
  return { notice, notice_sha256: hashOf(newest.json), terms, policy, policy_sha256: hashOf(text), trustees: [] };
}

/**
 * @param {Notice} notice
 * @param {Box} box
 */
function termsOf(notice, box) {
  const lot = notice.lots.find((one) => one.lot === box.lot);
  const terms = lot?.boxes.find((one) => one.stage === box.stage);
  if (!terms || notice.origin !== box.origin || notice.tender !== box.tender) throw withheld('not the notice of this box');
  return terms;
}

/**
 * Read a policy and check it: who could not open a box as its mode says is refused.
 * @param {string} text
 * @returns {Policy}
 */
export function readPolicy(text) {
  /** @type {Policy} */
  const policy = load(POLICY, utf8(text));
  const { mode, k, groups } = policy;
  if (mode === 'bidder') {
    if (k || groups.length) throw bad('mode bidder shares no key');
    return policy;
  }
  if (k < 2 || k > groups.length || groups.length > GROUPS_MOST) throw bad(`${k} of ${groups.length} groups`);
  if (groups.some((group, i) => group.x !== i + 1)) throw bad('x is not 1, 2, 3 … in order');
  if (groups.some(({ members }) => members.length < 1 || members.length > MEMBERS_MOST)) throw bad(`a group has 1 to ${MEMBERS_MOST} members`);
  const recipients = groups.flatMap((group) => group.members.map((member) => member.recipient));
  requireDistinct('group', groups.map((group) => group.id));
  requireDistinct('recipient', recipients);
  recipients.forEach(requireRecipient);
  return policy;
}

/** @param {string} recipient */
function requireRecipient(recipient) {
  try {
    parseRecipient(recipient);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : '');
  }
}

/**
 * @param {string} what
 * @param {string[]} names
 */
function requireDistinct(what, names) {
  if (new Set(names).size !== names.length) throw bad(`one ${what} twice`);
}

/** @param {string} text */
const hashOf = (text) => hex.encode(sha256(utf8(text)));

/** @param {string} why */
const bad = (why) => new Refusal('E-POLICY', why);

/** @param {string} why */
const withheld = (why) => new Refusal('E-OFFER', why);

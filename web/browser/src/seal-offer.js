/**
 * What a bid is sealed to, as the bidder's browser proves it to itself before it seals: the chain of
 * notices, the policy that it names, and the trustees' keys. What `bidding/clients/offer.py` and
 * `bidding/sealed/policy.py` do, by signatures alone. Source: sealing.md 3, policy, and 6.4.
 * @module
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { base64, hex } from '@scure/base';

import { authoritiesOf, bodiesOf, requireInForce, requireVouched, verify } from './authority.js';
import { dumps, utf8 } from './canonical.js';
import { DUTY, INDEX_LIMIT, NOTICE, POLICY, Refusal, sameBox, TRUSTEE_KEY } from './seal-objects.js';
import { parseRecipient } from './seal-profile.js';
import { load } from './shape.js';

/** @typedef {import('./authority.js').Authorities} Authorities */
/** @typedef {import('./seal-objects.js').Box} Box */
/** @typedef {import('./seal-objects.js').Duty} Duty */
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

/** @typedef {{authorities: Authorities, stated: {duty: Duty, statement: SignedText}[]}} Trust */

const GROUPS_MOST = 16;
const MEMBERS_MOST = 8;
const DUTY_LONGEST = 366 * 24 * 3600_000;
const TIMES = /** @type {const} */ (['deadline', 'parts_by', 'open_at', 'release_by', 'owner_by']);

/**
 * Return what a box is sealed to, or throw E-OFFER or E-POLICY with the check that failed.
 * @param {SealedTo} sealedTo
 * @returns {Promise<Offer>}
 */
export async function offerOf(sealedTo) {
  const { box } = sealedTo;
  const trust = await trustOf(sealedTo);
  const notices = await revisionsOf(sealedTo.notices, box, trust);
  /** @type {Map<string, Offer>} */
  const offers = new Map();
  for (const { notice, notice_sha256 } of notices) {
    const terms = termsOf(notice, box);
    const known = offers.get(terms.policy_sha256);
    const { policy, trustees } = known ?? (await policyOf(sealedTo, terms.policy_sha256, trust, Date.parse(notice.published)));
    const first = [...offers.values()][0];
    if (first) requireSuccessor(policy, first.policy);
    if (!sameBox(policy, box) || policy.mode !== terms.mode) throw withheld('a policy of another box or mode');
    offers.delete(terms.policy_sha256); // the one in force comes last
    offers.set(terms.policy_sha256, { notice, notice_sha256, terms, policy, policy_sha256: terms.policy_sha256, trustees });
  }
  return /** @type {Offer} */ ([...offers.values()].at(-1));
}

/**
 * @param {SealedTo} sealedTo
 * @returns {Promise<Trust>}
 */
async function trustOf({ authorities, duties }) {
  try {
    return {
      authorities: await authoritiesOf(authorities),
      stated: duties.map((statement) => ({ statement, duty: load(DUTY, utf8(statement.json)) })),
    };
  } catch (error) {
    throw withheld(`authorities and duty statements: ${whyOf(error)}`);
  }
}

/**
 * Return all revisions of the notice, first to last, each signed and each following the one before.
 * @param {SignedText[]} texts
 * @param {Box} box
 * @param {Trust} trust
 */
async function revisionsOf(texts, box, trust) {
  const found = [];
  let previous = null;
  for (const [n, text] of texts.entries()) {
    try {
      /** @type {Notice} */
      const notice = load(NOTICE, utf8(text.json), INDEX_LIMIT);
      if (notice.revision !== n + 1 || notice.previous !== previous) throw new Error('does not follow the one before it');
      requireTimes(termsOf(notice, box));
      await signerOf(text, trust, Date.parse(notice.published));
      previous = hashOf(text.json);
      found.push({ notice, notice_sha256: previous });
    } catch (error) {
      throw withheld(`revision ${n + 1} of the notice: ${whyOf(error)}`);
    }
  }
  if (!found.length) throw withheld('not the notice of this tender');
  return found;
}

/** @param {Terms} terms */
function requireTimes(terms) {
  const times = TIMES.map((name) => terms[name]);
  if (times.some((time, i) => i > 0 && time < (times[i - 1] ?? ''))) throw new Error('the times of a box are out of order');
}

/**
 * Return a policy that the notice names, and the keys that it pins, each signed by its holder.
 * @param {SealedTo} sealedTo
 * @param {string} named
 * @param {Trust} trust
 * @param {number} at
 */
async function policyOf({ policies, keys }, named, trust, at) {
  const text = policies.find((one) => hashOf(one) === named);
  if (text === undefined) throw withheld('the policy that the notice names is not there');
  const policy = readPolicy(text);
  /** @type {TrusteeKey[]} */
  const trustees = [];
  /** @type {Map<string, string>} */
  const groups = new Map();
  for (const group of policy.groups) {
    for (const member of group.members) {
      const signed = keys.find((one) => hashOf(one.json) === member.key_sha256);
      if (!signed) throw bad(`a key of group ${group.id} is not at hand`);
      const key = await keyOf(signed, trust, at);
      if (!sameBox(key, policy) || key.group !== group.id || key.recipient !== member.recipient) {
        throw bad(`a key of group ${group.id} is for another box, group or recipient`);
      }
      for (const holder of [`body ${key.holder.id}`, `certificate ${key.holder.cert_sha256}`]) {
        if ((groups.get(holder) ?? group.id) !== group.id) throw bad(`${holder} is in two groups`);
        groups.set(holder, group.id);
      }
      trustees.push(key);
    }
  }
  return { policy, trustees };
}

/**
 * Return a trustee key that its holder signed: with any other the platform could open bids itself.
 * @param {SignedText} signed
 * @param {Trust} trust
 * @param {number} at
 * @returns {Promise<TrusteeKey>}
 */
async function keyOf(signed, trust, at) {
  try {
    /** @type {TrusteeKey} */
    const key = load(TRUSTEE_KEY, utf8(signed.json));
    const signer = await signerOf(signed, trust, at, 'trustee');
    if (signer.cert_sha256 !== key.holder.cert_sha256) throw new Error("signed by another certificate than the holder's");
    if (signer.body !== null && signer.body !== key.holder.id) throw new Error('signed for another body than the holder');
    return key;
  } catch (error) {
    throw bad(`a trustee key: ${whyOf(error)}`);
  }
}

/**
 * Return who signed at an instant: the certificate, and the body where a duty statement names it.
 * @param {SignedText} text
 * @param {Trust} trust
 * @param {number} at
 * @param {string} [use] what a duty certificate may have signed this as
 * @returns {Promise<{cert_sha256: string, body: string | null}>}
 */
async function signerOf(text, { authorities, stated }, at, use) {
  const certificate = await verify(utf8(text.json), base64.decode(text.p7s));
  const cert_sha256 = hex.encode(sha256(certificate.der));
  const naming = stated.filter(({ duty }) => Date.parse(duty.from) <= at && duty.cert_sha256 === cert_sha256).at(-1);
  if (!naming || use === undefined) {
    // A key that a hall certified itself, for a device, never stands in for a duty's.
    await requireVouched(use === undefined ? authorities : bodiesOf(authorities), certificate, at);
    return { cert_sha256, body: null };
  }
  requireInForce(certificate, at);
  const { duty, statement } = naming;
  const [from, to] = [Date.parse(duty.from), Date.parse(duty.to)];
  if (!duty.uses.includes(use) || at > to || to - from > DUTY_LONGEST) throw new Error('a duty statement of another use or time');
  await signerOf(statement, { authorities: bodiesOf(authorities), stated }, at);
  return { cert_sha256, body: duty.body.id };
}

/**
 * Refuse a later policy of a box that changes more than members.
 * @param {Policy} policy
 * @param {Policy} earlier
 */
function requireSuccessor(policy, earlier) {
  /** @param {Policy} one */
  const frame = ({ mode, k, groups }) => dumps({ mode, k, groups: groups.map(({ id, x }) => ({ id, x })) });
  if (frame(policy) !== frame(earlier)) throw bad('a later policy of a box changes members only');
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
  const policy = parsedPolicy(text);
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
  try {
    recipients.forEach(parseRecipient);
  } catch (error) {
    throw bad(whyOf(error));
  }
  return policy;
}

/**
 * @param {string} text
 * @returns {Policy}
 */
function parsedPolicy(text) {
  try {
    return load(POLICY, utf8(text));
  } catch (error) {
    throw bad(whyOf(error));
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

/** @param {unknown} error */
const whyOf = (error) => (error instanceof Error ? error.message : '');

/** @param {string} why */
const bad = (why) => new Refusal('E-POLICY', why);

/** @param {string} why */
const withheld = (why) => new Refusal('E-OFFER', why);

// What the published vectors say of sealing, for whoever runs them: node and Chromium alike.

import { base64, hex } from '@scure/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { Decrypter } from 'age-encryption';
import { combine } from 'shamir-secret-sharing';

import { dump, dumps, loadSigned, utf8 } from '../src/canonical.js';
import { commitment, context, deal, dealt, polynomial, shareAt } from '../src/seal-deal.js';
import { padded, requireIndex } from '../src/seal-index.js';
import { readManifest } from '../src/seal-objects.js';
import { offerOf, readPolicy } from '../src/seal-offer.js';
import { BadAge, checkEnvelope, checkHeader, decrypt, encrypt, identityOf, recipientOf, secretOf } from '../src/seal-profile.js';

const BIDS = ['first', 'second', 'rival', 'solo'];
const SHARE_TEXT = 155; // bytes of text_i

/** @typedef {{golden: any, cases: any, jcs: {input: string, output: string}[], kit: {name: string, outcome: any, identity: string | undefined, file: string}[]}} Vectors */

/**
 * Return every check by its name; each throws where it fails.
 * @param {Vectors} vectors kit files in base64
 * @returns {[string, () => void | Promise<void>][]}
 */
export function checksOf({ golden, cases, jcs, kit }) {
  const policy = JSON.parse(golden.policy.json);
  const bid = (name) => golden.bids.find((one) => one.name === name);
  const manifest = (name) => readManifest(utf8(bid(name).seal.json));
  const policyOf = (name) => readPolicy((name === 'solo' ? golden.policy_bidder : golden.policy).json);
  const fields = ({ lot, stage }) => JSON.parse(golden.notices.at(-1).json).lots
    .find((one) => one.lot === lot).boxes.find((one) => one.stage === stage).form;

  return [
    ...jcs.map(({ input, output }, n) => [`RFC 8785, text ${n + 1}: the same bytes, or no safe integers`, () => {
      const value = JSON.parse(input);
      if (JSON.stringify(value).match(/:?[-\d.]+e|\d\.\d|\d{16}/i)) refused('E-JSON', () => dumps(value));
      else equal(dumps(value), output);
    }]),
    ...cases.refused_json.map(({ name, text }) => [`E-JSON: ${name}`, () => {
      refused('E-JSON', () => loadSigned(utf8(text)));
      refused('E-JSON', () => readManifest(utf8(text)));
    }]),
    ['E-JSON: bytes that are not UTF-8', () => refused('E-JSON', () => loadSigned(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)))],
    ['E-JSON: a byte more than the limit', () => {
      equal(Object.keys(loadSigned(utf8('{"a":1}'), 7)), ['a']);
      refused('E-JSON', () => loadSigned(utf8('{"a":1}'), 6));
    }],
    ...cases.ids.map(({ id, expect }) => [`id ${JSON.stringify(id)}: ${expect}`, () => {
      const text = JSON.parse(bid('second').seal.json);
      text.core.tender = id;
      judged(expect, () => readManifest(dump(text)));
    }]),

    ...BIDS.map((name) => [`bid ${name}: every byte of the seal follows from S`, () => {
      const { core } = manifest(name);
      const secret = hex.decode(bid(name).S);
      equal(dumps(core), bid(name).core_jcs);
      equal(hex.encode(context(core)), bid(name).ctx);
      equal(recipientOf(secret), core.recipient);
      equal(identityOf(secret), bid(name).identity);
      equal(recipientOf(hex.decode(bid(name).F)), bid(name).files_recipient);
      const whole = dump({ v: 'bid-seal/v1', core, shares: deal(core, policyOf(name), secret) });
      equal(new TextDecoder().decode(whole), bid(name).seal.json);
      equal(hex.encode(sha256(whole)), bid(name).seal.envelope_id);
    }]),
    ...['first', 'second', 'rival'].map((name) => [`bid ${name}: poly, shares and commitments`, () => {
      const secret = hex.decode(bid(name).S);
      const ctx = hex.decode(bid(name).ctx);
      const rows = polynomial(secret, ctx, policy.k);
      equal(hex.encode(rows), bid(name).poly);
      for (const [n, given] of bid(name).shares.entries()) {
        equal(hex.encode(shareAt(given.x, secret, rows)), given.share);
        equal(commitment(ctx, hex.decode(given.share)), given.commit);
        const envelope = base64.decode(manifest(name).shares[n].age);
        equal(hex.encode(sha256(envelope)), given.age_sha256);
        checkEnvelope(envelope, policy.groups[n].members.length, SHARE_TEXT);
      }
    }]),
    ['larger dealings', async () => {
      for (const { k, n, S, ctx, shares } of golden.more_shamir) {
        const rows = polynomial(hex.decode(S), hex.decode(ctx), k);
        const dealtNow = Array.from({ length: n }, (_, i) => shareAt(i + 1, hex.decode(S), rows));
        equal(dealtNow.map(hex.encode), shares);
        equal(hex.encode(await combine(dealtNow.slice(-k))), S); // another implementation puts them together
      }
    }],
    ['a canary follows from its S; another S deals something else', () => {
      const sealed = readManifest(utf8(golden.canary.seal.json));
      equal(dealt(sealed, policy, hex.decode(golden.canary.S)), true);
      equal(dealt(sealed, policy, hex.decode(bid('first').S)), false);
    }],
    ['every member opens the share of its group', () => {
      for (const { group, identity } of golden.trustees) {
        const n = policy.groups.findIndex((one) => one.id === group);
        const { age } = manifest('second').shares[n];
        const text = decrypt(base64.decode(age), secretOf(identity), policy.groups[n].members.length);
        const { share } = bid('second').shares[n];
        equal(new TextDecoder().decode(text), `bid-share/v1\nctx ${bid('second').ctx}\nshare ${share}\n`);
      }
    }],

    ...BIDS.map((name) => [`bid ${name}: its index and its parts`, () => {
      const { core } = manifest(name);
      const index = JSON.parse(bid(name).index.json_without_pad);
      const plaintext = padded(index);
      equal(hex.encode(sha256(plaintext)), bid(name).index.sha256);
      const parts = bid(name).parts.map(({ age }) => base64.decode(age));
      equal(decrypt(parts[0], hex.decode(bid(name).S)), plaintext);
      const { files_key } = requireIndex(plaintext, core, fields(core));
      parts.slice(1).forEach((part, n) => equal(base64.encode(decrypt(part, hex.decode(files_key))), bid(name).files[n]));
    }]),
    ...cases.index.map((case_) => [`index, ${case_.name}: ${case_.expect}`, () => {
      const index = changed(bid('second').index.json_without_pad, case_);
      const { core } = manifest('second');
      judged(case_.expect, () => requireIndex(padded(index), core, fields(core)));
    }]),
    ...cases.policy.map((case_) => [`policy, ${case_.name}: ${case_.expect}`, () => {
      judged(case_.expect, () => readPolicy(dumps(changed(golden.policy.json, case_))));
    }]),

    ...kit.map(({ name, outcome, identity, file }) => [`age kit, ${name}: ${outcome.profile}`, () => {
      const bytes = base64.decode(file);
      if (outcome.profile === 'refuse') return refused('E-PROFILE', () => checkHeader(bytes, bytes.length));
      equal(checkHeader(bytes, bytes.length), { header: outcome.header, plaintext: outcome.plaintext });
      if (outcome.expect === 'success') decrypt(bytes, secretOf(identity));
      else refused('E-PROFILE', () => decrypt(bytes, secretOf(identity)));
    }]),
    ['a part of each length opens here and in typage; one byte more is no part', async () => {
      const secret = hex.decode(bid('first').F);
      for (const size of [1, 65535, 65536, 65537, 131072]) {
        const plain = Uint8Array.from({ length: size }, (_, i) => i % 251);
        const sealed = encrypt(plain, recipientOf(secret));
        const other = new Decrypter();
        other.addIdentity(identityOf(secret));
        equal(hex.encode(sha256(await other.decrypt(sealed))), hex.encode(sha256(plain)));
        equal(hex.encode(sha256(decrypt(sealed, secret))), hex.encode(sha256(plain)));
        sealed[sealed.length - 1] ^= 1;
        refused('E-PROFILE', () => decrypt(sealed, secret));
      }
      refused('E-PROFILE', () => encrypt(new Uint8Array(0), recipientOf(secret)));
      refused('E-PROFILE', () => encrypt(new Uint8Array(8 * 2 ** 20 + 1), recipientOf(secret)));
    }],

    ['the golden offer is proved', async () => {
      const offer = await offerOf(offered(golden));
      equal(offer.policy_sha256, golden.policy.sha256);
      equal(offer.notice_sha256, golden.notices.at(-1).sha256);
      equal(offer.trustees.map(({ group, member }) => [group, member]), golden.trustees.map(({ group, member }) => [group, member]));
    }],
    ['a box that its bidder alone opens has no trustees', async () => {
      const given = offered(golden);
      given.policies = [golden.policy_bidder.json];
      given.keys = [];
      Object.assign(given.box, { lot: '2', stage: JSON.parse(golden.policy_bidder.json).stage });
      const offer = await offerOf(given);
      equal([offer.policy.mode, offer.trustees], ['bidder', []]);
    }],
    ...Object.entries(LIES).map(([name, lie]) => [`an offer with ${name} is withheld`, async () => {
      const sealedTo = structuredClone(offered(golden));
      lie(sealedTo, golden);
      const error = await offerOf(sealedTo).then(() => undefined, (thrown) => thrown);
      equal(['E-OFFER', 'E-POLICY'].includes(error?.code), true);
    }]),
  ];
}

/**
 * Return what a hall would answer of the golden box.
 * @param {any} golden
 */
export function offered(golden) {
  const { origin, tender, lot, stage } = JSON.parse(golden.policy.json);
  return {
    box: { origin, tender, lot, stage },
    notices: golden.notices.map(({ json, p7s }) => ({ json, p7s })),
    policies: [golden.policy.json],
    keys: golden.trustees.map(({ key: { json, p7s } }) => ({ json, p7s })),
    duties: [{ json: golden.duty.json, p7s: golden.duty.p7s }],
    authorities: { roots: pem(golden.certificates.ca), crls: golden.crls_pem },
  };
}

/** What a hall could do to slip in its own keys, or another notice. */
const LIES = {
  'no authority': (given) => { given.authorities.roots = ''; },
  'another authority': (given, golden) => { given.authorities.roots = pem(golden.certificates.hall); given.authorities.crls = null; },
  'a list of nobody': (given) => { given.authorities.roots += ' '; given.authorities.crls = given.authorities.crls.replace('MIH1', 'MIH0'); },
  'no duty statement': (given) => { given.duties = []; },
  'a duty statement that others signed': (given, golden) => { given.duties[0].p7s = golden.notices[0].p7s; },
  'a key missing': (given) => { given.keys.shift(); },
  'the signature of another key': (given) => { given.keys[0].p7s = given.keys[3].p7s; },
  'a signature with one bit flipped': (given) => {
    const bytes = base64.decode(given.keys[0].p7s);
    bytes[bytes.length - 1] ^= 1;
    given.keys[0].p7s = base64.encode(bytes);
  },
  'a byte behind a signature': (given) => {
    given.keys[0].p7s = base64.encode(Uint8Array.of(...base64.decode(given.keys[0].p7s), 0));
  },
  'a key that the policy does not pin': (given) => { given.keys[0].json = given.keys[0].json.replace('"gen":1', '"gen":2'); },
  'the policy of another stage': (given, golden) => { given.policies = [golden.policy_technical.json]; },
  'a revision left out': (given) => { given.notices.splice(1, 1); },
  'the first revision only, for another lot': (given) => { given.notices.length = 1; given.box.lot = '9'; },
  'a notice that its signer did not sign': (given) => { given.notices[2].p7s = given.notices[1].p7s; },
  'no notice': (given) => { given.notices = []; },
};

/** @param {string} body */
const pem = (body) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

/** Put a value where a case says. */
function changed(json, { at, value }) {
  const whole = JSON.parse(json);
  const place = at.slice(0, -1).reduce((inner, step) => inner[step], whole);
  place[at.at(-1)] = value;
  return whole;
}

function judged(expect, check) {
  if (expect === 'ok') check();
  else refused(expect, check);
}

function refused(code, check) {
  try {
    check();
  } catch (error) {
    if (error.code === code || (code === 'E-PROFILE' && error instanceof BadAge)) return;
    throw error;
  }
  throw new Error(`not refused with ${code}`);
}

function equal(found, expected) {
  const [one, other] = [found, expected].map((value) => JSON.stringify(value instanceof Uint8Array ? [...value] : value));
  if (one !== other) throw new Error(`${one.slice(0, 300)} is not ${other.slice(0, 300)}`);
}

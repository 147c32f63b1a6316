/**
 * The deterministic dealing of a seal: every share and share envelope is a function of S and the
 * core, so that whoever learns S derives the same bytes again. What `bidding/sealed/seal.py` and
 * `notary/shamir.py` do. Source: sealing.md 4.
 * @module
 */

import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64, hex } from '@scure/base';

import { dump, utf8 } from './canonical.js';
import { sealOneChunk } from './seal-profile.js';

/** @typedef {import('./seal-objects.js').Core} Core */
/** @typedef {import('./seal-objects.js').Group} Group */
/** @typedef {import('./seal-objects.js').Policy} Policy */
/** @typedef {import('./seal-objects.js').ShareEntry} ShareEntry */

const LABEL = 'bid-seal/v1';
const SECRET_SIZE = 32;

// x^8 + x^4 + x^3 + x + 1, the field of AES (FIPS 197, 4.2), in which 3 generates every x but 0.
const MODULUS = 0x11b;
const ORDER = 255;
const EXP = powersOfThree();
const LOG = logarithms();

/**
 * Return ctx: 32 bytes that bind every share to this core.
 * @param {Core} core
 */
export const context = (core) => sha256(joined(utf8(`${LABEL}/ctx`), dump(core)));

/**
 * Return poly: 32 bytes for each coefficient but the constant, a zero one kept.
 * @param {Uint8Array} secret
 * @param {Uint8Array} ctx
 * @param {number} k
 */
export const polynomial = (secret, ctx, k) => derive(secret, '/poly', joined(ctx, [k]), SECRET_SIZE * (k - 1));

/**
 * Return commit_i of a share, in hex.
 * @param {Uint8Array} ctx
 * @param {Uint8Array} share
 */
export const commitment = (ctx, share) => hex.encode(sha256(joined(utf8(`${LABEL}/share-commit`), ctx, share)));

/**
 * Return the share entries that S and the core determine; in mode `bidder` there are none.
 * @param {Core} core
 * @param {Policy} policy
 * @param {Uint8Array} secret
 * @returns {ShareEntry[]}
 */
export function deal(core, policy, secret) {
  if (policy.groups.length === 0) return [];
  const ctx = context(core);
  const rows = polynomial(secret, ctx, policy.k);
  return policy.groups.map((group) => entryOf(group, shareAt(group.x, secret, rows), secret, ctx));
}

/**
 * Return the share at x: the value of one polynomial for each byte, then x itself.
 * @param {number} x 1 to 255
 * @param {Uint8Array} secret
 * @param {Uint8Array} rows coefficients: 32 bytes for each of x^1 and on
 */
export function shareAt(x, secret, rows) {
  const share = new Uint8Array(SECRET_SIZE + 1);
  for (let at = rows.length - SECRET_SIZE; at >= 0; at -= SECRET_SIZE) step(share, x, rows.subarray(at, at + SECRET_SIZE));
  step(share, x, secret);
  share[SECRET_SIZE] = x;
  return share;
}

/**
 * Take one step of Horner's rule, for 32 polynomials side by side.
 * @param {Uint8Array} value
 * @param {number} x
 * @param {Uint8Array} row
 */
function step(value, x, row) {
  for (let b = 0; b < SECRET_SIZE; b += 1) value[b] = product(value[b] ?? 0, x) ^ (row[b] ?? 0);
}

/**
 * @param {Group} group
 * @param {Uint8Array} share
 * @param {Uint8Array} secret
 * @param {Uint8Array} ctx
 * @returns {ShareEntry}
 */
function entryOf(group, share, secret, ctx) {
  const place = joined(ctx, [group.x]);
  const envelope = sealOneChunk(
    utf8(`bid-share/v1\nctx ${hex.encode(ctx)}\nshare ${hex.encode(share)}\n`),
    group.members.map((member) => member.recipient),
    derive(secret, '/share-filekey', place, 16),
    derive(secret, '/share-nonce', place, 16),
    group.members.map((_, j) => derive(secret, '/share-esk', joined(place, [j]), 32)),
  );
  return { group: group.id, x: group.x, commit: commitment(ctx, share), age: base64.encode(envelope) };
}

/**
 * Tell whether a seal holds exactly what S deals to its core and policy (V11).
 * @param {{core: Core, shares: ShareEntry[]}} manifest
 * @param {Policy} policy
 * @param {Uint8Array} secret
 */
export function dealt(manifest, policy, secret) {
  const entries = deal(manifest.core, policy, secret);
  return entries.length === manifest.shares.length && entries.every((entry, i) => {
    const given = manifest.shares[i];
    return given && entry.group === given.group && entry.x === given.x
      && entry.commit === given.commit && entry.age === given.age;
  });
}

/**
 * @param {Uint8Array} secret
 * @param {string} use
 * @param {Uint8Array} info
 * @param {number} size
 */
const derive = (secret, use, info, size) => hkdf(sha256, secret, utf8(LABEL + use), info, size);

/**
 * @param {number} a
 * @param {number} b
 */
function product(a, b) {
  return a && b ? EXP[((LOG[a] ?? 0) + (LOG[b] ?? 0)) % ORDER] ?? 0 : 0;
}

function powersOfThree() {
  const powers = [1];
  while (powers.length < ORDER) {
    const last = powers.at(-1) ?? 1;
    const next = last ^ (last << 1);
    powers.push(next > ORDER ? next ^ MODULUS : next);
  }
  return powers;
}

function logarithms() {
  const logs = new Uint8Array(ORDER + 1);
  EXP.forEach((power, exponent) => { logs[power] = exponent; });
  return logs;
}

/** @param {(Uint8Array | number[])[]} pieces */
function joined(...pieces) {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

/**
 * What the sealing worker can do, act by act; its messages are in `seal-worker.js`. Nothing here
 * speaks to a network or to storage. What `bidding/clients/sealing.py` does. Source: sealing.md 3 and 4.
 * @module
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';

import { bundle, readBid } from './seal-bundle.js';
import { dump, utf8 } from './canonical.js';
import { letGo, readPiece } from './seal-buffers.js';
import { dealt, deal } from './seal-deal.js';
import { padded, requireIndex } from './seal-index.js';
import { unwrap, wrap } from './seal-kept.js';
import { boxOf, readManifest, Refusal } from './seal-objects.js';
import { offerOf, readPolicy } from './seal-offer.js';
import { decrypt, encrypt, KEY_SIZE, PIECE_SIZE, random, recipientOf, secretOf } from './seal-profile.js';
import { openReceipt, sealReceipt } from './seal-receipt.js';
import { seconds } from './shape.js';

/** @typedef {import('./seal-worker.js').Asked} Asked */
/** @typedef {import('./seal-worker.js').Answers} Answers */
/** @typedef {import('./seal-objects.js').Core} Core */
/** @typedef {import('./seal-objects.js').Index} Index */

const NONCE_SIZE = 16;

/**
 * Seal and open a piece, and say how fast: bytes a second of this machine.
 * @returns {Promise<Answers['check']>}
 */
async function check() {
  const piece = random(64 * 1024);
  const plain = new Uint8Array(PIECE_SIZE / 8);
  for (let at = 0; at < plain.length; at += piece.length) plain.set(piece, at);
  const secret = random(KEY_SIZE);
  const before = performance.now();
  const sealed = encrypt(plain, recipientOf(secret));
  const took = performance.now() - before;
  const opened = decrypt(sealed, secret);
  if (!opened.every((byte, i) => byte === plain[i])) throw new Refusal('E-CHECK', 'what was sealed does not open');
  return { bytes_per_second: Math.round((plain.length * 1000) / Math.max(took, 1)) };
}

/**
 * @param {Asked['read-offer']} asked
 * @returns {Promise<Answers['read-offer']>}
 */
const readOffer = ({ sealed_to }) => offerOf(sealed_to);

/**
 * @param {Asked['files-key']} asked
 * @returns {Promise<Answers['files-key']>}
 */
async function filesKey({ keeper }) {
  return { files_key: await wrap(random(KEY_SIZE), keeper, 'files-key') };
}

/**
 * @param {Asked['seal-part']} asked
 * @returns {Promise<Answers['seal-part']>}
 */
async function sealPart({ file, from, to, keeper, files_key, into }) {
  const recipient = recipientOf(await unwrap(files_key, keeper, 'files-key'));
  if (to - from > PIECE_SIZE) throw new Refusal('E-FILE', 'more than a piece');
  const plain = await readPiece(file.slice(from, to));
  if (plain.length !== to - from) throw new Refusal('E-FILE', 'the file is shorter than it was');
  const hashed = digest(plain); // of a copy, while this one is sealed
  const sealed = encrypt(plain, recipient, into);
  const piece = await hashed;
  letGo(plain);
  return { piece, part: await digest(sealed), bytes: sealed.buffer, transfer: [sealed.buffer] };
}

/**
 * @param {Asked['bind']} asked
 * @returns {Promise<Answers['bind']>}
 */
async function bind({ sealed_to, bidder, place, form, files, keeper, files_key, at }) {
  const offer = await offerOf(sealed_to);
  const secret = random(KEY_SIZE);
  const box = boxOf(offer.policy);
  const nonce = hex.encode(random(NONCE_SIZE));
  let n = 0;
  /** @type {Index} */
  const index = {
    v: 'bid-index/v1', ...box, bidder, nonce, form,
    files_key: hex.encode(await unwrap(files_key, keeper, 'files-key')),
    files: files.map(({ path, type, sealed }) => ({
      path, type,
      size: sealed.reduce((sum, { piece }) => sum + piece.size, 0),
      pieces: sealed.map(({ piece }) => ({ part: (n += 1), ...piece })),
    })),
    pad: '',
  };
  const plaintext = padded(index);
  const part0 = encrypt(plaintext, recipientOf(secret));
  const parts = [await digest(part0), ...files.flatMap(({ sealed }) => sealed.map(({ part }) => part))];
  /** @type {Core} */
  const core = {
    v: 'bid-seal/v1', ...box, notice_sha256: offer.notice_sha256, policy_sha256: offer.policy_sha256,
    bidder, seq: place.seq, supersedes: place.supersedes, nonce, created: seconds(at),
    recipient: recipientOf(secret), parts: parts.map(({ size, sha256: hash }, i) => ({ n: i, size, sha256: hash })),
  };
  requireIndex(plaintext, core, offer.terms.form);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > offer.terms.max_bytes) throw new Refusal('E-SIZE', `more than ${offer.terms.max_bytes} bytes`);
  const sealed = dump({ v: 'bid-seal/v1', core, shares: deal(core, offer.policy, secret) });
  readManifest(sealed);
  return {
    envelope: hex.encode(sha256(sealed)),
    seal: new TextDecoder().decode(sealed),
    secret: await wrap(secret, keeper, 'secret'),
    parts: core.parts,
    part_0: part0.buffer,
    transfer: [part0.buffer],
  };
}

/**
 * @param {Asked['bundle']} asked
 * @returns {Promise<Answers['bundle']>}
 */
const bundled = async ({ seal, p7s, parts }) => ({ file: bundle(seal, p7s, parts) });

/**
 * @param {Asked['read-bid']} asked
 * @param {(bytes: number) => void} tell
 * @returns {Promise<Answers['read-bid']>}
 */
const readBundled = ({ file }, tell) => readBid(file, tell);

/**
 * @param {Asked['write-receipt']} asked
 * @returns {Promise<Answers['write-receipt']>}
 */
async function writeReceipt({ secret, keeper, to }) {
  const bytes = await sealReceipt(await unwrap(secret, keeper, 'secret'), to);
  return { bytes: bytes.buffer, transfer: [bytes.buffer] };
}

/**
 * @param {Asked['read-receipt']} asked
 * @returns {Promise<Answers['read-receipt']>}
 */
async function readReceipt({ file, by, keeper }) {
  const line = await openReceipt(new Uint8Array(await file.arrayBuffer()), by);
  return { secret: await wrap(secretOf(line), keeper, 'secret') };
}

/**
 * @param {Asked['open-own']} asked
 * @returns {Promise<Answers['open-own']>}
 */
async function openOwn({ seal, policy, part_0, secret, keeper, fields }) {
  const { core, own } = await ownBid(seal, policy, secret, keeper);
  const plaintext = decrypt(new Uint8Array(await part_0.arrayBuffer()), own);
  const { form, files, files_key } = requireIndex(plaintext, core, fields);
  return { form, files, files_key: await wrap(hex.decode(files_key), keeper, 'files-key') };
}

/**
 * @param {Asked['open-part']} asked
 * @returns {Promise<Answers['open-part']>}
 */
async function openPart({ part, keeper, files_key }) {
  const key = await unwrap(files_key, keeper, 'files-key');
  const plain = decrypt(new Uint8Array(await part.arrayBuffer()), key);
  return { piece: await digest(plain), bytes: plain.buffer, transfer: [plain.buffer] };
}

/**
 * @param {Asked['owns']} asked
 * @returns {Promise<Answers['owns']>}
 */
async function owns({ seal, policy, secret, keeper }) {
  await ownBid(seal, policy, secret, keeper);
  return {};
}

/**
 * @param {Asked['reveal']} asked
 * @returns {Promise<Answers['reveal']>}
 */
async function reveal({ seal, policy, secret, keeper }) {
  const { core, own } = await ownBid(seal, policy, secret, keeper);
  const envelope = hex.encode(sha256(utf8(seal)));
  return { object: { v: 'bid-owner-release/v1', ...boxOf(core), envelope, secret: hex.encode(own) } };
}

/**
 * Return the core of a seal and its S, or throw E-OWNER where it is another's (V10 and V11).
 * @param {string} seal
 * @param {string} policy
 * @param {import('./seal-kept.js').Kept} secret
 * @param {CryptoKey} keeper
 */
async function ownBid(seal, policy, secret, keeper) {
  const own = await unwrap(secret, keeper, 'secret');
  const manifest = readManifest(utf8(seal));
  const fits = recipientOf(own) === manifest.core.recipient && dealt(manifest, readPolicy(policy), own);
  if (!fits) throw new Refusal('E-OWNER', 'not the secret of this bid');
  return { core: manifest.core, own };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<import('./seal-worker.js').Counted>}
 */
async function digest(bytes) {
  const hash = await crypto.subtle.digest('SHA-256', bytes);
  return { size: bytes.length, sha256: hex.encode(new Uint8Array(hash)) };
}

/** @type {{[what: string]: (asked: any, tell: (bytes: number) => void) => Promise<any>}} */
export const ACTS = {
  check,
  'read-offer': readOffer,
  'files-key': filesKey,
  'seal-part': sealPart,
  bind,
  bundle: bundled,
  'read-bid': readBundled,
  'write-receipt': writeReceipt,
  'read-receipt': readReceipt,
  'open-own': openOwn,
  'open-part': openPart,
  owns,
  reveal,
};


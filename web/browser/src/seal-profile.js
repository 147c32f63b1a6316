/**
 * age files as the hall takes them: a profile that is checked without a key, the writer of share
 * envelopes, which repeats itself, and stock encryption of parts. What `notary/age.py` does.
 * Source: sealing.md 4 and 5; c2sp.org/age (age-encryption.org/v1).
 * @module
 */

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64nopad, bech32 } from '@scure/base';

import { utf8 } from './canonical.js';

export const KEY_SIZE = 32;
export const PIECE_SIZE = 8 * 2 ** 20; // bytes of every piece of a file but its last
export const MAX_HEADER = 4096;
const MAX_STANZAS = 8;

// c2sp.org/age: "file key", "Payload".
const FILE_KEY_SIZE = 16;
const NONCE_SIZE = 16;
const CHUNK = 64 * 1024;
const TAG = 16;

const INTRO = 'age-encryption.org/v1\n';
const STANZA = /-> ([!-~]+(?: [!-~]+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)/y;
const MAC = /--- ([A-Za-z0-9+/]{43})\n/y;

const P = 2n ** 255n - 19n;
// Points that a scalar of X25519 sends to zero: orders 1, 2, 4, their second spellings, and the two
// of order 8 (https://cr.yp.to/ecdh.html, "validate").
const LOW_ORDER = new Set([
  0n, 1n, P - 1n, P, P + 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
]);

/** A key, file or plaintext that the profile refuses, or a file that the key does not open. */
export class BadAge extends Error {
  code = 'E-PROFILE';
}

// Keys

/**
 * Return the `AGE-SECRET-KEY-1…` line of a 32-byte X25519 secret.
 * @param {Uint8Array} secret
 */
export function identityOf(secret) {
  requireLength('a secret', secret, KEY_SIZE);
  return bech32.encodeFromBytes('age-secret-key-', secret).toUpperCase();
}

/**
 * Return the secret that `identityOf` spells so.
 * @param {string} identity
 */
export function secretOf(identity) {
  const secret = decoded('age-secret-key-', identity.toLowerCase());
  if (identityOf(secret) !== identity) throw new BadAge('not an age identity');
  return secret;
}

/**
 * Return the `age1…` recipient of a 32-byte X25519 secret.
 * @param {Uint8Array} secret
 */
export const recipientOf = (secret) => bech32.encodeFromBytes('age', x25519.scalarMultBase(secret));

/**
 * Return the X25519 key of a recipient: canonical and not of low order, so that nobody gives one key
 * two spellings, nor one that every secret shares.
 * @param {string} text
 */
export function parseRecipient(text) {
  const key = decoded('age', text);
  const u = numberOf(key);
  if (u >= P || LOW_ORDER.has(u)) throw new BadAge('a recipient of low order or a second spelling of one');
  return key;
}

/**
 * @param {string} prefix
 * @param {string} text
 */
function decoded(prefix, text) {
  try {
    const read = bech32.decodeToBytes(text);
    requireLength('a key', read.bytes, KEY_SIZE);
    if (bech32.encodeFromBytes(prefix, read.bytes) === text) return read.bytes;
  } catch {
    // said below
  }
  throw new BadAge('not a key in Bech32');
}

// The profile

/** @typedef {{kind: string, args: string[], body: Uint8Array}} Stanza */

/**
 * Return the sizes of header and plaintext of an age file in the profile, or throw BadAge.
 * Source: sealing.md 5, steps 1 to 4.
 * @param {Uint8Array} head the first MAX_HEADER bytes of the file, or all
 * @param {number} size bytes of the whole file
 * @param {number} [members] X25519 stanzas it must have, one in a part
 */
export function checkHeader(head, size, members = 1) {
  const { stanzas, length } = parseHeader(head);
  const ours = stanzas.filter((stanza) => stanza.kind === 'X25519');
  if (ours.length !== members) throw new BadAge(`${ours.length} X25519 stanzas instead of ${members}`);
  for (const stanza of stanzas) {
    if (stanza.kind === 'X25519') requireX25519(stanza);
    else if (!stanza.kind.endsWith('grease')) throw new BadAge('a stanza that is neither X25519 nor grease');
  }
  return { header: length, plaintext: plaintextSize(size - length) };
}

/**
 * Throw BadAge unless an envelope has the form that `sealOneChunk` gives it.
 * Source: sealing.md 5, "exactly the X25519 stanzas of their members, and the fixed length".
 * @param {Uint8Array} envelope
 * @param {number} members
 * @param {number} size bytes of its plaintext
 */
export function checkEnvelope(envelope, members, size) {
  const { plaintext } = checkHeader(envelope, envelope.length, members);
  if (parseHeader(envelope).stanzas.length !== members || plaintext !== size) {
    throw new BadAge('a share envelope of another form or length');
  }
}

/** @param {Uint8Array} whole */
function parseHeader(whole) {
  const head = Array.from(whole.subarray(0, MAX_HEADER), (byte) => String.fromCharCode(byte)).join('');
  if (!head.startsWith(INTRO)) throw new BadAge('not an age file of version 1');
  let at = INTRO.length;
  /** @type {Stanza[]} */
  const stanzas = [];
  for (let match; (match = matchAt(STANZA, head, at)); at += match[0].length) {
    const [kind = '', ...args] = (match[1] ?? '').split(' ');
    stanzas.push({ kind, args, body: fromBase64((match[2] ?? '').replaceAll('\n', '')) });
  }
  const end = matchAt(MAC, head, at);
  if (!end || stanzas.length < 1 || stanzas.length > MAX_STANZAS) throw new BadAge('a malformed header');
  return { stanzas, mac: fromBase64(end[1] ?? ''), length: at + end[0].length };
}

/**
 * @param {RegExp} pattern sticky
 * @param {string} text
 * @param {number} at
 */
function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** @param {Stanza} stanza */
function requireX25519({ args, body }) {
  if (args.length !== 1 || body.length !== FILE_KEY_SIZE + TAG) throw new BadAge('a malformed X25519 stanza');
  const share = fromBase64(args[0] ?? '');
  requireLength('an X25519 share', share, KEY_SIZE);
  // X25519 ignores the top bit (RFC 7748, 5).
  if (LOW_ORDER.has(numberOf(share) & (2n ** 255n - 1n))) throw new BadAge('an X25519 share of low order');
}

/** @param {number} payload bytes: a nonce, then chunks with a tag each */
function plaintextSize(payload) {
  const chunks = Math.floor((payload - NONCE_SIZE) / (CHUNK + TAG));
  const rest = payload - NONCE_SIZE - chunks * (CHUNK + TAG);
  if (chunks < 0 || (rest > 0 && rest <= TAG)) throw new BadAge('a payload of a length that no plaintext has');
  const size = chunks * CHUNK + Math.max(rest - TAG, 0);
  if (size < 1 || size > PIECE_SIZE) throw new BadAge('a plaintext of 1 byte to 8 MiB');
  return size;
}

// Writing and reading

/**
 * Return the age file that these keys determine: one X25519 stanza a recipient, no grease.
 * Source: sealing.md 4, age_i; c2sp.org/age, "X25519 recipient stanza", "Header MAC", "Payload".
 * @param {Uint8Array} plaintext of one chunk
 * @param {string[]} recipients
 * @param {Uint8Array} fileKey
 * @param {Uint8Array} nonce of the payload
 * @param {Uint8Array[]} ephemerals one secret a recipient
 */
export function sealOneChunk(plaintext, recipients, fileKey, nonce, ephemerals) {
  if (plaintext.length < 1 || plaintext.length > CHUNK) throw new BadAge('a plaintext of one chunk');
  return seal(plaintext, recipients, fileKey, nonce, ephemerals);
}

/**
 * Return 1 byte to 8 MiB as an age file of the profile, under random keys.
 * @param {Uint8Array} plaintext
 * @param {string} recipient
 * @param {ArrayBuffer} [into] memory for it, if it is large enough
 */
export function encrypt(plaintext, recipient, into) {
  if (plaintext.length < 1 || plaintext.length > PIECE_SIZE) throw new BadAge('a plaintext of 1 byte to 8 MiB');
  return seal(plaintext, [recipient], random(FILE_KEY_SIZE), random(NONCE_SIZE), [random(KEY_SIZE)], into);
}

/**
 * @param {Uint8Array} plaintext
 * @param {string[]} recipients
 * @param {Uint8Array} fileKey
 * @param {Uint8Array} nonce
 * @param {Uint8Array[]} ephemerals
 * @param {ArrayBuffer} [into]
 */
function seal(plaintext, recipients, fileKey, nonce, ephemerals, into) {
  const stanzas = recipients.map((recipient, j) => stanzaTo(recipient, fileKey, ephemerals[j] ?? random(0)));
  const head = `${INTRO}${stanzas.join('')}---`;
  const mac = hmac(sha256, derive(fileKey, undefined, 'header'), utf8(head));
  const header = utf8(`${head} ${base64nopad.encode(mac)}\n`);
  const chunks = Math.ceil(plaintext.length / CHUNK);
  const size = header.length + NONCE_SIZE + plaintext.length + chunks * TAG;
  const file = into && into.byteLength >= size ? new Uint8Array(into, 0, size) : new Uint8Array(size);
  file.set(header);
  file.set(nonce, header.length);
  const key = derive(fileKey, nonce, 'payload');
  for (let n = 0; n < chunks; n += 1) {
    const at = header.length + NONCE_SIZE + n * (CHUNK + TAG);
    const chunk = plaintext.subarray(n * CHUNK, (n + 1) * CHUNK);
    const into = file.subarray(at, at + chunk.length + TAG);
    chacha20poly1305(key, counter(n, n === chunks - 1)).encrypt(chunk, into);
  }
  return file;
}

/**
 * @param {string} recipient
 * @param {Uint8Array} fileKey
 * @param {Uint8Array} ephemeral
 */
function stanzaTo(recipient, fileKey, ephemeral) {
  const theirs = parseRecipient(recipient);
  const share = x25519.scalarMultBase(ephemeral);
  const body = wrapping(x25519.scalarMult(ephemeral, theirs), share, theirs).encrypt(fileKey);
  return `-> X25519 ${base64nopad.encode(share)}\n${base64nopad.encode(body)}\n`;
}

/**
 * Return the plaintext of a file of the profile, or throw BadAge.
 * @param {Uint8Array} file
 * @param {Uint8Array} secret X25519
 * @param {number} [members] X25519 stanzas it must have
 */
export function decrypt(file, secret, members = 1) {
  const { header, plaintext } = checkHeader(file, file.length, members);
  const { stanzas, mac } = parseHeader(file);
  const fileKey = fileKeyOf(stanzas, secret);
  // The MAC covers the header up to and with its last three dashes: 45 bytes follow them.
  const covered = file.subarray(0, header - 45);
  const expected = hmac(sha256, derive(fileKey, undefined, 'header'), covered);
  if (!expected.every((byte, i) => byte === mac[i])) throw new BadAge('a header that was changed');
  const key = derive(fileKey, file.subarray(header, header + NONCE_SIZE), 'payload');
  const opened = new Uint8Array(plaintext);
  const chunks = Math.ceil(plaintext / CHUNK);
  for (let n = 0; n < chunks; n += 1) {
    const at = header + NONCE_SIZE + n * (CHUNK + TAG);
    const sealed = file.subarray(at, Math.min(at + CHUNK + TAG, file.length));
    opened.set(unsealed(key, counter(n, n === chunks - 1), sealed), n * CHUNK);
  }
  return opened;
}

/**
 * @param {Stanza[]} stanzas
 * @param {Uint8Array} secret
 */
function fileKeyOf(stanzas, secret) {
  const ours = x25519.scalarMultBase(secret);
  for (const { kind, args, body } of stanzas) {
    if (kind !== 'X25519') continue;
    const share = fromBase64(args[0] ?? '');
    try {
      return wrapping(x25519.scalarMult(secret, share), share, ours).decrypt(body);
    } catch {
      // for another member
    }
  }
  throw new BadAge('not sealed to this key');
}

/**
 * @param {Uint8Array} shared
 * @param {Uint8Array} share
 * @param {Uint8Array} theirs
 */
function wrapping(shared, share, theirs) {
  const salt = new Uint8Array([...share, ...theirs]);
  return chacha20poly1305(derive(shared, salt, 'age-encryption.org/v1/X25519'), new Uint8Array(12));
}

/**
 * @param {Uint8Array} key
 * @param {Uint8Array} nonce
 * @param {Uint8Array} sealed
 */
function unsealed(key, nonce, sealed) {
  try {
    return chacha20poly1305(key, nonce).decrypt(sealed);
  } catch {
    throw new BadAge('a chunk that does not open');
  }
}

/**
 * Return the nonce of a chunk: its number, and whether it is the last (c2sp.org/age, "Payload").
 * @param {number} n below 2^32
 * @param {boolean} last
 */
function counter(n, last) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, n);
  nonce[11] = Number(last);
  return nonce;
}

/**
 * @param {Uint8Array} ikm
 * @param {Uint8Array | undefined} salt
 * @param {string} info
 */
const derive = (ikm, salt, info) => hkdf(sha256, ikm, salt, utf8(info), KEY_SIZE);

/** @param {number} size */
export const random = (size) => crypto.getRandomValues(new Uint8Array(size));

/** @param {Uint8Array} bytes little-endian */
const numberOf = (bytes) => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);

/**
 * Decode unpadded base64, refusing a second spelling of the same bytes.
 * @param {string} text
 */
function fromBase64(text) {
  try {
    const bytes = base64nopad.decode(text);
    if (base64nopad.encode(bytes) === text) return bytes;
  } catch {
    // said below
  }
  throw new BadAge('base64 that is not canonical');
}

/**
 * @param {string} what
 * @param {Uint8Array} value
 * @param {number} size
 */
function requireLength(what, value, size) {
  if (value.length !== size) throw new BadAge(`${what} has ${size} bytes`);
}

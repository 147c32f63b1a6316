/**
 * `bid.seal`: a plain ustar of seal.json, seal.p7s and the parts, byte for byte what `hall seal`
 * writes. A Blob of slices: the parts are not read to be put together. Source: sealing.md 3, transport.
 * @module
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';

import { LIMIT, utf8 } from './canonical.js';
import { readManifest, Refusal } from './seal-objects.js';

const BLOCK = 512;
const RECORD = 20 * BLOCK; // POSIX pax: an archive is written in records of twenty blocks
const SIGNATURE_MOST = 64 * 1024;

/**
 * @param {string} seal
 * @param {Uint8Array<ArrayBuffer>} p7s
 * @param {Blob[]} parts from part 0 on
 */
export function bundle(seal, p7s, parts) {
  const members = [
    { name: 'seal.json', content: new Blob([seal]) },
    { name: 'seal.p7s', content: new Blob([p7s]) },
    ...parts.map((content, n) => ({ name: partName(n), content })),
  ];
  /** @type {BlobPart[]} */
  const pieces = [];
  let size = 0;
  for (const { name, content } of members) {
    const fill = (BLOCK - (content.size % BLOCK)) % BLOCK;
    pieces.push(headerOf(name, content.size), content, new Uint8Array(fill));
    size += BLOCK + content.size + fill;
  }
  const end = 2 * BLOCK; // two empty blocks, then whole records
  pieces.push(new Uint8Array(end + ((RECORD - ((size + end) % RECORD)) % RECORD)));
  return new Blob(pieces, { type: 'application/x-tar' });
}

/**
 * Read a `bid.seal` and check every part in it against the manifest; throws E-BUNDLE.
 * @param {Blob} file
 * @param {(bytes: number) => void} tell hears of bytes that were checked
 */
export async function readBid(file, tell) {
  const first = await memberAt(file, 0, 'seal.json');
  const sealed = await bytesOf(file, first, LIMIT);
  const manifest = readManifest(sealed);
  const second = await memberAt(file, first.next, 'seal.p7s');
  const p7s = await bytesOf(file, second, SIGNATURE_MOST);
  const parts = [];
  let at = second.next;
  for (const part of manifest.core.parts) {
    const member = await memberAt(file, at, partName(part.n));
    if (member.to - member.from !== part.size) throw bad(`part ${part.n} has another size`);
    const hash = await crypto.subtle.digest('SHA-256', await file.slice(member.from, member.to).arrayBuffer());
    if (hex.encode(new Uint8Array(hash)) !== part.sha256) throw bad(`part ${part.n} has another hash`);
    parts.push({ ...part, from: member.from, to: member.to });
    tell(part.size);
    at = member.next;
  }
  return { envelope: hex.encode(sha256(sealed)), seal: new TextDecoder().decode(sealed), p7s, manifest, parts };
}

/**
 * Return where the content of the member at an offset lies, and where the next one begins.
 * @param {Blob} file
 * @param {number} at
 * @param {string} name
 */
async function memberAt(file, at, name) {
  const header = new Uint8Array(await file.slice(at, at + BLOCK).arrayBuffer());
  const size = Number.parseInt(new TextDecoder().decode(header.subarray(124, 135)), 8);
  const expected = headerOf(name, size || 0);
  if (header.length !== BLOCK || header.some((byte, i) => byte !== expected[i])) {
    throw bad(`not a sealed bid: no ${name} where it should be`);
  }
  const from = at + BLOCK;
  return { from, to: from + size, next: from + Math.ceil(size / BLOCK) * BLOCK };
}

/**
 * @param {Blob} file
 * @param {{from: number, to: number}} member
 * @param {number} most
 */
async function bytesOf(file, { from, to }, most) {
  if (to - from > most || to > file.size) throw bad('a member of another size');
  return new Uint8Array(await file.slice(from, to).arrayBuffer());
}

/**
 * Write the header of a regular file of mode 0644, owner 0 and time 0 (POSIX.1-1988, ustar).
 * @param {string} name
 * @param {number} size
 */
function headerOf(name, size) {
  const header = new Uint8Array(BLOCK);
  /** @type {(at: number, field: string) => void} */
  const put = (at, field) => header.set(utf8(field), at);
  put(0, name);
  put(100, '0000644\0' + '0000000\0' + '0000000\0');
  put(124, `${octal(size, 11)}\0${octal(0, 11)}\0`);
  put(148, '        0'); // the sum is taken over blanks; then the type
  put(257, 'ustar\0' + '00');
  put(148, `${octal(header.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
  return header;
}

/**
 * @param {number} value
 * @param {number} digits
 */
const octal = (value, digits) => value.toString(8).padStart(digits, '0');

/** @param {number} n */
const partName = (n) => `p${String(n).padStart(4, '0')}.age`;

/** @param {string} why */
const bad = (why) => new Refusal('E-BUNDLE', why);

/**
 * The public record of a hall or of one tender: its sums, its log, what of it is open. The first
 * duties of `hall verify`; the sealed bids and what follows from them are its others. Source: ledger.md 9.
 * @module
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';

import { authoritiesOf, requireVouched, verify } from './authority.js';
import { dump, loadSigned } from './canonical.js';
import { same } from './der.js';
import { BadEntry, COMMITTED, isObject, openDisclosure, openPlain, PLAIN } from './entries.js';
import { BadProof, leafHash, levelAbove, requireExtended, root } from './merkle.js';
import { base64Of, checkpointOf, keyOf, numberOf } from './note.js';
import { proofOf, prove } from './proofs.js';

/** @typedef {import('./archive.js').Files} Files */
/** @typedef {import('./entries.js').Kinds} Kinds */
/** @typedef {import('./note.js').Checkpoint} Checkpoint */

export const SUMS = 'SHA256SUMS';
const SIGNATURE = 'SHA256SUMS.p7s';
const WIDTH = 256; // hashes of a tile, records of a bundle (c2sp.org/tlog-tiles)
const HASH_BYTES = 32;
const LEVELS_OF_A_TILE = 8;
const COMMITTED_BYTES = 33;

/** The first thing that is wrong: in which file, and which entry or line where there is one. */
export class NotVerified extends Error {
  /**
   * @param {string} file
   * @param {string} sentence
   */
  constructor(file, sentence) {
    super(sentence);
    this.file = file;
  }
}

/**
 * Prove sums, checkpoint, log and open entries of an export; throws NotVerified.
 * @param {Files} files by their path in the export
 * @param {Kinds} kinds
 */
export async function provePublicRecord(files, kinds) {
  const signer = await requireSums(files);
  const key = judged('log.vkey', () => keyOf(textOf(files, 'log.vkey').replace(/\n$/, '')));
  const checkpoint = judged('checkpoint', () => checkpointOf(bytesOf(files, 'checkpoint'), key));
  const whole = files.has('disclosed.jsonl');
  const records = whole ? requireTree(files, checkpoint) : null;
  const open = records ? requireOpen(files, records, checkpoint.origin, kinds) : requireProofs(files, key, checkpoint, kinds);
  await requireVouchedFor(files, signer, open.map(({ at }) => String(at ?? '')));
  const tenders = new Set([...files.keys()].map((path) => /^tender\/([^/]+)\//.exec(path)?.[1]).filter(Boolean));
  return { checkpoint, key, signer, whole, open: open.length, files: files.size, tenders: [...tenders].sort() };
}

/**
 * Require that an authority of the record vouched for who signed its sums, when its newest open entry
 * was made: else the name in the certificate would be anybody's.
 * @param {Files} files
 * @param {import('./certificate.js').Certificate} signer
 * @param {string[]} times
 */
async function requireVouchedFor(files, signer, times) {
  const newest = times.sort().at(-1) ?? '';
  try {
    const authorities = await authoritiesOf({ roots: textOf(files, 'certs.pem'), crls: null });
    await requireVouched(authorities, signer, Date.parse(`${newest.slice(0, 19)}Z`));
  } catch (error) {
    if (error instanceof NotVerified) throw error;
    throw new NotVerified(SIGNATURE, error instanceof Error ? error.message : '');
  }
}

/** @param {Files} files */
async function requireSums(files) {
  const sums = bytesOf(files, SUMS);
  const listed = new Map(judged(SUMS, () => linesOf(sums)).map((line) => {
    const read = /^([0-9a-f]{64}) {2}([^\x00-\x1f\x7f\\]+)$/.exec(line);
    if (!read) throw new NotVerified(SUMS, 'not a line of sha256sum');
    return /** @type {[string, string]} */ ([read[2] ?? '', read[1] ?? '']);
  }));
  for (const path of files.keys()) {
    if (!listed.has(path) && path !== SUMS && path !== SIGNATURE) throw new NotVerified(path, `a file that ${SUMS} does not list`);
  }
  for (const [path, digest] of listed) {
    if (hex.encode(sha256(bytesOf(files, path))) !== digest) throw new NotVerified(path, `not the sum that ${SUMS} states`);
  }
  try {
    return await verify(sums, bytesOf(files, SIGNATURE));
  } catch (error) {
    throw new NotVerified(SIGNATURE, error instanceof Error ? error.message : '');
  }
}

/**
 * Rebuild the tree from its records and compare every tile, byte for byte.
 * @param {Files} files
 * @param {Checkpoint} checkpoint
 */
function requireTree(files, { size, root: signed }) {
  const places = placesOf(size);
  const records = places.flatMap(({ n, width, name }) => bundleOf(files, `tile/entries/${name}`, n, width));
  /** @type {Uint8Array[]} */
  let hashes = records.map(leafHash);
  /** @type {Set<string>} */
  const seen = new Set(places.map(({ name }) => `tile/entries/${name}`));
  for (let level = 0; level === 0 || hashes.length > 0; level += 1) {
    for (const { n, width, name } of placesOf(hashes.length)) {
      const path = `tile/${level}/${name}`;
      const data = bytesOf(files, path);
      const made = hashes.slice(n * WIDTH, n * WIDTH + width);
      if (data.length !== width * HASH_BYTES || made.some((hash, at) => !same(hash, data.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)))) {
        throw new NotVerified(path, 'a tile that is not what lies below it');
      }
      seen.add(path);
    }
    let above = hashes.slice(0, hashes.length - (hashes.length % WIDTH));
    for (let step = 0; step < LEVELS_OF_A_TILE; step += 1) above = levelAbove(above);
    hashes = above;
  }
  for (const path of files.keys()) {
    if (path.startsWith('tile/') && !seen.has(path)) throw new NotVerified(path, 'no tile of this log');
  }
  if (!same(root(records.map(leafHash)), signed)) throw new NotVerified('checkpoint', 'a root that is not that of the tiles');
  return records;
}

/**
 * Return the tiles of one level: `<N>`, or `<N>.p/<W>` where it ends.
 * @param {number} count of hashes
 */
function placesOf(count) {
  return Array.from({ length: Math.ceil(count / WIDTH) }, (_, n) => {
    const width = Math.min(WIDTH, count - n * WIDTH);
    const groups = [String(n % 1000).padStart(3, '0')];
    for (let high = Math.floor(n / 1000); high > 0; high = Math.floor(high / 1000)) groups.unshift(`x${String(high % 1000).padStart(3, '0')}`);
    return { n, width, name: groups.join('/') + (width < WIDTH ? `.p/${width}` : '') };
  });
}

/**
 * @param {Files} files
 * @param {string} path
 * @param {number} n
 * @param {number} width
 */
function bundleOf(files, path, n, width) {
  const data = bytesOf(files, path);
  const records = [];
  let at = 0;
  while (at + 2 <= data.length) {
    const size = (data[at] ?? 0) * 256 + (data[at + 1] ?? 0);
    records.push(data.slice(at + 2, at + 2 + size));
    at += 2 + size;
  }
  if (at !== data.length || records.length !== width) throw new NotVerified(path, `not a bundle of ${width} records`);
  records.forEach((record, i) => {
    const fits = record[0] === PLAIN || (record[0] === COMMITTED && record.length === COMMITTED_BYTES);
    if (!fits) throw new NotVerified(path, `entry ${n * WIDTH + i} is no record`);
  });
  return records;
}

/**
 * Read every plain entry, and recompute every commitment that is opened from its fields.
 * @param {Files} files
 * @param {Uint8Array[]} records
 * @param {string} origin
 * @param {Kinds} kinds
 */
function requireOpen(files, records, origin, kinds) {
  const plain = records.flatMap((record, index) => (
    record[0] === PLAIN ? [judged(`tile/entries, ${index}`, () => openPlain(record, origin, kinds))] : []
  ));
  const lines = judged('disclosed.jsonl', () => linesOf(bytesOf(files, 'disclosed.jsonl')));
  const disclosed = lines.map((line, at) => judged(`disclosed.jsonl, ${at + 1}`, () => {
    const { disclosure, index } = loadSigned(new TextEncoder().encode(line));
    const record = records[Number(index)];
    if (!isObject(disclosure) || !record) throw new BadEntry('json', 'a line is {disclosure, index}');
    const opened = openDisclosure(dump(disclosure), origin, kinds);
    if (!same(opened.record, record)) throw new BadEntry('record', `the fields are not those committed to in entry ${index}`);
    return opened.fields;
  }));
  return [...plain, ...disclosed];
}

/**
 * Prove the entries of one tender, each on a checkpoint that the newest one extends.
 * @param {Files} files
 * @param {import('./note.js').Key} key
 * @param {Checkpoint} newest
 * @param {Kinds} kinds
 */
function requireProofs(files, key, newest, kinds) {
  const roots = new Map([[newest.size, newest.root]]);
  for (const path of files.keys()) {
    const size = /^checkpoints\/([0-9]+)$/.exec(path)?.[1];
    if (size === undefined) continue;
    const older = judged(path, () => checkpointOf(bytesOf(files, path), key));
    judged(`${path}.proof`, () => {
      if (older.size !== numberOf(size)) throw new BadProof('a checkpoint of another size');
      const hashes = linesOf(bytesOf(files, `${path}.proof`)).map(base64Of);
      requireExtended(older.size, newest.size, hashes, older.root, newest.root);
    });
    roots.set(older.size, older.root);
  }
  const entries = [...files.keys()].filter((path) => /^entries\/[0-9]+\.tlog-proof$/.test(path));
  return entries.map((path) => judged(path, () => {
    const proof = proofOf(bytesOf(files, path));
    const checkpoint = checkpointOf(proof.note, key);
    const { index, fields } = prove(proof, checkpoint, kinds);
    const known = roots.get(checkpoint.size);
    if (!known || !same(known, checkpoint.root)) throw new BadProof('another root at this size: the log was forked');
    if (path !== `entries/${index}.tlog-proof`) throw new BadProof(`a proof of entry ${index}`);
    return fields;
  }));
}

/**
 * Name the file of whatever is found wrong.
 * @template T
 * @param {string} file
 * @param {() => T} judge
 */
function judged(file, judge) {
  try {
    return judge();
  } catch (error) {
    if (error instanceof NotVerified || !(error instanceof Error)) throw error;
    throw new NotVerified(file, error.message);
  }
}

/**
 * @param {Files} files
 * @param {string} path
 */
function bytesOf(files, path) {
  const data = files.get(path);
  if (!data) throw new NotVerified(path, 'the file is missing');
  return data;
}

/**
 * @param {Files} files
 * @param {string} path
 */
const textOf = (files, path) => new TextDecoder().decode(bytesOf(files, path));

/** @param {Uint8Array} data */
function linesOf(data) {
  const lines = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data).split('\n');
  if (lines.pop() !== '') throw new BadProof('the last line does not end in a newline');
  return lines;
}

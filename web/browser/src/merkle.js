/**
 * The Merkle tree of the log: roots, and proofs that an entry is in it or that it was extended. What
 * the checking half of `notary/merkle.py` does. Source: RFC 6962, 2.1.
 * @module
 */

import { sha256 } from '@noble/hashes/sha2.js';

import { same } from './der.js';

const HASH_BYTES = 32;
const EMPTY_ROOT = sha256(new Uint8Array());

/** The proof does not lead to the root that was signed. */
export class BadProof extends Error {}

/**
 * Hash bytes that stand behind one another, under the prefix of their kind.
 * @param {number} prefix
 * @param {Uint8Array[]} parts
 */
export function hashed(prefix, ...parts) {
  const digest = sha256.create().update(Uint8Array.of(prefix));
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** @param {Uint8Array} record */
export const leafHash = (record) => hashed(0, record);

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export const nodeHash = (left, right) => hashed(1, left, right);

/**
 * Pair the hashes of one level; the last of an odd number moves up as it is.
 * @param {Uint8Array[]} hashes
 */
export function levelAbove(hashes) {
  /** @type {Uint8Array[]} */
  const above = [];
  for (let at = 0; at < hashes.length; at += 2) {
    const [left, right] = [hashes[at], hashes[at + 1]];
    if (left) above.push(right ? nodeHash(left, right) : left);
  }
  return above;
}

/**
 * Return the tree hash over leaf hashes, or over roots of complete subtrees of one size.
 * @param {Uint8Array[]} hashes
 */
export function root(hashes) {
  let level = hashes;
  while (level.length > 1) level = levelAbove(level);
  return level[0] ?? EMPTY_ROOT;
}

/** @typedef {[start: number, end: number]} Range half open, of leaves */

/**
 * Throw BadProof unless a leaf hash stands at an index in the tree of a size.
 * @param {Uint8Array} leaf
 * @param {number} index
 * @param {number} size
 * @param {Uint8Array[]} proof
 * @param {Uint8Array} signedRoot
 */
export function requireIncluded(leaf, index, size, proof, signedRoot) {
  if (!(index >= 0 && index < size)) throw new BadProof(`a log of ${size} entries has no entry ${index}`);
  const { ranges } = walk(size, (middle) => index < middle, (start, end) => end - start > 1);
  requireLengths(proof, ranges.length);
  let reached = leaf;
  ranges.forEach(([, end], at) => {
    const sibling = /** @type {Uint8Array} */ (proof[at]);
    reached = end <= index ? nodeHash(sibling, reached) : nodeHash(reached, sibling);
  });
  if (!same(reached, signedRoot)) throw new BadProof('the inclusion proof leads to another root');
}

/**
 * Throw BadProof unless the tree of `size` extends the one of `old`. Everything extends the empty
 * tree, with an empty proof.
 * @param {number} old
 * @param {number} size
 * @param {Uint8Array[]} proof
 * @param {Uint8Array} oldRoot
 * @param {Uint8Array} newRoot
 */
export function requireExtended(old, size, proof, oldRoot, newRoot) {
  if (!(old >= 0 && old <= size)) throw new BadProof(`a log of ${size} entries does not extend one of ${old}`);
  const ranges = old === 0 || old === size ? [] : extensionRanges(old, size);
  requireLengths(proof, ranges.length);
  const [first, ...more] = ranges;
  if (!first) {
    if (!same(oldRoot, old === size ? newRoot : EMPTY_ROOT)) throw new BadProof('two trees of one size with different roots');
    return;
  }
  // The walk starts at the subtree that ends where the old tree ends: the first hash of the proof,
  // or the whole old tree.
  const given = first[1] === old;
  const steps = given ? more : ranges;
  let fromOld = given ? /** @type {Uint8Array} */ (proof[0]) : oldRoot;
  let fromNew = fromOld;
  steps.forEach(([, end], at) => {
    const sibling = /** @type {Uint8Array} */ (proof[at + (given ? 1 : 0)]);
    if (end <= old) {
      fromOld = nodeHash(sibling, fromOld);
      fromNew = nodeHash(sibling, fromNew);
    } else {
      fromNew = nodeHash(fromNew, sibling);
    }
  });
  if (!same(fromOld, oldRoot) || !same(fromNew, newRoot)) throw new BadProof('the consistency proof leads to another root');
}

/**
 * @param {number} old
 * @param {number} size
 */
function extensionRanges(old, size) {
  const { ranges, start, end } = walk(size, (middle) => old <= middle, (_, to) => old < to);
  if (start > 0) ranges.unshift([start, end]); // else the whole old tree is this subtree: its root is known
  return ranges;
}

/**
 * Go down from the root, to the left where told, and list the other halves from the leaf up.
 * @param {number} size
 * @param {(middle: number) => boolean} left
 * @param {(start: number, end: number) => boolean} onward
 */
function walk(size, left, onward) {
  /** @type {Range[]} */
  const ranges = [];
  let [start, end] = [0, size];
  while (onward(start, end)) {
    const middle = start + split(end - start);
    if (left(middle)) {
      ranges.unshift([middle, end]);
      end = middle;
    } else {
      ranges.unshift([start, middle]);
      start = middle;
    }
  }
  return { ranges, start, end };
}

/**
 * Return the largest power of two below a size: where RFC 6962 splits a tree.
 * @param {number} size
 */
function split(size) {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/**
 * @param {Uint8Array[]} proof
 * @param {number} count
 */
function requireLengths(proof, count) {
  if (proof.length !== count) throw new BadProof(`the proof has ${proof.length} hashes, not ${count}`);
  if (proof.some(({ length }) => length !== HASH_BYTES)) throw new BadProof('a hash of the proof is not 32 bytes long');
}

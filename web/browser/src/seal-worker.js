/**
 * The sealing worker: all cryptography of a bid, byte-identical with `hall seal`. It is built whole,
 * so that one hash names all its code, and it speaks to nobody but the page: no request, no storage.
 * S and F leave it wrapped by `keeper` only, but for `reveal`, with which a bidder opens its own bid
 * in public, and `write-receipt`, which encrypts S to the bidder.
 *
 * A message is `{id, do, …}`. It is answered once, by `{id, done}` or `{id, refused: {code, why}}`;
 * `{id, bytes}` may come before, for what takes long. Every message stands for itself: any worker may
 * do it, several at once, and one that is cancelled is ended with `terminate()` and loses nothing.
 *
 *     check          -> seals and opens a mebibyte: does it work here, and how fast
 *     read-offer     -> proves what a box is sealed to; shows terms, form, k and the trustees
 *     files-key      -> makes F, once a box and anew when a file is removed or replaced
 *     seal-part      -> one piece of a file (from, to: at most 8 MiB) becomes one part; its bytes are
 *                       transferred: keep the first part.size of them, send them to
 *                       PUT /api/v1/parts/{part.sha256}, and give their memory back as `into` of the
 *                       next one: it is used again
 *     bind           -> proves the offer again, makes S, part 0 (send it as well) and seal.json;
 *                       `place` is bidder.sequence of /sealing; then sign `seal` and post both
 *     bundle         -> bid.seal, to carry to another machine
 *     read-bid       -> what is in a bid.seal, every part checked; slices `from`…`to` can be sent
 *     write-receipt  -> receipt.age       read-receipt -> S out of it, wrapped
 *     open-own       -> the form and the files of one's own bid, by its S
 *     open-part      -> the piece in a part, by F
 *     owns           -> proves that S is the secret of a bid
 *     reveal         -> the object for POST /api/v1/owner-releases: it gives S away
 *
 * Source: web.md 2, 6 and 7; sealing.md 3 and 4.
 * @module
 */

import { ACTS } from './seal-acts.js';

/** @typedef {import('./seal-kept.js').Kept} Kept */
/** @typedef {import('./seal-objects.js').File} BidFile */
/** @typedef {import('./seal-objects.js').Part} Part */
/** @typedef {import('./seal-offer.js').Offer} Offer */
/** @typedef {import('./seal-offer.js').SealedTo} SealedTo */
/** @typedef {ArrayBuffer[]} Transfer */

/** @typedef {{size: number, sha256: string}} Counted */
/** @typedef {{piece: Counted, part: Counted}} Sealed what `seal-part` said of one piece */
/** @typedef {{path: string, type: string, sealed: Sealed[]}} Filed a file, its pieces in order */
/** @typedef {{keeper: CryptoKey}} Keeper AES-GCM, 256 bits, not extractable, kept in IndexedDB */

/**
 * What each act is asked. Blobs may be slices of files on disk: nothing is read before it is used.
 * @typedef {object} Asked
 * @property {{}} check
 * @property {{sealed_to: SealedTo}} read-offer the answer of GET …/sealing, as it came
 * @property {Keeper} files-key
 * @property {Keeper & {files_key: Kept, file: Blob, from: number, to: number, into?: ArrayBuffer | undefined}} seal-part
 * @property {Keeper & {files_key: Kept, sealed_to: SealedTo, bidder: {id: string, cert_sha256: string}, place: {seq: number, supersedes: string | null}, form: {[name: string]: string}, files: Filed[], at: number}} bind `at`: Date.now()
 * @property {{seal: string, p7s: Uint8Array<ArrayBuffer>, parts: Blob[]}} bundle parts from 0 on
 * @property {{file: Blob}} read-bid
 * @property {Keeper & {secret: Kept, to: {recipient: string} | {passphrase: string}}} write-receipt
 * @property {Keeper & {file: Blob, by: {identity: string} | {passphrase: string}}} read-receipt
 * @property {Keeper & {secret: Kept, seal: string, policy: string, part_0: Blob, fields: import('./seal-objects.js').Field[]}} open-own
 * @property {Keeper & {files_key: Kept, part: Blob}} open-part
 * @property {Keeper & {secret: Kept, seal: string, policy: string}} owns
 * @property {Keeper & {secret: Kept, seal: string, policy: string}} reveal
 */

/**
 * What each act answers as `done`; `transfer` stays behind.
 * @typedef {object} Answers
 * @property {{bytes_per_second: number}} check
 * @property {Offer} read-offer
 * @property {{files_key: Kept}} files-key
 * @property {Sealed & {bytes: ArrayBuffer, transfer: Transfer}} seal-part
 * @property {{envelope: string, seal: string, secret: Kept, parts: Part[], part_0: ArrayBuffer, transfer: Transfer}} bind
 * @property {{file: Blob}} bundle
 * @property {{envelope: string, seal: string, p7s: Uint8Array, manifest: import('./seal-objects.js').Manifest, parts: (Part & {from: number, to: number})[]}} read-bid
 * @property {{bytes: ArrayBuffer, transfer: Transfer}} write-receipt
 * @property {{secret: Kept}} read-receipt
 * @property {{form: {[name: string]: string}, files: BidFile[], files_key: Kept}} open-own
 * @property {{piece: Counted, bytes: ArrayBuffer, transfer: Transfer}} open-part
 * @property {{}} owns
 * @property {{object: {[member: string]: string}}} reveal
 */

addEventListener('message', ({ data }) => void answer(data));

/** @param {{id: number, do: string}} asked */
async function answer({ id, do: what, ...asked }) {
  try {
    const act = ACTS[what];
    if (!act) throw new Error(`no act is called ${what}`);
    const { transfer = [], ...done } = await act(asked, (bytes) => postMessage({ id, bytes }));
    postMessage({ id, done }, { transfer });
  } catch (error) {
    postMessage({ id, refused: refusalOf(error) });
  }
}

/**
 * Say why not: the code of the check that failed, else E-FAULT.
 * @param {unknown} error
 */
function refusalOf(error) {
  if (!(error instanceof Error)) return { code: 'E-FAULT', why: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'E-FAULT';
  return { code, why: error.message };
}

/**
 * What this browser keeps of bids until their award: for each box its key F, what was sealed under
 * it, and the draft; of each envelope its S; the sealed parts. Secrets and drafts are encrypted
 * under a key that no script can read out. Source: web.md 6; people.md 6.
 * @module
 */

/** @typedef {import('./seal-kept.js').Kept} Kept */
/** @typedef {import('./seal-worker.js').Sealed} Sealed */

/** @typedef {{path: string, type: string, size: number, modified: number, sealed: (Sealed | null)[]}} KeptFile what is sealed of it so far, piece by piece */

/**
 * @typedef {object} KeptBox
 * @property {string} id bidder/tender/lot/stage
 * @property {CryptoKey} keeper AES-GCM, not extractable
 * @property {Kept | null} files_key
 * @property {KeptFile[]} files
 * @property {Kept | null} draft the form as it was typed
 */

/**
 * @typedef {object} KeptBid
 * @property {string} envelope
 * @property {string} box id of its KeptBox
 * @property {CryptoKey} keeper
 * @property {Kept} secret
 * @property {string} seal
 * @property {Uint8Array} p7s
 * @property {string} policy
 * @property {string[]} parts hashes, part 0 first
 * @property {string} [log] key of the hall's log, as it was when the bid was sealed
 * @property {string} [log_policy] whose cosignatures make its checkpoints good, as it was then
 */

/** @typedef {'boxes' | 'bids' | 'parts'} Store */

const NAME = 'hall-bids';
const KEYS = { boxes: 'id', bids: 'envelope', parts: 'sha256' };
const FOLDER = 'parts';
const IN_DATABASE = 64 * 1024 * 1024; // of a file; parts of larger ones are files of their own (web.md 7)
const AES = { name: 'AES-GCM', length: 256 };
const IV_SIZE = 12;

/** The browser has no room, or keeps nothing in this window. */
export class NotKept extends Error {}

/**
 * Return what is kept of a box, new where nothing is.
 * @param {string} id
 * @returns {Promise<KeptBox>}
 */
export async function keptBox(id) {
  const known = await inStore('boxes', 'readonly', (store) => store.get(id));
  if (known) return known;
  const keeper = await crypto.subtle.generateKey(AES, false, ['encrypt', 'decrypt']);
  const made = { id, keeper, files_key: null, files: [], draft: null };
  await keepBox(made);
  return made;
}

/**
 * Return what is kept of a bidder's boxes in a tender.
 * @param {string} bidder
 * @param {string} tender
 * @returns {Promise<KeptBox[]>}
 */
export async function keptBoxes(bidder, tender) {
  /** @type {KeptBox[]} */
  const boxes = await inStore('boxes', 'readonly', (store) => store.getAll());
  return boxes.filter(({ id }) => id.startsWith(`${bidder}/${tender}/`));
}

/** @param {KeptBox} box */
export const keepBox = (box) => inStore('boxes', 'readwrite', (store) => store.put(box));

/** @param {KeptBid} bid */
export const keepBid = (bid) => inStore('bids', 'readwrite', (store) => store.put(bid));

/**
 * @param {string} envelope
 * @returns {Promise<KeptBid | undefined>}
 */
export const keptBid = (envelope) => inStore('bids', 'readonly', (store) => store.get(envelope));

/**
 * Return the hashes of all parts that a bid sent from here names: they are kept until its award.
 * @returns {Promise<Set<string>>}
 */
export async function namedParts() {
  const bids = await inStore('bids', 'readonly', (store) => store.getAll());
  return new Set(bids.flatMap((/** @type {KeptBid} */ bid) => bid.parts));
}

/**
 * Encrypt a draft for this browser alone.
 * @param {{[name: string]: string}} typed
 * @param {CryptoKey} keeper
 * @returns {Promise<Kept>}
 */
export async function sealDraft(typed, keeper) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_SIZE));
  const plain = new TextEncoder().encode(JSON.stringify(typed));
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, keeper, plain) };
}

/**
 * @param {KeptBox} box
 * @returns {Promise<{[name: string]: string}>}
 */
export async function openDraft({ draft, keeper }) {
  if (!draft) return {};
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: draft.iv }, keeper, draft.data);
  return JSON.parse(new TextDecoder().decode(plain));
}

/**
 * Keep a sealed part. Throws NotKept where there is no room.
 * @param {string} sha256
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} size of the file that it belongs to
 */
export async function keepPart(sha256, bytes, size) {
  try {
    if (size < IN_DATABASE) {
      await inStore('parts', 'readwrite', (store) => store.put({ sha256, blob: new Blob([bytes]) }));
      return;
    }
    const file = await (await folder()).getFileHandle(sha256, { create: true });
    const writing = await file.createWritable();
    await writing.write(bytes);
    await writing.close();
  } catch (error) {
    throw new NotKept(String(error));
  }
}

/**
 * Return a sealed part, undefined where this browser has let it go.
 * @param {string} sha256
 * @returns {Promise<Blob | undefined>}
 */
export async function keptPart(sha256) {
  const known = await inStore('parts', 'readonly', (store) => store.get(sha256));
  if (known) return known.blob;
  try {
    return await (await (await folder()).getFileHandle(sha256)).getFile();
  } catch {
    return undefined;
  }
}

/** @param {string[]} hashes */
export async function dropParts(hashes) {
  for (const sha256 of hashes) {
    await inStore('parts', 'readwrite', (store) => store.delete(sha256));
    await (await folder()).removeEntry(sha256).catch(() => {});
  }
}

/** Ask the browser not to clear what is kept when the disk runs full. */
export const keepForLong = () => navigator.storage.persist();

async function folder() {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}

/**
 * @param {Store} name
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 * @returns {Promise<any>}
 */
async function inStore(name, mode, act) {
  const database = await opened();
  try {
    const done = database.transaction(name, mode);
    const answer = await result(act(done.objectStore(name)));
    if (mode === 'readwrite') await completed(done);
    return answer;
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const opening = indexedDB.open(NAME, 1);
  opening.addEventListener('upgradeneeded', () => {
    for (const [store, keyPath] of Object.entries(KEYS)) opening.result.createObjectStore(store, { keyPath });
  });
  return result(opening);
}

/**
 * @param {IDBRequest} asked
 * @returns {Promise<any>}
 */
const result = (asked) => new Promise((resolve, reject) => {
  asked.addEventListener('success', () => resolve(asked.result));
  asked.addEventListener('error', () => reject(asked.error));
});

/**
 * @param {IDBTransaction} done
 * @returns {Promise<void>}
 */
const completed = (done) => new Promise((resolve, reject) => {
  done.addEventListener('complete', () => resolve());
  done.addEventListener('abort', () => reject(done.error));
});

/**
 * The files of one box: dropped, refused where nobody could read them, sealed piece by piece in the
 * workers, kept, and on their way at once. What was sealed before stays sealed; a file removed or
 * replaced means a new F for those that stay, unless the bidder is told and declines (sealing.md 4).
 * Source: web.md 7.2.
 * @module
 */

import { asksPassword } from './bid-locked.js';
import { dropParts, keepBox, keepPart, keptPart, namedParts, NotKept } from './bid-kept.js';
import { Cancelled, NotSealed } from './seal-client.js';

/** @typedef {import('./bid-kept.js').KeptBox} KeptBox */
/** @typedef {import('./bid-kept.js').KeptFile} KeptFile */
/** @typedef {import('./seal-worker.js').Sealed} Sealed */
/** @typedef {ReturnType<typeof import('./bid-line.js').openLine>} Line */
/** @typedef {import('./seal-client.js').Workers} Workers */

const PIECE = 8 * 1024 * 1024; // sealing.md 1
const ROOM = 1.2; // times the size of the files (web.md 7.1)
const TYPE = 'application/octet-stream';

/** @typedef {{path: string, what: 'changed' | 'no_room' | 'failed', why: string}} Fault at which file sealing stopped */

/** A file that is not taken: why, as a word of the page. */
export class NotTaken extends Error {}

/** @param {KeptFile} file */
const pieces = ({ size }) => Math.ceil(size / PIECE);

/** @param {KeptFile} file */
export const isSealed = (file) => file.sealed.length === pieces(file) && file.sealed.every(Boolean);

/**
 * @param {KeptBox} box
 * @param {{workers: Workers, line: Line, most: number, tell: () => void}} around `most`: bytes of a bid
 */
export function openFiles(box, { workers, line, most, tell }) {
  /** @type {Map<string, File>} */
  const sources = new Map();
  /** @type {Promise<void>} */
  let queue = Promise.resolve();
  let busy = 0;
  let stopped = false;
  /** @type {Fault | undefined} */
  let fault;

  /** Parts of all files that are sealed, in the order of the index. */
  const parts = () => box.files.flatMap(({ sealed }) => sealed.flatMap((one) => (one ? [one.part] : [])));

  /**
   * Take a file, or throw NotTaken.
   * @param {File} file
   */
  async function take(file) {
    const path = file.name.normalize('NFC');
    const known = box.files.find((one) => one.path.toLowerCase() === path.toLowerCase());
    const same = known && known.size === file.size && known.modified === file.lastModified && known.path === path;
    if (!file.size) throw new NotTaken('empty');
    const others = box.files.filter((one) => one !== known).reduce((sum, one) => sum + one.size, 0);
    if ((others + file.size) * 1.001 > most) throw new NotTaken('too_large');
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    if (!same && quota - usage < file.size * ROOM) throw new NotTaken('no_room');
    if (await asksPassword(file).catch(() => { throw new NotTaken('unreadable'); })) throw new NotTaken('locked');
    if (!same) {
      if (known) await remove(known.path);
      box.files.push({ path, type: file.type || TYPE, size: file.size, modified: file.lastModified, sealed: [] });
      await keepBox(box).catch(() => {
        box.files.pop();
        throw new NotTaken('no_room');
      });
    }
    sources.set(path, file);
    goOn();
  }

  function goOn() {
    fault = undefined;
    stopped = false;
    void inTurn(sealAll);
  }

  /**
   * Do an act when those before it are over. It stops at a fault by itself and never throws: the next
   * one has its turn.
   * @param {() => Promise<void>} act
   */
  function inTurn(act) {
    queue = queue.then(async () => {
      busy += 1;
      tell();
      await act();
      busy -= 1;
      tell();
    });
    return queue;
  }

  /** Seal what is not sealed yet and whose file is at hand; one file after the other. */
  async function sealAll() {
    for (const file of box.files) {
      if (!isSealed(file) && !stopped) await sealFile(file).catch((error) => stopAt(file.path, error));
    }
  }

  /**
   * Stop at a fault and keep it, to be told: whoever has mended it goes on.
   * @param {string} path
   * @param {unknown} error
   */
  async function stopAt(path, error) {
    if (error instanceof Cancelled) return;
    stopped = true;
    const shorter = error instanceof NotSealed && error.code === 'E-FILE';
    const start = (sources.get(path) ?? new Blob()).slice(0, 1);
    const changed = shorter || (await start.arrayBuffer().then(() => false, () => true)); // a browser reads no file that was written since
    if (changed) sources.delete(path); // it is chosen again
    const full = error instanceof NotKept || error instanceof DOMException;
    fault = { path, what: changed ? 'changed' : full ? 'no_room' : 'failed', why: error instanceof Error ? error.message : String(error) };
  }

  /** @param {KeptFile} file */
  async function sealFile(file) {
    const source = sources.get(file.path);
    if (!source) return;
    box.files_key ??= (await workers.ask('files-key', { keeper: box.keeper })).files_key;
    const files_key = box.files_key;
    const todo = Array.from({ length: pieces(file) }, (_, n) => n).filter((n) => !file.sealed[n]);
    const sealSome = async () => {
      /** @type {ArrayBuffer | undefined} */
      let into; // one for each that works: the parts of a file go through the same memory
      for (let n = todo.shift(); n !== undefined && !stopped; n = todo.shift()) {
        const [from, to] = [n * PIECE, Math.min(file.size, (n + 1) * PIECE)];
        const { bytes, piece, part } = await workers.ask('seal-part', { keeper: box.keeper, files_key, file: source, from, to, into });
        if (!box.files.includes(file)) return; // removed meanwhile
        await settle(file, n, { piece, part }, new Uint8Array(bytes, 0, part.size));
        into = bytes;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: workers.size }, () => sealSome().catch((error) => {
      todo.length = 0;
      throw error;
    })));
    const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    if (failed.length) throw failed.find((error) => !(error instanceof Cancelled)) ?? failed[0];
  }

  /**
   * Keep a part, remember it, send it.
   * @param {KeptFile} file
   * @param {number} n
   * @param {Sealed} sealed
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async function settle(file, n, sealed, bytes) {
    await keepPart(sealed.part.sha256, bytes, file.size);
    for (let at = file.sealed.length; at < n; at += 1) file.sealed[at] = null;
    file.sealed[n] = sealed;
    await keepBox(box).catch((error) => {
      file.sealed[n] = null;
      throw error;
    });
    line.send([sealed.part]);
    tell();
  }

  /**
   * Take a file out in its turn, then go on with those that stay.
   * @param {string} path
   * @param {(gone: KeptFile) => Promise<void>} act
   */
  function takeOut(path, act) {
    stopped = true;
    return inTurn(async () => {
      const gone = box.files.find((one) => one.path === path);
      fault = undefined;
      sources.delete(path);
      if (gone) await act(gone).catch((error) => stopAt(path, error));
      if (fault) return; // who has been told goes on
      stopped = false;
      await sealAll();
    });
  }

  /**
   * Take a file out; those that stay are sealed anew, under a key that never saw it.
   * @param {KeptFile} gone
   */
  async function sealAnew(gone) {
    const old = { files_key: box.files_key, files: box.files.filter((one) => one !== gone) };
    const before = parts();
    box.files = old.files.map((file) => ({ ...file, sealed: [] }));
    box.files_key = null;
    line.forget(before.map(({ sha256 }) => sha256));
    await keepBox(box);
    for (const [n, file] of old.files.entries()) {
      await again(file, /** @type {KeptFile} */ (box.files[n]), old.files_key).catch((error) => stopAt(file.path, error));
    }
    const named = await namedParts();
    await dropParts(before.map(({ sha256 }) => sha256).filter((one) => !named.has(one)));
  }

  /**
   * Take a file out and leave the others as they are, under the key that sealed it too: its bidder
   * was told that a copy of it, if somebody kept one, can be read after the opening.
   * @param {KeptFile} gone
   */
  async function dropAlone(gone) {
    box.files = box.files.filter((one) => one !== gone);
    const hashes = gone.sealed.flatMap((one) => (one ? [one.part.sha256] : []));
    line.forget(hashes);
    await keepBox(box);
    const named = await namedParts();
    await dropParts(hashes.filter((one) => !named.has(one)));
  }

  /** @param {string} path */
  const remove = (path) => takeOut(path, sealAnew);

  /**
   * Seal the pieces of a file again that only this browser still has.
   * @param {KeptFile} from
   * @param {KeptFile} to
   * @param {import('./bid-kept.js').Kept | null} old F
   */
  async function again(from, to, old) {
    if (sources.has(from.path) || !old) return; // its file is at hand: as if it had just been dropped
    box.files_key ??= (await workers.ask('files-key', { keeper: box.keeper })).files_key;
    for (const [n, sealed] of from.sealed.entries()) {
      const part = sealed && (await keptPart(sealed.part.sha256));
      if (!part) continue;
      const { bytes } = await workers.ask('open-part', { keeper: box.keeper, files_key: old, part });
      const file = new Blob([bytes]);
      const made = await workers.ask('seal-part', { keeper: box.keeper, files_key: box.files_key, file, from: 0, to: file.size });
      await settle(to, n, { piece: made.piece, part: made.part }, new Uint8Array(made.bytes));
    }
  }

  line.send(parts()); // what an earlier visit left on the way

  return {
    take,
    remove,
    /** @param {string} path */
    removeAlone: (path) => takeOut(path, dropAlone),
    parts,

    /** Bytes of the other files, as far as they are sealed. @param {string} path */
    sealedBeside: (path) => box.files.filter((one) => one.path !== path)
      .reduce((sum, { sealed }) => sum + sealed.reduce((all, one) => all + (one?.part.size ?? 0), 0), 0),

    /** Stop sealing; what is sealed stays so. */
    stop() {
      stopped = true;
      workers.cancel();
    },

    goOn,

    /** At which file sealing stopped, and why. */
    fault: () => fault,

    isBusy: () => busy > 0,

    /** @param {KeptFile} file */
    isAtHand: (file) => sources.has(file.path),

    /** Bytes of the plain files, and of those how many are sealed. */
    sealedBytes: () => box.files.reduce((sum, { sealed }) => sum + sealed.reduce((all, one) => all + (one?.piece.size ?? 0), 0), 0),
    bytes: () => box.files.reduce((sum, { size }) => sum + size, 0),
  };
}

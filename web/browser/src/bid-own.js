/**
 * The owner's path: a bidder gives S of its own bid where key holders fail, on the device that sealed
 * or with `receipt.age` on any other; where nobody shares the key, this browser gives it by itself.
 * First the log is proved to name the bid on the list. Source: sealing.md 8.5; web.md 9.9.
 * @module
 */

import { ownIn, requireCleared, shown } from './bid-gate.js';
import { keptBox } from './bid-kept.js';
import { hallTime } from './clock.js';
import { ask, newKey } from './keys.js';

/** @typedef {import('./bid-kept.js').KeptBid} KeptBid */
/** @typedef {import('./seal-objects.js').Box} Box */
/** @typedef {{secret: import('./bid-kept.js').Kept, keeper: CryptoKey}} Held S, as this browser holds it */

const LOOK_AGAIN = 5_000; // milliseconds
const FIRST_LIMIT = 120_000; // for one try, whatever hangs
const LONGEST_LIMIT = 1_800_000;

/**
 * Make the tries that give S: each has a limit, and one that it cut short leaves the next twice as long.
 * A try begins from nothing, so on a slow line a limit that stays could be one that none ever keeps.
 * @param {Box} box
 * @param {string} envelope
 * @param {Parameters<typeof requireCleared>[3]} by
 */
export function openTries(box, envelope, by) {
  let limit = FIRST_LIMIT;
  /** @param {Held} held */
  return async (held) => {
    const signal = AbortSignal.timeout(limit);
    try {
      await giveSecret(box, envelope, held, by, signal);
    } catch (error) {
      if (signal.aborted) limit = Math.min(2 * limit, LONGEST_LIMIT);
      throw error;
    }
  };
}

/**
 * Give S of a bid to the hall, once every check is passed: first that it is the secret of this bid, so
 * that a wrong file is noticed before anything is waited for. Throws Unlisted, Withheld, Refused,
 * NotSealed where S is another's, and what `fetch` throws.
 * @param {Box} box
 * @param {string} envelope
 * @param {Held} held
 * @param {Parameters<typeof requireCleared>[3]} by
 * @param {AbortSignal} signal
 */
export async function giveSecret(box, envelope, held, by, signal) {
  const told = await shown(box, signal);
  const own = { ...held, ...(await ownIn(told.dossier, envelope)) };
  await by.workers.ask('owns', own);
  await requireCleared(box, envelope, told, by, signal);
  const { object } = await by.workers.ask('reveal', own);
  await ask('POST', '/api/v1/owner-releases', { body: JSON.stringify({ object }), key: newKey(), signal });
}

/**
 * Read S out of a `receipt.age`.
 * @param {string} id of the box that it is for
 * @param {Blob} file
 * @param {{identity: string} | {passphrase: string}} by
 * @param {import('./seal-client.js').Workers} workers
 * @returns {Promise<Held>}
 */
export async function heldIn(id, file, by, workers) {
  const { keeper } = await keptBox(id);
  const { secret } = await workers.ask('read-receipt', { keeper, file, by });
  return { secret, keeper };
}

/**
 * Wait, from an instant of the hall's clock on, until the page would offer to open the bid.
 * @param {string} opens
 * @param {string} part of the page that offers it
 */
export function awaitOpening(opens, part) {
  const look = async () => {
    const now = hallTime();
    if (now === undefined || now < Date.parse(opens)) return void setTimeout(look, LOOK_AGAIN);
    const text = await fetch(location.href, { cache: 'no-store' }).then((answer) => answer.text(), () => '');
    if (new DOMParser().parseFromString(text, 'text/html').querySelector(part)) return location.reload();
    setTimeout(look, LOOK_AGAIN);
  };
  void look();
}

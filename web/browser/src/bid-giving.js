/**
 * Go on until S of a bid is given: whatever passes is tried again, less and less often, and an instant
 * that is waited for is waited for on this machine. Only what no waiting mends ends it: where nobody
 * shares the key, a bidder whose browser gave up would lose its bid. Source: sealing.md 8.5.
 * @module
 */

import { Early, Uncosigned, Unlisted } from './bid-gate.js';
import { Refused } from './keys.js';
import { NotSealed } from './seal-client.js';

const FIRST = 5_000; // milliseconds to the second try; each further one waits twice as long
const LONGEST = 60_000;
const STEP = 5_000; // a clock that is set right, or a lid that was shut, is noticed within this time
const SHORTEST = 100;

const FINAL = new Set(['owner.wrong_secret', 'release.too_late', 'bidding.cancelled', 'box.not_opened']);
const FAULT = 'E-FAULT'; // a worker that did not even load has judged nothing

/**
 * Tell whether an error ends the giving: another list, secret or box would be needed.
 * @param {unknown} error
 */
export function isFinal(error) {
  if (error instanceof NotSealed) return error.code !== FAULT;
  return error instanceof Unlisted || (error instanceof Refused && FINAL.has(error.code));
}

/**
 * Make the one loop that gives S. Asked again while it runs, it tries at once, and what it holds then
 * counts; a try that is under way is never doubled, and pauses begin short again.
 * @template Held
 * @param {(held: Held) => Promise<void>} attempt
 * @param {{given: () => void, failed: (error: unknown) => void}} told
 * @param {{now: () => number, pause: (milliseconds: number, wake: AbortSignal) => Promise<void>}} [time]
 */
export function openGiving(attempt, told, { now, pause } = { now: Date.now, pause: sleep }) {
  /** @type {Held} */
  let holding;
  let wake = new AbortController();
  let runs = false;
  let isGiven = false;

  async function run() {
    for (let wait = FIRST; !isGiven;) {
      const tried = holding;
      wake = new AbortController();
      try {
        await attempt(tried);
        isGiven = true;
        told.given();
      } catch (error) {
        told.failed(error);
        if (tried === holding) {
          if (isFinal(error)) return;
          await rest(error, wait);
        }
        wait = wake.signal.aborted ? FIRST : Math.min(2 * wait, LONGEST);
      }
    }
  }

  /**
   * Sleep for `wait`, or where an instant is waited for until that: this machine's clock is looked at
   * again and again, for it may be set.
   * @param {unknown} error
   * @param {number} wait
   */
  async function rest(error, wait) {
    const { signal } = wake;
    const until = error instanceof Early || error instanceof Uncosigned ? error.until : Infinity;
    const longest = error instanceof Early ? Infinity : wait;
    for (let slept = 0; slept < longest && now() < until && !signal.aborted;) {
      const step = Math.max(SHORTEST, Math.min(until - now(), longest - slept, STEP));
      await pause(step, signal);
      slept += step;
    }
  }

  return {
    /** @param {Held} held */
    async give(held) {
      holding = held;
      wake.abort();
      if (runs) return;
      runs = true;
      await run().finally(() => { runs = false; });
    },
  };
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} wake
 * @returns {Promise<void>}
 */
const sleep = (milliseconds, wake) => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  wake.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
});

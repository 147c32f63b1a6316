/**
 * The way of sealed parts to the hall: what is there already is skipped, what gets no answer goes
 * again when the line is back, and how fast the line is. Source: web.md 7.2.
 * @module
 */

import { ask, Refused } from './keys.js';
import { keptPart } from './bid-kept.js';
import { isFinal } from './lodge.js';

/** @typedef {{sha256: string, size: number}} Wanted */
/** @typedef {{sha256: string, present: boolean, url: string | null, headers: {[name: string]: string}, commit: string | null}} Way */
/** @typedef {'idle' | 'sending' | 'waiting' | 'stopped'} State */

const AT_ONCE = 2; // requests: the second fills the pause after the first
const ASKED_AT_ONCE = 64; // what one question may hold
const WAITS = [1000, 2000, 4000, 8000, 15000];
const OVER = 15_000; // milliseconds that the speed is measured over

/** The part is not kept here any more: its file is chosen again. */
export class PartLost extends Error {}

/**
 * Open the line. `tell` hears of every step.
 * @param {() => void} tell
 * @param {{kept: typeof keptPart, pause: (milliseconds: number) => Promise<void>}} [from] where parts are, and how it waits
 */
export function openLine(tell, { kept, pause } = { kept: keptPart, pause: lineIsBack }) {
  /** @type {Map<string, Wanted>} */
  const waiting = new Map();
  /** @type {Map<string, {part: Wanted, sent: number, request: XMLHttpRequest}>} */
  const going = new Map();
  /** @type {Set<string>} */
  const there = new Set();
  /** @type {{at: number, bytes: number}[]} */
  const moved = [];
  /** @type {State} */
  let state = 'idle';
  /** @type {Error | undefined} */
  let wrong;
  let running = false;

  /** Send what waits until nothing does. */
  async function run() {
    if (running || state === 'stopped') return;
    running = true;
    for (let failed = 0; waiting.size && !stopped();) {
      state = 'sending';
      tell();
      try {
        await sendSome();
        failed = 0;
      } catch (error) {
        if (stopped()) break;
        if (error instanceof PartLost || isFinal(error)) {
          wrong = /** @type {Error} */ (error);
          state = 'stopped';
          break;
        }
        state = 'waiting';
        tell();
        await pause(WAITS[Math.min(failed, WAITS.length - 1)] ?? 0);
        failed += 1;
      }
    }
    running = false;
    if (!stopped()) state = 'idle';
    tell();
  }

  const stopped = () => state === 'stopped';

  /** Ask of some parts where they go, and send those that are not there. */
  async function sendSome() {
    const some = [...waiting.values()].slice(0, ASKED_AT_ONCE);
    const { parts } = await ask('POST', '/api/v1/ways', {
      body: JSON.stringify({ parts: some.map(({ sha256, size }) => ({ sha256, size })) }),
    });
    const ways = /** @type {Way[]} */ (parts);
    for (const way of ways) if (way.present) arrived(way.sha256);
    const left = ways.filter((way) => !way.present);
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let way = left.shift(); way && !stopped(); way = left.shift()) await send(way);
    }));
  }

  /** @param {Way} way */
  async function send(way) {
    const part = waiting.get(way.sha256);
    if (!part || !way.url) return;
    const body = await kept(way.sha256);
    if (!body) throw new PartLost(way.sha256);
    await put(way, part, body);
    if (way.commit) await ask('POST', way.commit);
    arrived(way.sha256);
  }

  /** @param {string} sha256 */
  function arrived(sha256) {
    waiting.delete(sha256);
    there.add(sha256);
    tell();
  }

  /**
   * @param {Way} way
   * @param {Wanted} part
   * @param {Blob} body
   * @returns {Promise<void>}
   */
  function put(way, part, body) {
    const request = new XMLHttpRequest(); // fetch does not say how much has gone
    const going_ = { part, sent: 0, request };
    going.set(way.sha256, going_);
    return new Promise((resolve, reject) => {
      request.upload.addEventListener('progress', ({ loaded }) => {
        note(loaded - going_.sent);
        going_.sent = loaded;
        tell();
      });
      request.addEventListener('loadend', () => {
        going.delete(way.sha256);
        // 412: an earlier try arrived and its answer was lost.
        if (request.status === 200 || request.status === 412) return resolve();
        reject(refusal(request));
      });
      request.open('PUT', way.url ?? '');
      for (const [name, value] of Object.entries(way.headers)) request.setRequestHeader(name, value);
      request.send(body);
    });
  }

  /** @param {number} bytes that have gone since the last word */
  function note(bytes) {
    const at = performance.now();
    moved.push({ at, bytes });
    while (moved.length > 2 && at - (moved[0]?.at ?? at) > OVER) moved.shift();
  }

  return {
    /** @param {Wanted[]} parts */
    send(parts) {
      for (const part of parts) if (!there.has(part.sha256)) waiting.set(part.sha256, part);
      void run();
    },

    /** Send what the hall says it lacks: that counts, whatever it said before. @param {Wanted[]} parts */
    again(parts) {
      for (const { sha256 } of parts) there.delete(sha256);
      this.send(parts);
    },

    /** @param {string[]} hashes that nobody wants sent any more */
    forget(hashes) {
      for (const sha256 of hashes) {
        waiting.delete(sha256);
        going.get(sha256)?.request.abort();
      }
    },

    stop() {
      state = 'stopped';
      for (const { request } of going.values()) request.abort();
      tell();
    },

    goOn() {
      wrong = undefined;
      state = 'idle';
      void run();
    },

    state: () => state,
    wrong: () => wrong,

    /** Whether a part was handed over to be sent: it is kept by then. @param {string} sha256 */
    knows: (sha256) => waiting.has(sha256) || there.has(sha256),

    /** @param {string} sha256 */
    isThere: (sha256) => there.has(sha256),

    /** Bytes of a part that have gone. @param {Wanted} part */
    gone: ({ sha256, size }) => (there.has(sha256) ? size : Math.min(size, going.get(sha256)?.sent ?? 0)),

    /** Bytes that are still to go. */
    left: () => [...waiting.values()].reduce((sum, { sha256, size }) => sum + size - Math.min(size, going.get(sha256)?.sent ?? 0), 0),

    /** Bits a second over the last seconds, undefined before it is known. */
    speed() {
      const [first] = moved;
      const last = moved.at(-1);
      if (!first || !last || last.at - first.at < 500) return undefined;
      const bytes = moved.slice(1).reduce((sum, one) => sum + one.bytes, 0);
      return bytes ? (bytes * 8000) / (last.at - first.at) : undefined;
    },
  };
}

/** @param {XMLHttpRequest} request */
function refusal(request) {
  try {
    return new Refused(JSON.parse(request.responseText), request.status);
  } catch {
    return new Error(String(request.status)); // of a store, which speaks XML, or none
  }
}

/**
 * Wait, or until the browser says that there is a line again.
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
const lineIsBack = (milliseconds) => new Promise((resolve) => {
  const over = () => {
    clearTimeout(timer);
    removeEventListener('online', over);
    resolve();
  };
  const timer = setTimeout(over, milliseconds);
  addEventListener('online', over);
});

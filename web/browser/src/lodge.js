/**
 * Where the hall does not answer: manifest and signature go to its second channels (`HALL_LODGE`),
 * bodies that are not the hall and sign a receipt, and the whole attempt is kept as one file.
 * Source: web.md 7.4; sealing.md 3 and 7.3; docs/operations.md.
 * @module
 */

import { verify } from './authority.js';
import { sha256 } from './bid-bytes.js';
import { ask, Refused } from './keys.js';

/** @typedef {{name: string, url: string, cert_sha256: string}} Channel as the notice names it */
/** @typedef {{address: string, at: string, said: string}} Try */
/** @typedef {{address: string, name: string, at: string, named: boolean, receipt: string, receipt_p7s: string}} Taker `named`: whether the notice names who signed */
/** @typedef {{v: 'hall-attempt/v1', seal: string, p7s: string, tries: Try[], lodged: Taker[]}} Attempt */

const WAIT = 10_000; // milliseconds without an answer are none (draw.md 6.4 says the same of its acts)
const BEFORE = 5000; // for what goes first: it may follow, the manifest has to be in time
const AGAIN = 1000;
const BEIJING = 8 * 3600_000;
const OWN = '/api/v1/envelopes';
const OWN_FAULT = 500; // and more: whatever it says, it has not judged the bid
const BUSY = [408, 429];

/** @typedef {{envelope: string, receipt: string, receipt_p7s: string, complete: boolean, missing: string[], parts_by: string, completed: {envelope: string, receipt: string, receipt_p7s: string} | null}} Standing how a bid stands that the hall has signed for */

/** The hall has not answered; what was done instead. */
export class Unanswered extends Error {
  /** @param {Attempt} attempt */
  constructor(attempt) {
    super('no answer');
    this.attempt = attempt;
  }
}

/**
 * Hand manifest and signature to the hall, twice; then to every channel at once. They go to the hall
 * also where what should be there first does not get there: it may follow (sealing.md 7.2). Throws
 * Refused, which is an answer, and Unanswered.
 * @param {{body: string, key: string}} request as the hall takes it
 * @param {string} seal
 * @param {Uint8Array<ArrayBuffer>} p7s
 * @param {Channel[]} named the channels of the notice
 * @param {(signal: AbortSignal) => Promise<void>} before what the hall gets first, if it takes it
 * @returns {Promise<Standing>}
 */
export async function handIn(request, seal, p7s, named, before = async () => {}) {
  /** @type {Try[]} */
  const tries = [];
  await before(AbortSignal.timeout(BEFORE)).catch((error) => {
    if (isFinal(error)) throw error;
  });
  for (const pause of [0, AGAIN]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      return await ask('POST', OWN, { ...request, signal: AbortSignal.timeout(WAIT) });
    } catch (error) {
      if (isAnswer(error)) throw error;
      tries.push(tryOf(location.origin + OWN, error));
    }
  }
  /** @type {Taker[]} */
  const lodged = [];
  const origins = (document.body.dataset.lodges ?? '').split(' ').filter(Boolean);
  await Promise.all(origins.map(async (origin) => {
    const address = `${origin}/lodged`;
    try {
      lodged.push({ address, ...(await lodge(address, request.body, seal, p7s, named)) });
    } catch (error) {
      tries.push(tryOf(address, error));
    }
  }));
  const encoded = btoa(Array.from(p7s, (byte) => String.fromCharCode(byte)).join(''));
  throw new Unanswered({ v: 'hall-attempt/v1', seal, p7s: encoded, tries, lodged });
}

/**
 * Ask the hall how a bid stands that it has signed for: the same again, and its first receipt comes.
 * @param {string} body
 * @returns {Promise<Standing>}
 */
export const standing = (body) => ask('POST', OWN, { body, signal: AbortSignal.timeout(WAIT) });

/** Whether the hall has judged what it got. @param {unknown} error */
export const isAnswer = (error) => error instanceof Refused && error.status < OWN_FAULT;

/** Whether the same again would get the same answer. @param {any} error */
export const isFinal = (error) => isAnswer(error) && !BUSY.includes(error.status);

/**
 * Say that a bid is in time, and what it lacks.
 * @param {string} said with {n} and {parts_by}
 * @param {number} n parts
 * @param {string} parts_by
 */
export const inTime = (said, n, parts_by) => said.replace('{n}', String(n)).replace('{parts_by}', beijing(parts_by));

/**
 * Lodge with one channel; its receipt is of these very bytes, and signed by whom the notice names. One
 * that it does not name may sign too: what that is worth is for whoever judges the attempt.
 * @param {string} address
 * @param {string} body
 * @param {string} seal
 * @param {Uint8Array<ArrayBuffer>} p7s
 * @param {Channel[]} named
 */
async function lodge(address, body, seal, p7s, named) {
  const answer = await fetch(address, {
    method: 'POST', body, credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(WAIT),
    headers: { 'Content-Type': 'application/json' },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const { receipt, receipt_p7s } = await answer.json();
  const signature = Uint8Array.from(atob(receipt_p7s), (letter) => letter.charCodeAt(0));
  const { der } = await verify(new TextEncoder().encode(receipt), signature);
  const told = JSON.parse(receipt);
  const channel = named.find(({ url }) => new URL(url).origin === new URL(address).origin);
  if (channel && channel.cert_sha256 !== (await sha256(new Uint8Array(der)))) throw new Error('signed by another than the notice names');
  const these = { object_sha256: await sha256(new TextEncoder().encode(seal)), p7s_sha256: await sha256(p7s) };
  if (told.v !== 'hall-lodged/v1' || Number.isNaN(Date.parse(told.at)) || told.object_sha256 !== these.object_sha256 || told.p7s_sha256 !== these.p7s_sha256) {
    throw new Error('a receipt of something else');
  }
  return { name: String(told.name), at: String(told.at), named: channel !== undefined, receipt, receipt_p7s };
}

/**
 * @param {string} address
 * @param {unknown} error
 * @returns {Try}
 */
const tryOf = (address, error) => ({
  address, at: new Date().toISOString(), said: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
});

/**
 * Say which channels have manifest and signature, and offer all that was tried as a file.
 * @param {HTMLElement} place
 * @param {Attempt[]} tried
 * @param {Record<string, string>} words
 */
export function showAttempts(place, tried, words) {
  /** @type {(name: string) => HTMLElement} */
  const part = (name) => /** @type {HTMLElement} */ (place.querySelector(`[data-part=${name}]`));
  const lodged = tried.flatMap((one) => one.lodged);
  part('lodged').hidden = !tried.length;
  part('lodged-with').textContent = lodged.map(({ name, at, named }) => (words[named ? 'lodged' : 'lodged_unnamed'] ?? '').replace('{name}', name).replace('{at}', beijing(at))).join(' ')
    || (words.not_lodged ?? '');
  if (!tried.length) return;
  const file = new Blob([JSON.stringify(tried, null, 2)], { type: 'application/json' });
  /** @type {HTMLAnchorElement} */ (part('attempt')).href = URL.createObjectURL(file);
}

/** @param {string} at */
const beijing = (at) => new Date(Date.parse(at) + BEIJING).toISOString().slice(0, 19).replace('T', ' ');

/**
 * What a machine must be able to do before a bid is sealed on it, each looked at and said by itself.
 * What fails is named at once, with what works instead. Source: web.md 7.1.
 * @module
 */

/** @typedef {{name: string, good: boolean, said: string}} Finding `said`: a figure for the sentence */
/** @typedef {import('./seal-client.js').Workers} Workers */

const PROVED = { Chrome: 156, Firefox: 153 }; // what the tests run in; an older one is untried, not refused
const ROOM = 64 * 1024 * 1024; // bytes that a small bid takes, with all that is kept of it
const SLOW_CLOCK = 120_000; // milliseconds; the hall's clock decides, not this one

/**
 * Look at everything; `tell` hears of each finding as it comes.
 * @param {Workers} workers
 * @param {(finding: Finding) => void} tell
 * @returns {Promise<boolean>} whether a bid can be sealed here
 */
export async function look(workers, tell) {
  const secure = { name: 'secure', good: globalThis.isSecureContext, said: '' };
  tell(secure);
  if (!secure.good) return false;
  const findings = await Promise.all([room(), clock(), trial(workers), browser()].map(async (asked) => {
    const finding = await asked;
    tell(finding);
    return finding;
  }));
  return findings.every(({ name, good }) => good || name === 'clock' || name === 'browser');
}

/** @returns {Promise<Finding>} */
async function room() {
  try {
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    await navigator.storage.getDirectory(); // a private window of some browsers has none
    return { name: 'room', good: quota - usage > ROOM, said: ((quota - usage) / 1e9).toFixed(1) };
  } catch {
    return { name: 'room', good: false, said: '0' };
  }
}

/** @returns {Promise<Finding>} */
async function clock() {
  try {
    const asked = Date.now();
    const answer = await fetch('/api/v1/time', { cache: 'no-store' });
    const { time } = await answer.json();
    const apart = Math.abs(Date.parse(time) - (asked + Date.now()) / 2);
    return { name: 'clock', good: apart < SLOW_CLOCK, said: (apart / 1000).toFixed(1) };
  } catch {
    return { name: 'clock', good: false, said: '?' };
  }
}

/**
 * @param {Workers} workers
 * @returns {Promise<Finding>}
 */
async function trial(workers) {
  try {
    const { bytes_per_second } = await workers.ask('check', {});
    return { name: 'trial', good: true, said: (bytes_per_second / 1e6).toFixed(0) };
  } catch {
    return { name: 'trial', good: false, said: '' };
  }
}

/** @returns {Promise<Finding>} */
async function browser() {
  const [, make = '', version = ''] = /(Chrome|Firefox)\/(\d+)/.exec(navigator.userAgent) ?? [];
  const proved = PROVED[/** @type {keyof typeof PROVED} */ (make)] ?? Infinity;
  return { name: 'browser', good: Number(version) >= proved, said: version };
}

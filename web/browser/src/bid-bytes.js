/**
 * Bytes as a bidder's pages write them.
 * @module
 */

/**
 * @param {Uint8Array<ArrayBuffer>} plain
 * @returns {Promise<string>} in hex
 */
export async function sha256(plain) {
  const hashed = new Uint8Array(await crypto.subtle.digest('SHA-256', plain));
  return Array.from(hashed, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const KILO = 1024;

/** @param {number} bytes in units of 1024, as the hall writes them beside it */
export function size(bytes) {
  if (bytes < KILO) return `${bytes} B`;
  const places = ['KB', 'MB', 'GB'];
  const place = places.findIndex((_, n) => bytes < KILO ** (n + 2) || n === places.length - 1);
  return `${(bytes / KILO ** (place + 1)).toFixed(1)} ${places[place]}`;
}

/** @param {string} hash */
export const short = (hash) => `${hash.slice(0, 4)} ${hash.slice(4, 8)} … ${hash.slice(-4)}`;

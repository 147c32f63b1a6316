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

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, each] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / Number(each)).toFixed(1)} ${unit}`;
}

/** @param {string} hash */
export const short = (hash) => `${hash.slice(0, 4)} ${hash.slice(4, 8)} … ${hash.slice(-4)}`;

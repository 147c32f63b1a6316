/**
 * Secrets as the browser keeps them: S of a bid and F of its files leave the worker only wrapped by
 * a key that no script can read out. Source: web.md 6.
 * @module
 */

import { Refusal } from './seal-objects.js';
import { random } from './seal-profile.js';

/**
 * A wrapped secret, which the page puts into IndexedDB as it is.
 * @typedef {{iv: Uint8Array<ArrayBuffer>, data: ArrayBuffer}} Kept
 */

/** @typedef {'secret' | 'files-key'} Use */

const IV_SIZE = 12; // NIST SP 800-38D, 8.2.2: 96 random bits, few secrets a key

/**
 * @param {Uint8Array} secret
 * @param {CryptoKey} keeper AES-GCM, not extractable
 * @param {Use} use
 * @returns {Promise<Kept>}
 */
export async function wrap(secret, keeper, use) {
  const iv = random(IV_SIZE);
  return { iv, data: await crypto.subtle.encrypt(algorithm(iv, use), keeper, new Uint8Array(secret)) };
}

/**
 * Throws E-KEPT where this browser did not keep the secret, or kept it for another use.
 * @param {Kept} kept
 * @param {CryptoKey} keeper
 * @param {Use} use
 */
export async function unwrap({ iv, data }, keeper, use) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(iv, use), keeper, data));
  } catch {
    throw new Refusal('E-KEPT', 'not a secret that this browser kept');
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} iv
 * @param {Use} use
 */
const algorithm = (iv, use) => ({
  name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(`hall-kept/v1/${use}`),
});

/**
 * `receipt.age`: S of a bid as an age identity file, to the bidder's own recipient or a passphrase;
 * it is never uploaded. Source: sealing.md 3, transport.
 * @module
 */

import { Decrypter, Encrypter } from 'age-encryption';

import { utf8 } from './canonical.js';
import { Refusal } from './seal-objects.js';
import { encrypt, identityOf } from './seal-profile.js';

/** @typedef {{recipient: string} | {passphrase: string}} To */
/** @typedef {{identity: string} | {passphrase: string}} By */

// 64 MiB and half a second: 18, which age takes by itself, needs 256 MiB.
const WORK_FACTOR = 16;

/**
 * @param {Uint8Array} secret
 * @param {To} to
 */
export async function sealReceipt(secret, to) {
  const line = utf8(`${identityOf(secret)}\n`);
  if ('recipient' in to) return encrypt(line, to.recipient);
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  encrypter.setPassphrase(to.passphrase);
  return new Uint8Array(await encrypter.encrypt(line));
}

/**
 * Return the identity in a receipt, or throw E-OWNER.
 * @param {Uint8Array} file
 * @param {By} by
 */
export async function openReceipt(file, by) {
  try {
    const decrypter = new Decrypter();
    if ('identity' in by) decrypter.addIdentity(by.identity);
    else decrypter.addPassphrase(by.passphrase);
    return (await decrypter.decrypt(file, 'text')).trim();
  } catch {
    throw new Refusal('E-OWNER', 'the receipt does not open with this');
  }
}

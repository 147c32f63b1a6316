/**
 * The signing key of this device: made here, kept in IndexedDB, never to leave it. The hall certifies
 * it under a log-in. One for each person who works on this machine. Source: web.md 6.
 * @module
 */

import { sign } from './cms.js';

const STORE = 'device-keys';
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

/**
 * @typedef {object} DeviceKey
 * @property {string} person
 * @property {CryptoKey} key not extractable
 * @property {Uint8Array} certificate DER
 * @property {string} certSha256
 */

/** A refusal of the hall: why, what next, and the rule. */
export class Refused extends Error {
  /**
   * @param {{detail?: string, next?: string, article?: string, type?: string}} problem
   * @param {number} [status] of the answer
   */
  constructor(problem, status = 0) {
    super(problem.detail ?? '');
    this.status = status;
    this.next = problem.next ?? '';
    this.article = problem.article ?? '';
    this.code = (problem.type ?? '').replace('urn:hall:problem:', '');
  }
}

/** Tell whether this page may make keys at all: only over TLS or on localhost. */
export const possible = () => globalThis.isSecureContext && 'indexedDB' in globalThis;

/**
 * Return the key of this device for whoever is logged in, undefined where there is none that is good.
 * @returns {Promise<DeviceKey | undefined>}
 */
export async function deviceKey() {
  const { person, certificates } = await ask('GET', '/api/v1/devices');
  const kept = await find(person);
  const good = certificates.some(
    (/** @type {{cert_sha256: string, good: boolean}} */ one) => one.good && one.cert_sha256 === kept?.certSha256,
  );
  return good ? kept : undefined;
}

/**
 * Make a key on this device and have the hall certify it.
 * @param {string} name what its person calls the device
 * @param {unknown} confirmation the current code or the password, or what a passkey or a CA token answers
 * @returns {Promise<DeviceKey>}
 */
export async function makeKey(name, confirmation) {
  const pair = await crypto.subtle.generateKey(P256, false, ['sign', 'verify']);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const made = await ask('POST', '/api/v1/devices', {
    body: JSON.stringify({ confirmation, name, public_key: base64(spki) }),
  });
  const kept = {
    person: made.person,
    key: pair.privateKey,
    certificate: octets(made.certificate),
    certSha256: made.cert_sha256,
  };
  await put(kept);
  return kept;
}

/**
 * Whatever signs: bytes in, detached CMS in DER out. A device's key, or a CA token.
 * @typedef {(bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>} Sign
 */

/**
 * @param {DeviceKey} device
 * @returns {Sign}
 */
export const signByDevice = (device) => (bytes) => sign(bytes, device.key, device.certificate);

/**
 * Sign a text as the API takes it: the object as it stands, and the signature beside it.
 * @param {string} text canonical JSON, signed as it is
 * @param {Sign} by
 */
export async function signed(text, by) {
  const p7s = await by(new TextEncoder().encode(text));
  return `{"object":${text},"p7s":"${base64(p7s)}"}`;
}

/**
 * Ask the hall; an act brings its key, so that asking again does nothing twice. Throws Refused.
 * @param {string} method
 * @param {string} address
 * @param {{body?: string, key?: string, signal?: AbortSignal | null}} [act]
 */
export async function ask(method, address, { body, key = newKey(), signal = null } = {}) {
  const language = { 'Accept-Language': document.documentElement.lang };
  const answer = await fetch(address, {
    method,
    cache: 'no-store',
    signal,
    headers: {
      ...language,
      ...(method === 'GET' ? {} : { 'Idempotency-Key': key }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Refused(said, answer.status);
  return said;
}

/** Make the key of an act: 128 random bits. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {Uint8Array} plain */
const base64 = (plain) => btoa(Array.from(plain, (byte) => String.fromCharCode(byte)).join(''));

/** @param {string} encoded */
const octets = (encoded) => Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));

/**
 * @param {string} person
 * @returns {Promise<DeviceKey | undefined>}
 */
const find = (person) => inStore('readonly', (store) => store.get(person));

/** @param {DeviceKey} kept */
const put = (kept) => inStore('readwrite', (store) => store.put(kept));

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 * @returns {Promise<any>}
 */
async function inStore(mode, act) {
  const opening = indexedDB.open('hall', 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE, { keyPath: 'person' }));
  const database = await result(opening);
  try {
    return await result(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/**
 * @param {IDBRequest} asked
 * @returns {Promise<any>}
 */
const result = (asked) => new Promise((resolve, reject) => {
  asked.addEventListener('success', () => resolve(asked.result));
  asked.addEventListener('error', () => reject(asked.error));
});

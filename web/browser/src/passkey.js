/**
 * Passkeys: made and asked by the browser, answered by an authenticator that knows its owner. What
 * leaves this page is what the hall reads of `toJSON`, and no more. Source: web.md 6.
 * @module
 */

import { ask } from './keys.js';

/** Tell whether this browser has passkeys here: only over TLS or on localhost, and in none too old. */
export const passkeysPossible = () =>
  globalThis.isSecureContext && 'PublicKeyCredential' in globalThis
  && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** Log in by a passkey; whose it is, it says itself. */
export async function logInByPasskey() {
  const { options } = await ask('POST', '/login/challenge');
  await ask('POST', '/login/passkey', { body: JSON.stringify(await answer(options)) });
}

/** Return what confirms an act: the answer of a passkey to a fresh challenge. */
export async function passkeyConfirmation() {
  const { options } = await ask('POST', '/api/v1/challenges');
  return answer(options);
}

/**
 * Make a passkey for whoever is logged in.
 * @param {string} name what its person calls it
 * @param {unknown} confirmation a text, or what a passkey or a token has answered
 */
export async function makePasskey(name, confirmation) {
  const { options } = await ask('POST', '/api/v1/passkeys/challenges', { body: JSON.stringify({ confirmation }) });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  publicKey.extensions = { ...publicKey.extensions, prf: {} }; // so that it can keep an identity too
  const { id, rawId, type, response } = json(await navigator.credentials.create({ publicKey }));
  const { clientDataJSON, attestationObject } = response;
  const made = { id, rawId, type, response: { clientDataJSON, attestationObject } };
  await ask('POST', '/api/v1/passkeys', { body: JSON.stringify({ name, made }) });
}

/** @param {PublicKeyCredentialRequestOptionsJSON} options */
async function answer(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const { id, rawId, type, response } = json(await navigator.credentials.get({ publicKey }));
  const { clientDataJSON, authenticatorData, signature, userHandle = null } = response;
  return { id, rawId, type, response: { clientDataJSON, authenticatorData, signature, userHandle } };
}

/**
 * @param {Credential | null} made
 * @returns {any}
 */
function json(made) {
  if (!(made instanceof PublicKeyCredential)) throw new DOMException('no credential', 'NotAllowedError');
  return made.toJSON();
}

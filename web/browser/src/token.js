/**
 * The CA token of a firm, through the bridge that its driver opens on this machine alone
 * (`HALL_TOKEN_BRIDGE`). Two addresses: `GET /certificate` gives the certificate in DER, and
 * `POST /sign` the detached CMS of the body. The token asks for its PIN itself.
 * Source: web.md 6, docs/operations.md.
 * @module
 */

import { inTemplate } from './authority.js';
import { attributeOf, certificateOf } from './certificate.js';
import { ask, signed } from './keys.js';

const WAIT = 120_000; // a person types a PIN meanwhile

/** Thrown where the bridge does not answer, or not as one. */
export class BridgeSilent extends Error {}

/** Tell whether the hall has set a bridge. */
export const bridged = () => Boolean(document.body.dataset.bridge);

const ORGANISATION_IDENTIFIER = '550461'; // 2.5.4.97 (X.520)

/**
 * Sign bytes by the token: detached CMS in DER, brought into the one shape that the hall accepts.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array>}
 */
export const signByToken = async (bytes) => inTemplate(await bridge('/sign', { method: 'POST', body: bytes }));

/** Return the token's certificate, DER. */
export const tokenCertificate = () => bridge('/certificate', {});

/** Log in by the token: it signs a fresh challenge. */
export async function logInByToken() {
  const { token } = await ask('POST', '/login/challenge');
  await ask('POST', '/login/token', { body: await signedByToken(token) });
}

/** Return what confirms an act: a fresh challenge, signed by the token. */
export async function tokenConfirmation() {
  const { token } = await ask('POST', '/api/v1/challenges');
  return JSON.parse(await signedByToken(token));
}

/**
 * Enrol the firm whose token this is, by its own signature.
 * @param {string} origin of the hall's log
 */
export async function enrolByToken(origin) {
  const certificate = await tokenCertificate();
  const hashed = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(certificate)));
  const sha256 = Array.from(hashed, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const text = JSON.stringify({
    cert_sha256: sha256, org: bodyOf(certificate), origin, v: 'hall-enrolment/v1',
  });
  return ask('POST', '/api/v1/enrolments', { body: await signedByToken(text) });
}

/** @param {string} text canonical JSON */
const signedByToken = (text) => signed(text, signByToken);

/** @param {Uint8Array} certificate DER */
const bodyOf = (certificate) => attributeOf(certificateOf(certificate).subject, ORGANISATION_IDENTIFIER) ?? '';

/**
 * @param {string} path
 * @param {RequestInit} asked
 * @returns {Promise<Uint8Array>}
 */
async function bridge(path, asked) {
  try {
    const answer = await fetch(`${document.body.dataset.bridge}${path}`, {
      ...asked, credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(WAIT),
    });
    if (!answer.ok) throw new BridgeSilent();
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    throw error instanceof BridgeSilent ? error : new BridgeSilent();
  }
}

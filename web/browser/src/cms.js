/**
 * Detached CMS signatures in the one shape that the hall takes: what `notary/cms.py` writes, byte by
 * byte, for SHA-256 with ECDSA on P-256. Source: sealing.md 4, CMS; RFC 5652, 5.1 and 5.3.
 * @module
 */

import { certificateOf } from './certificate.js';
import { der, IN_PLACE_0, INTEGER, octets, OCTETS, SEQUENCE, SET } from './der.js';

const HALF = 32; // bytes of r and of s on P-256
const HIGH_BIT = 0x80;

const VERSION_1 = octets('020101');
export const SIGNED_DATA = octets('06092a864886f70d010702'); // 1.2.840.113549.1.7.2
export const DATA = octets('06092a864886f70d010701');
export const CONTENT_TYPE = octets('06092a864886f70d010903');
export const MESSAGE_DIGEST = octets('06092a864886f70d010904');
const SHA256 = octets('300d06096086480165030402010500'); // with NULL, as the template has it
const ECDSA_SHA256 = octets('300a06082a8648ce3d040302'); // without parameters

const ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' };

/**
 * Sign `data`, detached, without a signing time: when it was made is the ledger's word.
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {CryptoKey} key on P-256, for signatures
 * @param {Uint8Array} certificate DER, of that key
 * @returns {Promise<Uint8Array<ArrayBuffer>>} SignedData in DER
 */
export async function sign(data, key, certificate) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  const attributes = der(
    SET,
    der(SEQUENCE, CONTENT_TYPE, der(SET, DATA)),
    der(SEQUENCE, MESSAGE_DIGEST, der(SET, der(OCTETS, digest))),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, attributes));
  return template(certificate, attributes, SHA256, ECDSA_SHA256, pair(signature));
}

/**
 * Return the one SignedData that these parts make (RFC 5652, 5.1 and 5.3).
 * @param {Uint8Array} certificate
 * @param {Uint8Array} attributes under the tag of their SET, as they were signed
 * @param {Uint8Array} digestAlgorithm
 * @param {Uint8Array} signatureAlgorithm
 * @param {Uint8Array} signature
 */
export function template(certificate, attributes, digestAlgorithm, signatureAlgorithm, signature) {
  const inPlace = attributes.slice();
  inPlace[0] = IN_PLACE_0; // RFC 5652, 5.4: signed under SET, written under [0]
  const { issuer, serial } = certificateOf(certificate);
  const signer = der(
    SEQUENCE, VERSION_1, der(SEQUENCE, issuer, serial), digestAlgorithm, inPlace, signatureAlgorithm,
    der(OCTETS, signature),
  );
  const signed = der(
    SEQUENCE, VERSION_1, der(SET, digestAlgorithm), der(SEQUENCE, DATA), der(IN_PLACE_0, certificate),
    der(SET, signer),
  );
  return der(SEQUENCE, SIGNED_DATA, der(IN_PLACE_0, signed));
}

/**
 * Write what WebCrypto gives, r and s side by side, as the SEQUENCE of two INTEGERs (RFC 3279, 2.2.3).
 * @param {Uint8Array} raw
 */
function pair(raw) {
  return der(SEQUENCE, positive(raw.slice(0, HALF)), positive(raw.slice(HALF)));
}

/**
 * Write a positive integer with as few bytes as it needs (X.690, 8.3).
 * @param {Uint8Array} magnitude big-endian
 */
function positive(magnitude) {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const digits = magnitude.slice(first < 0 ? magnitude.length - 1 : first);
  const leading = (digits[0] ?? 0) >= HIGH_BIT ? [Uint8Array.of(0)] : [];
  return der(INTEGER, ...leading, digits);
}

/**
 * Detached CMS signatures in the one shape that the hall takes: what `notary/cms.py` writes, byte by
 * byte, for SHA-256 with ECDSA on P-256. Source: sealing.md 4, CMS; RFC 5652, 5.1 and 5.3.
 * @module
 */

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OCTETS = 0x04;
const IN_PLACE_0 = 0xa0; // [0] of a constructed type, around content and in lists
const LONG = 0x80; // from here on a length has digits of its own
const HALF = 32; // bytes of r and of s on P-256

const VERSION_1 = bytes('020101');
const SIGNED_DATA = bytes('06092a864886f70d010702'); // 1.2.840.113549.1.7.2
const DATA = bytes('06092a864886f70d010701');
const CONTENT_TYPE = bytes('06092a864886f70d010903');
const MESSAGE_DIGEST = bytes('06092a864886f70d010904');
const SHA256 = bytes('300d06096086480165030402010500'); // with NULL, as the template has it
const ECDSA_SHA256 = bytes('300a06082a8648ce3d040302'); // without parameters

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
  return template(certificate, attributes, pair(signature));
}

/**
 * @param {Uint8Array} certificate
 * @param {Uint8Array} attributes under the tag of their SET, as they were signed
 * @param {Uint8Array} signature
 */
function template(certificate, attributes, signature) {
  const inPlace = attributes.slice();
  inPlace[0] = IN_PLACE_0; // RFC 5652, 5.4: signed under SET, written under [0]
  const signer = der(
    SEQUENCE, VERSION_1, nameOf(certificate), SHA256, inPlace, ECDSA_SHA256, der(OCTETS, signature),
  );
  const signed = der(
    SEQUENCE, VERSION_1, der(SET, SHA256), der(SEQUENCE, DATA), der(IN_PLACE_0, certificate),
    der(SET, signer),
  );
  return der(SEQUENCE, SIGNED_DATA, der(IN_PLACE_0, signed));
}

/**
 * Return issuer and serial number of a certificate, by which CMS names it (RFC 5652, 10.2.4).
 * @param {Uint8Array} certificate
 */
function nameOf(certificate) {
  const body = inside(certificate, 0); // Certificate: a SEQUENCE that begins with tbsCertificate
  let at = inside(certificate, body);
  if (certificate[at] === IN_PLACE_0) at = after(certificate, at); // version, where it is not v1
  const serial = certificate.slice(at, (at = after(certificate, at)));
  at = after(certificate, at); // the signature's algorithm
  const issuer = certificate.slice(at, after(certificate, at));
  return der(SEQUENCE, issuer, serial);
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
  const leading = (digits[0] ?? 0) >= LONG ? [Uint8Array.of(0)] : [];
  return der(INTEGER, ...leading, digits);
}

/**
 * Write an element in DER: tag, shortest length, content (X.690, 8.1.3 and 10.1).
 * @param {number} tag
 * @param {Uint8Array[]} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
function der(tag, ...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const length = size < LONG ? [size] : digitsOf(size);
  const written = new Uint8Array(1 + length.length + size);
  written.set([tag, ...length]);
  let at = 1 + length.length;
  for (const part of parts) {
    written.set(part, at);
    at += part.length;
  }
  return written;
}

/** @param {number} size of 128 bytes or more */
function digitsOf(size) {
  const digits = [];
  for (let left = size; left > 0; left >>>= 8) digits.unshift(left & 0xff);
  return [LONG | digits.length, ...digits];
}

/**
 * Return where the content of an element begins.
 * @param {Uint8Array} from
 * @param {number} at of its tag
 */
function inside(from, at) {
  const length = from[at + 1] ?? 0;
  return at + 2 + (length < LONG ? 0 : length - LONG);
}

/**
 * Return where the element after this one begins.
 * @param {Uint8Array} from
 * @param {number} at of its tag
 */
function after(from, at) {
  const start = inside(from, at);
  const short = from[at + 1] ?? 0;
  if (short < LONG) return start + short;
  let size = 0;
  for (const byte of from.slice(at + 2, start)) size = size * 256 + byte;
  return start + size;
}

/** @param {string} hex */
function bytes(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * X.509 certificates and revocation lists, as far as a bidder's browser judges them: who signed, from
 * when to when, for what. Source: RFC 5280, 4.1 and 5.1.
 * @module
 */

import { BITS, BOOLEAN, BadDer, content, elementAt, IN_PLACE_0, IN_PLACE_3, inside, INTEGER, octets, OCTETS, OID, required, same, SEQUENCE, UTC_TIME, whole, written } from './der.js';

/** @typedef {import('./der.js').Element} Element */

/** @typedef {{oid: string, critical: boolean, value: Uint8Array}} Extension */

/**
 * @typedef {object} Certificate
 * @property {Uint8Array<ArrayBuffer>} der
 * @property {Uint8Array} serial as it is written
 * @property {Uint8Array} issuer
 * @property {Uint8Array} subject
 * @property {number} notBefore milliseconds since 1970
 * @property {number} notAfter
 * @property {Uint8Array<ArrayBuffer>} spki its public key
 * @property {Extension[]} extensions
 * @property {Signed} signed
 */

/** @typedef {{bytes: Uint8Array<ArrayBuffer>, algorithm: Uint8Array, signature: Uint8Array<ArrayBuffer>}} Signed */

/** @typedef {{issuer: Uint8Array, revoked: {serial: Uint8Array, at: number}[], critical: boolean, signed: Signed}} RevocationList */

const IN_PLACE_1_OR_2 = [0x81, 0x82]; // issuerUniqueID, subjectUniqueID
const VERSION_2 = 0x01; // of a list
const VERSION_3 = octets('a003020102');

/**
 * Read a certificate of version 3, or throw BadDer.
 * @param {Uint8Array} bytes DER
 * @returns {Certificate}
 */
export function certificateOf(bytes) {
  const { body, signed } = signedBody(bytes);
  const fields = inside(body);
  if (!same(written(required(fields.shift(), IN_PLACE_0)), VERSION_3)) throw new BadDer('another version');
  const [serial, algorithm, issuer, validity, subject, spki, ...rest] = fields;
  const number = content(required(serial, INTEGER));
  // RFC 5280, 4.1.2.2: positive.
  if (!number.length || (number[0] ?? 0) >= 0x80 || number.every((byte) => byte === 0)) throw new BadDer('no serial number');
  if (!same(written(required(algorithm, SEQUENCE)), signed.algorithm)) throw new BadDer('two algorithms');
  const [notBefore, notAfter] = inside(required(validity, SEQUENCE)).map(instantOf);
  if (notBefore === undefined || notAfter === undefined) throw new BadDer('no validity');
  const last = rest.filter(({ tag }) => !IN_PLACE_1_OR_2.includes(tag));
  return {
    der: bytes.slice(),
    serial: written(required(serial, INTEGER)),
    issuer: written(required(issuer, SEQUENCE)),
    subject: written(required(subject, SEQUENCE)),
    notBefore,
    notAfter,
    spki: written(required(spki, SEQUENCE)),
    extensions: last.length ? extensionsOf(required(last[0], IN_PLACE_3)) : [],
    signed,
  };
}

/**
 * Read a revocation list, or throw BadDer.
 * @param {Uint8Array} bytes DER
 * @returns {RevocationList}
 */
export function revocationListOf(bytes) {
  const { body, signed } = signedBody(bytes);
  const fields = inside(body);
  if (fields[0]?.tag === INTEGER && content(fields[0])[0] === VERSION_2) fields.shift();
  const [algorithm, issuer, , ...rest] = fields;
  if (!same(written(required(algorithm, SEQUENCE)), signed.algorithm)) throw new BadDer('two algorithms');
  const entries = rest.find(({ tag }) => tag === SEQUENCE);
  const last = rest.find(({ tag }) => tag === IN_PLACE_0);
  return {
    issuer: written(required(issuer, SEQUENCE)),
    revoked: (entries ? inside(entries) : []).map((entry) => {
      const [serial, at] = inside(required(entry, SEQUENCE));
      return { serial: written(required(serial, INTEGER)), at: instantOf(at) };
    }),
    critical: (last ? extensionsOf(last) : []).some(({ critical }) => critical),
    signed,
  };
}

/**
 * Take apart what certificates and lists are: a body, an algorithm, a signature of the body.
 * @param {Uint8Array} bytes
 */
function signedBody(bytes) {
  const [body, algorithm, signature, ...more] = inside(whole(bytes, SEQUENCE));
  const bits = content(required(signature, BITS));
  if (more.length || bits[0] !== 0) throw new BadDer('a certificate with a second spelling');
  return {
    body: required(body, SEQUENCE),
    signed: {
      bytes: written(required(body, SEQUENCE)),
      algorithm: written(required(algorithm, SEQUENCE)),
      signature: bits.slice(1),
    },
  };
}

/**
 * @param {Element} wrapped
 * @returns {Extension[]}
 */
function extensionsOf(wrapped) {
  const [list] = inside(wrapped);
  const found = inside(required(list, SEQUENCE)).map((one) => {
    const fields = inside(required(one, SEQUENCE));
    const critical = fields.length > 2 && content(required(fields[1], BOOLEAN))[0] !== 0;
    const oid = hexOf(content(required(fields[0], OID)));
    return { oid, critical, value: content(required(fields.at(-1), OCTETS)) };
  });
  if (new Set(found.map(({ oid }) => oid)).size !== found.length) throw new BadDer('an extension twice');
  return found;
}

/**
 * Read UTCTime or GeneralizedTime in the one form of RFC 5280, 4.1.2.5.
 * @param {Element | undefined} element
 */
function instantOf(element) {
  if (!element) throw new BadDer('no time');
  const text = String.fromCharCode(...content(element));
  const full = element.tag === UTC_TIME ? `${text < '5' ? '20' : '19'}${text}` : text;
  const read = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  const at = read ? Date.parse(`${read[1]}-${read[2]}-${read[3]}T${read[4]}:${read[5]}:${read[6]}Z`) : Number.NaN;
  if (Number.isNaN(at)) throw new BadDer('no time');
  return at;
}

/**
 * Return the DER of each block of one label in a PEM text.
 * @param {string} pem
 * @param {'CERTIFICATE' | 'X509 CRL' | 'PRIVATE KEY'} label
 */
export function pemBlocks(pem, label) {
  const blocks = pem.matchAll(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`, 'g'));
  return Array.from(blocks, ([, body = '']) => Uint8Array.from(atob(body.replace(/\s/g, '')), (letter) => letter.charCodeAt(0)));
}

/**
 * Tell whether the first bits of a BIT STRING are set: of keyUsage those of a use.
 * @param {Uint8Array} value
 * @param {number} bits of its first byte
 */
export function usage(value, bits) {
  const named = content(required(elementAt(value, 0), BITS));
  return ((named[1] ?? 0) & bits) !== 0;
}

/**
 * Return an attribute of a name as text, undefined where there is not exactly one.
 * @param {Uint8Array} distinguished a subject or an issuer
 * @param {string} oid hex of its content
 */
export function attributeOf(distinguished, oid) {
  const pairs = inside(whole(distinguished, SEQUENCE)).flatMap(inside).map(inside);
  const values = pairs.filter(([type]) => type && hexOf(content(type)) === oid).map(([, value]) => value);
  return values.length === 1 && values[0] ? new TextDecoder().decode(content(values[0])) : undefined;
}

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

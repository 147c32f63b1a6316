/**
 * Who vouches for a certificate, and who made a signature: what `notary/authority.py` and the
 * verifying half of `notary/cms.py` do, with the cryptography of the browser. Fails closed: what is
 * not understood is refused. Source: sealing.md 4, CMS; RFC 5652, 5.4 and 5.6; RFC 5280, 6.1.
 * @module
 */

import { certificateOf, pemBlocks, revocationListOf, usage } from './certificate.js';
import { CONTENT_TYPE, DATA, MESSAGE_DIGEST, template } from './cms.js';
import { BadDer, BOOLEAN, content, der, IN_PLACE_0, inside, INTEGER, octets, OCTETS, required, same, SEQUENCE, SET, whole, written } from './der.js';

/** @typedef {import('./certificate.js').Certificate} Certificate */
/** @typedef {import('./certificate.js').RevocationList} RevocationList */

/** @typedef {{roots: Certificate[], lists: RevocationList[]}} Authorities */

/** Not a signature of these bytes in the one shape accepted. */
export class BadSignature extends Error {}

/** No configured authority vouches for this certificate at this time. */
export class BadCertificate extends Error {}

const SIGNATURE_MOST = 64 * 1024;
const RSA_LEAST = 2048; // bits

/** @type {{[hash: string]: Uint8Array}} */
const DIGESTS = {
  'SHA-256': octets('300d06096086480165030402010500'),
  'SHA-384': octets('300d06096086480165030402020500'),
  'SHA-512': octets('300d06096086480165030402030500'),
};
const HASH_NAMES = Object.fromEntries(Object.entries(DIGESTS).map(([hash, algorithm]) => [hash, nameIn(algorithm)]));
/** @type {{[hash: string]: Uint8Array}} */
const ECDSA = {
  'SHA-256': octets('300a06082a8648ce3d040302'),
  'SHA-384': octets('300a06082a8648ce3d040303'),
  'SHA-512': octets('300a06082a8648ce3d040304'),
};
/** @type {{[hash: string]: Uint8Array}} */
const RSA = { // sha256WithRSAEncryption and on: in certificates
  'SHA-256': octets('300d06092a864886f70d01010b0500'),
  'SHA-384': octets('300d06092a864886f70d01010c0500'),
  'SHA-512': octets('300d06092a864886f70d01010d0500'),
};
const RSA_ENCRYPTION = octets('300d06092a864886f70d0101010500'); // in CMS, with any digest
const EC_KEY = octets('06072a8648ce3d0201');
/** @type {{name: string, oid: Uint8Array, half: number}[]} */
const CURVES = [
  { name: 'P-256', oid: octets('06082a8648ce3d030107'), half: 32 },
  { name: 'P-384', oid: octets('06052b81040022'), half: 48 },
];

const BASIC_CONSTRAINTS = '551d13';
const KEY_USAGE = '551d0f';
const POLICIES = '551d20';
const NAME_CONSTRAINTS = '551d1e';
// Critical or not, these change nothing here: purposes, other names, identifiers of keys, addresses.
const KNOWN = [BASIC_CONSTRAINTS, KEY_USAGE, '551d25', '551d11', '551d0e', '551d23', '2b06010505070101'];

const FOR_SIGNATURES = 0xc0; // digitalSignature, contentCommitment
const FOR_CERTIFICATES = 0x04; // keyCertSign

// 2.25.170350693414461541590113900344771069166, notary/authority.py: an authority for devices.
const DEVICE_KEYS = octets('0614698280a8ace8ecc2fac38b92afa0d9b39bdf896e');

// Signatures

/**
 * Return the certificate whose key signed the data, or throw BadSignature.
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {Uint8Array} p7s
 * @returns {Promise<Certificate>}
 */
export async function verify(data, p7s) {
  if (p7s.length > SIGNATURE_MOST) throw new BadSignature(`longer than ${SIGNATURE_MOST} bytes`);
  try {
    // 1. Take out certificate, attributes, digest and signature, whatever is around them.
    const { certificate, attributes, digest, signature } = partsOf(p7s);
    const hash = Object.keys(DIGESTS).find((one) => same(DIGESTS[one] ?? EC_KEY, digest));
    if (!hash) throw new BadSignature('a digest that is not SHA-256, 384 or 512');
    // 2. Put them together again: what differs is a bit that no later step would look at.
    const algorithm = isElliptic(certificate) ? ECDSA[hash] : RSA_ENCRYPTION;
    if (!algorithm || !same(template(certificate.der, attributes, digest, algorithm, signature), p7s)) {
      throw new BadSignature('not in the one accepted form');
    }
    // 3. The attributes are those of this data.
    requireAttributes(attributes, new Uint8Array(await crypto.subtle.digest(hash, data)));
    // 4. The key of the certificate signed the attributes.
    if (!(await signedBy(certificate, attributes, signature, hash))) {
      throw new BadSignature('signed by another key, or over other bytes');
    }
    return certificate;
  } catch (error) {
    if (error instanceof BadSignature) throw error;
    throw new BadSignature('not a signature in CMS with one certificate');
  }
}

/**
 * Bring the signature of a token or of another program into the one shape accepted; throws
 * BadSignature where it cannot be, and leaves it to `verify` whether it is good.
 * @param {Uint8Array} p7s
 */
export function inTemplate(p7s) {
  try {
    const { certificate, attributes, digest, signature } = partsOf(p7s);
    const hash = Object.keys(HASH_NAMES).find((one) => same(HASH_NAMES[one] ?? EC_KEY, nameIn(digest))) ?? '';
    const algorithm = isElliptic(certificate) ? ECDSA[hash] : RSA_ENCRYPTION;
    return template(certificate.der, attributes, DIGESTS[hash] ?? digest, algorithm ?? digest, signature);
  } catch {
    throw new BadSignature('not a signature in CMS with one certificate');
  }
}

/** @param {Uint8Array} p7s */
function partsOf(p7s) {
  const [, wrapped] = inside(whole(p7s, SEQUENCE));
  const [signed] = inside(required(wrapped, IN_PLACE_0));
  const [, , , certificates, signers] = inside(required(signed, SEQUENCE));
  const [certificate] = inside(required(certificates, IN_PLACE_0));
  const [signer] = inside(required(signers, SET));
  const [, , digest, attributes, , signature] = inside(required(signer, SEQUENCE));
  return {
    certificate: certificateOf(written(required(certificate, SEQUENCE))),
    // RFC 5652, 5.4: signed are the attributes under the tag of their SET, not under [0].
    attributes: der(SET, content(required(attributes, IN_PLACE_0))),
    digest: written(required(digest, SEQUENCE)),
    signature: content(required(signature, OCTETS)),
  };
}

/**
 * Throw BadSignature unless type and digest stand there once each, in the order of DER.
 * @param {Uint8Array} attributes
 * @param {Uint8Array} digest
 */
function requireAttributes(attributes, digest) {
  const listed = inside(whole(attributes, SET));
  const texts = listed.map((one) => hexOf(written(required(one, SEQUENCE))));
  if (texts.some((text, i) => i > 0 && text <= (texts[i - 1] ?? ''))) throw new BadSignature('attributes that are not in DER');
  const named = listed.map((one) => inside(one));
  /** @param {Uint8Array} type */
  const only = (type) => {
    const [found, ...more] = named.filter(([oid]) => oid && same(written(oid), type));
    const values = found?.length === 2 ? inside(required(found[1], SET)) : [];
    if (more.length || values.length !== 1 || !values[0]) throw new BadSignature('not one type and one digest');
    return written(values[0]);
  };
  if (!same(only(CONTENT_TYPE), DATA)) throw new BadSignature('another type of content');
  if (!same(only(MESSAGE_DIGEST), der(OCTETS, digest))) throw new BadSignature('the digest of other bytes');
}

/** @param {Certificate} certificate */
const isElliptic = ({ spki }) => same(keyType(spki), EC_KEY);

/** @param {Uint8Array} spki */
function keyType(spki) {
  const [algorithm] = inside(whole(spki, SEQUENCE));
  return nameIn(written(required(algorithm, SEQUENCE)));
}

/**
 * Return the name in an identifier of an algorithm, without its parameters.
 * @param {Uint8Array} algorithm
 */
function nameIn(algorithm) {
  const [name] = inside(whole(algorithm, SEQUENCE));
  if (!name) throw new BadDer('no algorithm');
  return written(name);
}

/**
 * Tell whether the key of a certificate made a signature.
 * @param {Certificate} certificate
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {string} hash
 */
async function signedBy(certificate, bytes, signature, hash) {
  if (!isElliptic(certificate)) {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
    const key = await crypto.subtle.importKey('spki', certificate.spki, algorithm, false, ['verify']);
    const { modulusLength } = /** @type {RsaHashedKeyAlgorithm} */ (key.algorithm);
    if (modulusLength < RSA_LEAST) throw new BadSignature('a key of less than 2048 bits');
    return crypto.subtle.verify(algorithm, key, signature, bytes);
  }
  const [algorithm] = inside(whole(certificate.spki, SEQUENCE));
  const parameters = inside(required(algorithm, SEQUENCE))[1];
  const curve = CURVES.find(({ oid }) => parameters && same(written(parameters), oid));
  if (!curve) throw new BadSignature('a key that is neither RSA of 2048 bits, P-256 nor P-384');
  const key = await crypto.subtle.importKey('spki', certificate.spki, { name: 'ECDSA', namedCurve: curve.name }, false, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash }, key, sideBySide(signature, curve.half), bytes);
}

/**
 * Return r and s as WebCrypto takes them, from their SEQUENCE (RFC 3279, 2.2.3).
 * @param {Uint8Array} signature
 * @param {number} half bytes of each
 */
function sideBySide(signature, half) {
  const numbers = inside(whole(signature, SEQUENCE));
  const raw = new Uint8Array(2 * half);
  if (numbers.length !== 2) throw new BadDer('not r and s');
  numbers.forEach((number, i) => {
    const digits = content(required(number, INTEGER));
    const padded = digits.length > 1 && digits[0] === 0;
    if (!digits.length || (digits[0] ?? 0) >= 0x80 || (padded && (digits[1] ?? 0) < 0x80)) throw new BadDer('not r and s');
    const magnitude = padded ? digits.slice(1) : digits;
    if (magnitude.length > half) throw new BadDer('not r and s');
    raw.set(magnitude, (i + 1) * half - magnitude.length);
  });
  return raw;
}

// Chains

/**
 * Read authorities and their lists; throws BadCertificate for a list that no root signed, or that
 * holds a part only.
 * @param {{roots: string, crls: string | null}} pem
 * @returns {Promise<Authorities>}
 */
export async function authoritiesOf({ roots, crls }) {
  const found = {
    roots: pemBlocks(roots, 'CERTIFICATE').map(certificateOf),
    lists: pemBlocks(crls ?? '', 'X509 CRL').map(revocationListOf),
  };
  for (const list of found.lists) {
    const issuers = found.roots.filter(({ subject }) => same(subject, list.issuer));
    const signed = await Promise.all(issuers.map((root) => vouches(root, list.signed)));
    if (list.critical || !signed.includes(true)) throw new BadCertificate('a revocation list that is partial or of nobody');
  }
  return found;
}

/**
 * Return those that no hall runs for devices: else the platform could make its own trustees.
 * @param {Authorities} authorities
 * @returns {Authorities}
 */
export function bodiesOf({ roots, lists }) {
  const kept = roots.filter((root) => !certifiesDevices(root));
  return { roots: kept, lists: lists.filter(({ issuer }) => kept.some(({ subject }) => same(subject, issuer))) };
}

/** @param {Certificate} root */
function certifiesDevices(root) {
  const policies = extension(root, POLICIES);
  return policies !== undefined
    && inside(whole(policies.value, SEQUENCE)).some((one) => inside(one).some((oid) => same(written(oid), DEVICE_KEYS)));
}

/**
 * Throw BadCertificate unless an authority vouches for a certificate at an instant. Revoked is
 * whatever was revoked by then; the age of a list refuses nobody.
 * @param {Authorities} authorities
 * @param {Certificate} certificate
 * @param {number} at milliseconds since 1970
 */
export async function requireVouched({ roots, lists }, certificate, at) {
  requireInForce(certificate, at);
  requireUnderstood(certificate);
  const basic = extension(certificate, BASIC_CONSTRAINTS);
  if (basic && isAuthority(basic.value)) throw new BadCertificate("an authority's certificate signs certificates only");
  const use = extension(certificate, KEY_USAGE);
  if (use && !usage(use.value, FOR_SIGNATURES)) throw new BadCertificate('a key that is not for signatures');
  for (const root of roots) {
    if (same(root.subject, certificate.issuer) && (await issued(root, certificate, at))) {
      for (const link of [certificate, root]) requireUnrevoked(lists, link, at);
      return;
    }
  }
  throw new BadCertificate('no valid chain to a configured authority');
}

/**
 * Throw BadCertificate unless an instant lies in the validity of a certificate, ends included.
 * @param {Certificate} certificate
 * @param {number} at
 */
export function requireInForce({ notBefore, notAfter }, at) {
  if (at < notBefore || at > notAfter) throw new BadCertificate('a certificate that is not yet or no longer valid');
}

/**
 * @param {Certificate} root
 * @param {Certificate} certificate
 * @param {number} at
 */
async function issued(root, certificate, at) {
  try {
    requireInForce(root, at);
    requireUnderstood(root);
  } catch {
    return false;
  }
  const basic = extension(root, BASIC_CONSTRAINTS);
  const use = extension(root, KEY_USAGE);
  if (!basic || !isAuthority(basic.value) || (use && !usage(use.value, FOR_CERTIFICATES))) return false;
  return vouches(root, certificate.signed);
}

/**
 * Tell whether the key of a root signed a certificate or a list.
 * @param {Certificate} root
 * @param {import('./certificate.js').Signed} signed
 */
async function vouches(root, { bytes, algorithm, signature }) {
  const names = isElliptic(root) ? ECDSA : RSA;
  const hash = Object.keys(names).find((one) => same(names[one] ?? EC_KEY, algorithm));
  return hash !== undefined && signedBy(root, bytes, signature, hash);
}

/** @param {Certificate} certificate */
function requireUnderstood({ extensions }) {
  const unknown = extensions.some(({ oid, critical }) => oid === NAME_CONSTRAINTS || (critical && !KNOWN.includes(oid)));
  if (unknown) throw new BadCertificate('a certificate with a condition that is not understood');
}

/**
 * @param {RevocationList[]} lists
 * @param {Certificate} certificate
 * @param {number} at
 */
function requireUnrevoked(lists, { issuer, serial }, at) {
  const revoked = lists.some((list) => same(list.issuer, issuer)
    && list.revoked.some((one) => one.at <= at && same(one.serial, serial)));
  if (revoked) throw new BadCertificate('a revoked certificate');
}

/** @param {Uint8Array} value of basicConstraints */
function isAuthority(value) {
  const [first] = inside(whole(value, SEQUENCE));
  return first?.tag === BOOLEAN && content(first)[0] !== 0;
}

/**
 * @param {Certificate} certificate
 * @param {string} named
 */
const extension = ({ extensions }, named) => extensions.find(({ oid }) => oid === named);

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

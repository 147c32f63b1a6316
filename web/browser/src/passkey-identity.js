/**
 * The age identity of a bidder that a passkey keeps: made by the authenticator itself (the PRF
 * extension) of a label of this hall, the same each time, stored nowhere. Whoever has the passkey, on
 * whatever device it is synchronised to, has the identity; the hall never sees it. Source: web.md 6;
 * Web Authentication Level 3, 10.1.4.
 * @module
 */

import { utf8 } from './canonical.js';
import { identityOf, KEY_SIZE, recipientOf } from './seal-profile.js';

const LABEL = 'bidder-identity/v1';

/** The authenticator cannot do this, or the passkey was made before it could. */
export class NoIdentity extends Error {}

/** Return the recipient that receipts are sealed to, by a passkey that the person chooses. */
export const passkeyRecipient = async () => recipientOf(await secret());

/** Return the identity as a file that age takes: `age -d -i`. */
export async function passkeyIdentity() {
  const made = await secret();
  return `# ${LABEL} ${location.origin}\n# public key: ${recipientOf(made)}\n${identityOf(made)}\n`;
}

/** Ask a passkey for the secret of this hall's label. No server takes the answer: nothing is proved. */
async function secret() {
  const label = await crypto.subtle.digest('SHA-256', utf8(`${LABEL} ${location.origin}`));
  const made = await navigator.credentials.get({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(KEY_SIZE)),
      rpId: location.hostname,
      userVerification: 'required',
      extensions: { prf: { eval: { first: label } } },
    },
  });
  const given = made instanceof PublicKeyCredential && made.getClientExtensionResults().prf?.results?.first;
  if (!given) throw new NoIdentity();
  const key = await crypto.subtle.importKey('raw', given, 'HKDF', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(LABEL) }, key, KEY_SIZE * 8,
  );
  return new Uint8Array(bits);
}

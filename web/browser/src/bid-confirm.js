/**
 * The one confirmation of a final act on a bidder's page: the key of this device where there is one;
 * else a code, a password or a passkey makes it in the same press, or the CA token signs.
 * Source: people.md 6; web.md 6.
 * @module
 */

import { sha256 } from './bid-bytes.js';
import { deviceKey, makeKey, possible, Refused, signByDevice } from './keys.js';
import { Unanswered } from './lodge.js';
import { passkeyConfirmation, passkeysPossible } from './passkey.js';
import { BridgeSilent, bridged, signByToken, tokenCertificate } from './token.js';

/** @typedef {{sign: import('./keys.js').Sign, cert_sha256: string}} Signer */

/**
 * @param {HTMLElement} place
 * @param {Record<string, string>} words
 * @param {(signer: () => Promise<Signer>) => Promise<void>} act
 */
export function openConfirmation(place, words, act) {
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (place.querySelector(`[data-part=${name}]`));
  const code = /** @type {HTMLInputElement} */ (part('code'));
  /** @type {Signer | undefined} */
  let known;
  let busy = false;

  /** @param {string} word */
  const say = (word) => { part('status').textContent = words[word] ?? word; };

  /**
   * Make the key of this device under a confirmation, and remember it.
   * @param {unknown} confirmation
   * @returns {Promise<Signer>}
   */
  async function made(confirmation) {
    const device = await makeKey(words.device ?? '', confirmation);
    known = { sign: signByDevice(device), cert_sha256: device.certSha256 };
    code.value = '';
    show();
    return known;
  }

  const WAYS = {
    press: async () => {
      if (known) return known;
      if (!code.value.trim()) {
        code.setAttribute('aria-invalid', 'true');
        code.focus();
        throw new Refused({ detail: words.no_code ?? '', next: words.no_code_next ?? '' });
      }
      return made(code.value.trim());
    },
    passkey: async () => made(await passkeyConfirmation()),
    token: async () => ({ sign: signByToken, cert_sha256: await sha256(new Uint8Array(await tokenCertificate())) }),
  };

  function show() {
    part('key').hidden = Boolean(known);
    part('passkey').hidden = Boolean(known) || !passkeysPossible();
    part('token').hidden = !bridged();
  }

  /** @param {() => Promise<Signer>} signer */
  async function press(signer) {
    if (busy) return;
    busy = true;
    part('refusal').hidden = true;
    try {
      await act(signer);
    } catch (error) {
      refuse(error);
    } finally {
      busy = false;
    }
  }

  /** @param {unknown} error */
  function refuse(error) {
    const told = error instanceof Refused ? error : new Refused(outside(error));
    say('');
    part('why').textContent = told.message;
    part('next').textContent = told.next;
    part('article').textContent = told.article;
    part('rule').textContent = told.code;
    part('refusal').hidden = false;
    part('refusal').focus();
  }

  /** @param {unknown} error */
  function outside(error) {
    if (error instanceof BridgeSilent) return { detail: words.bridge ?? '', next: words.bridge_next ?? '' };
    if (error instanceof DOMException) return { detail: words.stopped ?? '', next: words.stopped_next ?? '' };
    if (error instanceof Unanswered) return { detail: words.silent ?? '', next: words.press ?? '' };
    if (error instanceof TypeError) return { detail: words.silent ?? '', next: words.press ?? '' }; // of fetch
    return { detail: (words.not_sealed ?? '').replace('{why}', error instanceof Error ? error.message : String(error)), next: words.elsewhere ?? '' };
  }

  part('form').addEventListener('submit', (event) => {
    event.preventDefault();
    void press(WAYS.press);
  });
  part('passkey').addEventListener('click', () => void press(WAYS.passkey));
  part('token').addEventListener('click', () => void press(WAYS.token));
  code.addEventListener('input', () => code.removeAttribute('aria-invalid'));

  return {
    say,
    refuse,

    /** Find the key of this device. */
    async begin() {
      if (!possible()) return;
      const device = await deviceKey();
      known = device && { sign: signByDevice(device), cert_sha256: device.certSha256 };
      show();
    },
  };
}

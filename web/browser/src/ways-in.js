/**
 * The ways in by a key: log in by a passkey or a CA token, make a passkey, enrol a firm by its token.
 * Every button stands in a place `[data-way]` with its words, its status line and its refusal; without
 * JavaScript, or where the browser cannot, the place stays hidden and the page works without it.
 * @module
 */

import { Refused } from './keys.js';
import { NoIdentity, passkeyIdentity } from './passkey-identity.js';
import { logInByPasskey, makePasskey, passkeyConfirmation, passkeysPossible } from './passkey.js';
import { BridgeSilent, bridged, enrolByToken, logInByToken, tokenConfirmation } from './token.js';

/** @typedef {{place: HTMLElement, form: FormData | undefined}} Press */

/** @type {Record<string, {possible: () => boolean, act: (press: Press) => Promise<string | false | void>}>} */
const WAYS = {
  'log-in-passkey': {
    possible: passkeysPossible,
    act: async () => { await logInByPasskey(); },
  },
  'log-in-token': {
    possible: bridged,
    act: async () => { await logInByToken(); },
  },
  'make-passkey': {
    possible: passkeysPossible,
    act: async ({ form }) => {
      await makePasskey(String(form?.get('name')), String(form?.get('confirmation')));
    },
  },
  'make-passkey-passkey': {
    possible: passkeysPossible,
    act: async ({ place }) => { await makePasskey(nameIn(place), await passkeyConfirmation()); },
  },
  'make-passkey-token': {
    possible: () => bridged() && passkeysPossible(),
    act: async ({ place }) => { await makePasskey(nameIn(place), await tokenConfirmation()); },
  },
  'save-identity': {
    possible: passkeysPossible,
    act: async () => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([await passkeyIdentity()], { type: 'text/plain' }));
      link.download = 'identity.txt';
      link.click();
      return false;
    },
  },
  'enrol-token': {
    possible: bridged,
    act: async ({ place }) => {
      const { org } = await enrolByToken(place.dataset.origin ?? '');
      return `/enrol?enrolled=${encodeURIComponent(org)}`;
    },
  },
};

for (const place of document.querySelectorAll('[data-ways]')) {
  if (place instanceof HTMLElement) begin(place);
}

for (const chosen of document.querySelectorAll('[data-fills]')) {
  if (chosen instanceof HTMLInputElement) fill(chosen);
}

/**
 * Let a file fill the text field that it names.
 * @param {HTMLInputElement} chosen
 */
function fill(chosen) {
  const text = document.getElementById(chosen.dataset.fills ?? '');
  if (!(text instanceof HTMLTextAreaElement) || !chosen.parentElement) return;
  chosen.parentElement.hidden = false;
  chosen.addEventListener('change', () => void chosen.files?.[0]?.text().then((read) => { text.value = read; }));
}

/**
 * Make the buttons of one place live.
 * @param {HTMLElement} place
 */
function begin(place) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (place.querySelector(`[data-part=${name}]`));
  let busy = false;
  let shown = 0;
  for (const button of place.querySelectorAll('[data-way]')) {
    const way = WAYS[/** @type {HTMLElement} */ (button).dataset.way ?? ''];
    if (!way || !(button instanceof HTMLElement)) continue;
    button.hidden = !way.possible();
    shown += Number(!button.hidden);
    const form = button.closest('form');
    const isSubmit = button.getAttribute('type') === 'submit';
    (isSubmit && form ? form : button).addEventListener(isSubmit ? 'submit' : 'click', (event) => {
      event.preventDefault();
      if (!isSubmit && form instanceof HTMLFormElement && !nameGiven(form)) return;
      void guarded(way, form ? new FormData(form) : undefined);
    });
  }
  place.hidden = shown === 0;

  /**
   * Do one thing at a time, and tell what went wrong where it went wrong.
   * @param {{act: (press: Press) => Promise<string | false | void>}} way
   * @param {FormData | undefined} form
   */
  async function guarded(way, form) {
    if (busy) return;
    busy = true;
    part('refusal').hidden = true;
    part('status').textContent = words.asking ?? '';
    try {
      const where = await way.act({ place, form });
      if (where === false) { // it is done here, nothing else is to be shown
        part('status').textContent = words.saved ?? '';
        return;
      }
      const onward = new URL(where ?? place.dataset.onward ?? '', location.href);
      const isHere = onward.pathname === location.pathname && onward.search === location.search;
      if (isHere) location.reload(); // the same address is no journey: the page shows what is new
      else location.assign(onward);
    } catch (error) {
      part('status').textContent = '';
      refuse(error);
    } finally {
      busy = false;
    }
  }

  /** @param {unknown} error */
  function refuse(error) {
    const told = error instanceof Refused ? error : new Refused(outside(error));
    part('why').textContent = told.message;
    part('next').textContent = told.next;
    part('code').textContent = told.code;
    part('refusal').hidden = false;
    part('refusal').focus();
  }

  /**
   * Say what the browser, the authenticator or the bridge did, in the page's words.
   * @param {unknown} error
   */
  function outside(error) {
    if (error instanceof NoIdentity) return { detail: words.no_prf ?? '', next: words.no_prf_next ?? '' };
    if (error instanceof BridgeSilent) return { detail: words.bridge ?? '', next: words.bridge_next ?? '' };
    if (error instanceof DOMException && error.name === 'InvalidStateError') {
      return { detail: words.there ?? '', next: words.there_next ?? '' };
    }
    if (error instanceof DOMException) return { detail: words.stopped ?? '', next: words.stopped_next ?? '' };
    return { detail: words.silent ?? '', next: words.press ?? '' };
  }
}

/** @param {HTMLElement} place */
const nameIn = (place) => String(new FormData(/** @type {HTMLFormElement} */ (place.querySelector('form'))).get('name'));

/** @param {HTMLFormElement} form */
function nameGiven(form) {
  const name = form.elements.namedItem('name');
  return !(name instanceof HTMLInputElement) || name.reportValidity();
}

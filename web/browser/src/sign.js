/**
 * The one way to sign on a page: the exact text is fetched, shown and hashed, the key of this device
 * signs it, the hall answers with a receipt or a refusal in words. One press where the key is there.
 * Its markup is `templates/macros/sign.html`.
 * @module
 */

import { ask, deviceKey, makeKey, newKey, possible, Refused, signByDevice, signed } from './keys.js';
import { passkeyConfirmation, passkeysPossible } from './passkey.js';
import { BridgeSilent, bridged, signByToken } from './token.js';

const STALE = 5 * 60_000; // a notice is signed for now: an older text is fetched again before the press
const LOOK_AGAIN = 3_000;
const GROUP = 4; // hex digits that are read at a time

// What others do by themselves within seconds: asked again until it is there.
const AWAITED = new Set(['policy.keys_missing', 'award.not_opened', 'award.pending']);

for (const place of document.querySelectorAll('section.sign')) {
  if (place instanceof HTMLElement && possible()) void begin(place);
}

/** @typedef {(name: string) => HTMLElement} Part */

/**
 * What one button knows: the text as it was shown, when it came, and the request that carries it.
 * @typedef {{text: string, at: number, request?: {body: string, key: string} | undefined}} Matter
 */

/**
 * Make one button live.
 * @param {HTMLElement} place
 */
async function begin(place) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  /** @type {Part} */
  const part = (name) => /** @type {HTMLElement} */ (place.querySelector(`[data-part=${name}]`));
  /** @param {string} word */
  const say = (word) => { part('status').textContent = words[word] ?? ''; };
  /** @type {Matter | undefined} */
  let matter;
  /** @type {import('./keys.js').Sign | undefined} */
  let by;
  let busy = false;

  part('without').hidden = true;
  part('again').addEventListener('click', () => location.reload());
  part('press').addEventListener('click', () => void guarded(press));
  part('make').addEventListener('submit', (event) => {
    event.preventDefault();
    void guarded(async () => make(String(inForm('confirmation'))));
  });
  part('passkey').hidden = !passkeysPossible();
  part('passkey').addEventListener('click', () => void guarded(async () => {
    say('asking');
    await make(await passkeyConfirmation());
  }));
  part('token').hidden = !bridged();
  part('by-token').addEventListener('click', () => void guarded(async () => {
    by = signByToken;
    await press();
  }));
  const named = part('make').querySelector('[name=name]');
  if (named instanceof HTMLInputElement) named.value = deviceName(words.device ?? '');
  await look();

  /** Fetch the text and find the key; what is not there yet is asked for again. */
  async function look() {
    part('refusal').hidden = true;
    if (place.dataset.shown === '') { // the page could show no text yet: others see to that
      say('awaited');
      if (await changed(place)) return location.reload();
      setTimeout(() => void look(), LOOK_AGAIN);
      return;
    }
    say('fetching');
    try {
      matter = { text: await fetchText(place), at: Date.now() };
      const device = await deviceKey();
      by = device && signByDevice(device);
    } catch (error) {
      if (error instanceof Refused && AWAITED.has(error.code)) {
        refuse(error);
        say('awaited');
        setTimeout(() => void look(), LOOK_AGAIN);
        return;
      }
      return refuse(error);
    }
    const shown = place.dataset.shown;
    await show(part, matter.text);
    if (shown !== undefined && shown !== (await digest(undated(matter.text)))) {
      return refuse(new Refused({ detail: words.changed ?? '', next: words.reload ?? '' }));
    }
    ready();
  }

  /** Offer the press where the key is there, else to make one. */
  function ready() {
    say('');
    part('acts').hidden = !by;
    part('key').hidden = Boolean(by);
  }

  /** @param {string} name of a field of the form that makes a key */
  function inForm(name) {
    return String(new FormData(/** @type {HTMLFormElement} */ (part('make'))).get(name));
  }

  /**
   * Make the key of this device: the one confirmation goes with it.
   * @param {unknown} confirmation
   */
  async function make(confirmation) {
    say('making');
    by = signByDevice(await makeKey(inForm('name'), confirmation));
    if (matter) matter.at = 0; // no text is older than the key that signs it: it is fetched again
    ready();
    say('made');
    part('press').focus();
  }

  /** Sign and post; a request that got no answer is sent again as it was. */
  async function press() {
    if (!matter || !by) return;
    if (!matter.request && Date.now() - matter.at > STALE) {
      const fresh = await fetchText(place);
      if (undated(fresh) !== undated(matter.text)) {
        throw new Refused({ detail: words.changed ?? '', next: words.reload ?? '' });
      }
      matter = { text: fresh, at: Date.now() };
      await show(part, fresh);
    }
    say('signing');
    matter.request ??= { body: await signed(matter.text, by), key: newKey() };
    try {
      await receive(await ask('POST', place.dataset.post ?? '', matter.request));
    } catch (error) {
      if (error instanceof Refused) matter.request = undefined; // this one has had its answer
      throw error;
    }
  }

  /** @param {{receipt?: string}} answer */
  async function receive(answer) {
    const receipt = JSON.parse(answer.receipt ?? '{}');
    part('at').textContent = `${beijing(receipt.fields?.at)} ${words.zone ?? ''}`;
    keep(part('receipt'), answer.receipt ?? '', place.id);
    part('entry').textContent = grouped(await leaf(receipt.record ?? ''));
    part('signed').textContent = part('hash').textContent;
    say('');
    for (const name of ['acts', 'key', 'refusal']) part(name).hidden = true;
    part('done').hidden = false;
    part('done').focus();
    place.dispatchEvent(new CustomEvent('signed', { bubbles: true }));
  }

  /** @param {unknown} error */
  function refuse(error) {
    const told = error instanceof Refused ? error : new Refused(outside(error));
    say('');
    part('why').textContent = told.message;
    part('next').textContent = told.next;
    part('article').textContent = told.article;
    part('code').textContent = told.code;
    part('again').hidden = !(error instanceof Refused);
    part('refusal').hidden = false;
  }

  /** @param {unknown} error of the bridge, of an authenticator, or of the line */
  function outside(error) {
    if (error instanceof BridgeSilent) return { detail: words.bridge ?? '', next: words.bridge_next ?? '' };
    if (error instanceof DOMException) return { detail: words.stopped ?? '', next: words.stopped_next ?? '' };
    return { detail: words.silent ?? '', next: words.press ?? '' };
  }

  /**
   * Do one thing at a time, and tell what went wrong where it went wrong.
   * @param {() => Promise<void>} act
   */
  async function guarded(act) {
    if (busy) return;
    busy = true;
    part('refusal').hidden = true;
    try {
      await act();
    } catch (error) {
      refuse(error);
      part('refusal').focus();
    } finally {
      busy = false;
    }
  }
}

/**
 * Tell whether the page would show something else by now.
 * @param {HTMLElement} place
 */
async function changed(place) {
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return fresh.getElementById(place.id)?.dataset.shown !== '';
  } catch {
    return false;
  }
}

/** @param {HTMLElement} place */
async function fetchText(place) {
  return String((await ask('GET', place.dataset.text ?? '')).json);
}

/**
 * Show what is signed: its hash, and the text itself, letter by letter.
 * @param {Part} part
 * @param {string} text
 */
async function show(part, text) {
  part('hash').textContent = grouped(await digest(text));
  part('exact').textContent = text;
  part('text').hidden = false;
}

/** @param {string} text */
const digest = (text) => sha256(new TextEncoder().encode(text));

/** @param {string} record in hex; the hash of its leaf names the entry (RFC 6962, 2.1) */
const leaf = (record) => sha256(
  Uint8Array.from([0, ...(record.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))]),
);

/** @param {Uint8Array<ArrayBuffer>} plain */
async function sha256(plain) {
  const hashed = new Uint8Array(await crypto.subtle.digest('SHA-256', plain));
  return Array.from(hashed, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} digits */
const grouped = (digits) => (digits.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join(' ');

/** @param {string} text without what moves with the clock: all that a reader has read */
const undated = (text) => text.replace(/"(published|candidates_until)":"[^"]*"/, '');

/** @param {string | undefined} instant UTC, of the hall's clock */
function beijing(instant) {
  if (!instant) return '';
  return new Date(Date.parse(instant) + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * Offer a receipt as a file, exactly as the hall has signed it.
 * @param {HTMLElement} link
 * @param {string} receipt
 * @param {string} name
 */
function keep(link, receipt, name) {
  if (!(link instanceof HTMLAnchorElement)) return;
  link.href = URL.createObjectURL(new Blob([receipt], { type: 'application/json' }));
  link.download = `receipt-${name}.json`;
}

/**
 * Suggest a name for this device, which its person may change.
 * @param {string} computer
 */
function deviceName(computer) {
  const agent = navigator.userAgent;
  const browser = /(Firefox|Edg|Chrome|Safari)/.exec(agent)?.[1] ?? '';
  const system = /(Windows|Android|iPhone|iPad|Mac OS|Linux)/.exec(agent)?.[1] ?? '';
  return [browser === 'Edg' ? 'Edge' : browser, system].filter(Boolean).join(', ') || computer;
}

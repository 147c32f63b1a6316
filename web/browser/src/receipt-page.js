/**
 * The receipts of a bidder: the files that are still missing go on their way, the hall's word is kept
 * as a file, the bid is taken back under one confirmation, a copy of its key is made, and its owner
 * opens it where key holders fail. Source: web.md 9.9; sealing.md 7.4, 8.5; people.md 6.
 * @module
 */

import { size } from './bid-bytes.js';
import { openConfirmation } from './bid-confirm.js';
import { keptBid, keptPart } from './bid-kept.js';
import { openLine } from './bid-line.js';
import { dumps } from './canonical.js';
import { ask, newKey, possible, signed } from './keys.js';
import { NoIdentity, passkeyRecipient } from './passkey-identity.js';
import { passkeysPossible } from './passkey.js';
import { openWorkers } from './seal-client.js';

/** @typedef {import('./bid-kept.js').KeptBid} KeptBid */

/** The bid is not on the list that the hall has closed. */
class Unlisted extends Error {}

const SHORTEST = 12; // letters of a passphrase
const NONCE_SIZE = 16;

const page = document.getElementById('receipts');
if (page && possible()) begin(page);

/** @param {HTMLElement} place */
function begin(place) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  const workers = openWorkers(place.dataset.worker ?? '');
  for (const one of place.querySelectorAll('[data-receipt]')) {
    void openReceipt(/** @type {HTMLElement} */ (one), { words, workers, bidder: place.dataset.bidder ?? '' });
  }
}

/**
 * @param {HTMLElement} place
 * @param {{words: Record<string, string>, workers: import('./seal-client.js').Workers, bidder: string}} around
 */
async function openReceipt(place, { words, workers, bidder }) {
  const envelope = place.dataset.receipt ?? '';
  const [origin, tender, lot, stage] = JSON.parse(place.dataset.box ?? '[]');
  const box = { origin, tender, lot, stage };
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement | null} */ (place.querySelector(`[data-part=${name}]`));
  /** @param {string | undefined} said */
  const tell = (said) => { const at = part('told'); if (at) at.textContent = said ?? ''; };

  const link = place.querySelector('[data-keep]');
  if (link instanceof HTMLAnchorElement) offer(link, link.dataset.text ?? '', link.dataset.keep ?? '');
  if (part('press')) {
    const confirmation = openConfirmation(/** @type {HTMLElement} */ (part('press')?.closest('details')), words, withdraw);
    await confirmation.begin().catch(confirmation.refuse);
  }
  const kept = await keptBid(envelope);
  if (part('following')) await follow();
  if (!kept) return;
  show('more');
  part('copy')?.addEventListener('submit', (event) => {
    event.preventDefault();
    void write(kept).catch(fail);
  });
  const byPasskey = part('by-passkey');
  if (byPasskey) byPasskey.hidden = !passkeysPossible();
  byPasskey?.addEventListener('click', () => void passkeyRecipient().then((recipient) => save(kept, { recipient })).catch(fail));
  show('own');
  part('open')?.addEventListener('click', () => void openOwn(kept).catch(fail));

  /** @param {string} name */
  function show(name) {
    const one = part(name);
    if (one) one.hidden = false;
  }

  /** @param {unknown} error */
  function fail(error) {
    if (error instanceof NoIdentity) return tell(words.no_prf);
    if (error instanceof DOMException) return tell(words.stopped);
    const why = error instanceof Error ? error.message : String(error);
    tell(error instanceof Unlisted ? words.unlisted : (words.not_sealed ?? '').replace('{why}', why));
  }

  /** Send what the hall still misses of this bid, and read the page again when it has all. */
  async function follow() {
    const at = /** @type {HTMLElement} */ (part('following'));
    const parts = kept ? JSON.parse(kept.seal).core.parts : [];
    const here = await Promise.all(parts.map((/** @type {{sha256: string}} */ one) => keptPart(one.sha256)));
    if (!parts.length || here.includes(undefined)) {
      at.textContent = words.lost ?? '';
      return;
    }
    const line = openLine(() => {
      at.textContent = (words.following ?? '').replace('{left}', size(line.left()));
      if (!line.left() && line.state() === 'idle') location.reload();
    });
    line.send(parts);
  }

  /** @param {() => Promise<import('./bid-confirm.js').Signer>} signer */
  async function withdraw(signer) {
    const { sign, cert_sha256 } = await signer();
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_SIZE));
    const text = dumps({
      v: 'bid-withdraw/v1', ...box, bidder: { id: bidder, cert_sha256 }, envelope,
      nonce: Array.from(nonce, (byte) => byte.toString(16).padStart(2, '0')).join(''),
      created: `${new Date().toISOString().slice(0, 19)}Z`,
    });
    await ask('POST', '/api/v1/withdrawals', { body: await signed(text, sign), key: newKey() });
    location.reload();
  }

  /**
   * Make `receipt.age`: S under a passphrase, for its owner alone.
   * @param {KeptBid} bid
   */
  async function write(bid) {
    const typed = /** @type {HTMLInputElement} */ (part('passphrase'));
    if (typed.value.length < SHORTEST) {
      typed.setAttribute('aria-invalid', 'true');
      typed.focus();
      tell(words.short);
      return;
    }
    typed.removeAttribute('aria-invalid');
    await save(bid, { passphrase: typed.value });
    typed.value = '';
  }

  /**
   * @param {KeptBid} bid
   * @param {import('./seal-receipt.js').To} to
   */
  async function save(bid, to) {
    const { bytes } = await workers.ask('write-receipt', { keeper: bid.keeper, secret: bid.secret, to });
    const made = document.createElement('a');
    offer(made, bytes, 'receipt.age');
    made.click();
    tell(words.written);
  }

  /**
   * Give S away, once the closed list is seen to name this bid.
   * @param {KeptBid} bid
   */
  async function openOwn(bid) {
    const { list } = await ask('GET', `/api/v1/boxes/${tender}/${lot}/${stage}/dossier`);
    const { envelopes } = JSON.parse(list.json);
    if (!envelopes.some((/** @type {{envelope: string}} */ one) => one.envelope === envelope)) throw new Unlisted();
    const { object } = await workers.ask('reveal', { keeper: bid.keeper, secret: bid.secret, seal: bid.seal, policy: bid.policy });
    await ask('POST', '/api/v1/owner-releases', { body: JSON.stringify({ object }), key: newKey() });
    const own = part('own');
    if (own) own.hidden = true;
    tell(words.opened);
  }
}

/**
 * @param {HTMLAnchorElement} link
 * @param {BlobPart} content
 * @param {string} name
 */
function offer(link, content, name) {
  link.href = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  link.download = name;
}

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
import { Early, Pending, Uncosigned, Unlisted } from './bid-gate.js';
import { isFinal, openGiving } from './bid-giving.js';
import { Withheld } from './bid-lists.js';
import { awaitOpening, heldIn, openTries } from './bid-own.js';
import { dumps } from './canonical.js';
import { beijing } from './clock.js';
import { ask, newKey, possible, signed } from './keys.js';
import { NoIdentity, passkeyIdentity, passkeyRecipient } from './passkey-identity.js';
import { passkeysPossible } from './passkey.js';
import { openWorkers } from './seal-client.js';

/** @typedef {import('./bid-kept.js').KeptBid} KeptBid */

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
    const around = { words, workers, bidder: place.dataset.bidder ?? '', kinds: JSON.parse(place.dataset.kinds ?? '{}') };
    void openReceipt(/** @type {HTMLElement} */ (one), around);
  }
}

/**
 * @param {HTMLElement} place
 * @param {{words: Record<string, string>, workers: import('./seal-client.js').Workers, bidder: string, kinds: import('./entries.js').Kinds}} around
 */
async function openReceipt(place, { words, workers, bidder, kinds }) {
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
  if (part('own')) offerOwn();
  else if (kept && place.dataset.opens) awaitOpening(place.dataset.opens, '[data-part=own]');
  if (!kept) return;
  show('more');
  part('copy')?.addEventListener('submit', (event) => {
    event.preventDefault();
    void write(kept).catch(fail);
  });
  const byPasskey = part('by-passkey');
  if (byPasskey) byPasskey.hidden = !passkeysPossible();
  byPasskey?.addEventListener('click', () => void passkeyRecipient().then((recipient) => save(kept, { recipient })).catch(fail));

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
    if (error instanceof Uncosigned) return tell((words.uncosigned ?? '').replace('{until}', beijing(error.until)));
    if (error instanceof Early) return tell(words.early);
    if (error instanceof Withheld) return tell((words.withheld ?? '').replace('{why}', why));
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

  /** Offer to open the bid, by what this browser has kept or by a receipt; where nobody else can, do. */
  function offerOwn() {
    const own = /** @type {HTMLElement} */ (part('own'));
    own.hidden = false;
    const press = /** @type {HTMLElement} */ (part('open'));
    /** @type {HTMLElement} */ (part('by-receipt')).hidden = Boolean(kept);
    const giving = openGiving(openTries(box, envelope, { kinds, kept, workers }), { given, failed });
    press.addEventListener('click', () => void open().catch(fail));
    if (kept && own.dataset.alone !== undefined) void giving.give(kept);

    async function open() {
      await giving.give(kept ?? (await read()));
    }

    function given() {
      own.hidden = true;
      tell(words.opened);
    }

    /** @param {unknown} error */
    function failed(error) {
      if (isFinal(error) || (error instanceof Withheld && !(error instanceof Pending))) return fail(error);
      const why = error instanceof Error ? error.message : String(error);
      tell((words.again ?? '').replace('{why}', why));
    }

    /** Read the receipt that was chosen: by its passphrase, or by a passkey where none is given. */
    async function read() {
      const file = /** @type {HTMLInputElement} */ (part('receipt-file')).files?.[0];
      if (!file) throw new Error(words.no_receipt);
      const { value: passphrase } = /** @type {HTMLInputElement} */ (part('receipt-pass'));
      const by = passphrase ? { passphrase } : { identity: identityIn(await passkeyIdentity()) };
      return heldIn(`${bidder}/${tender}/${lot}/${stage}`, file, by, workers);
    }
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

/** @param {string} file that age takes: the line that is no comment */
const identityIn = (file) => file.split('\n').find((line) => line.startsWith('AGE-')) ?? '';

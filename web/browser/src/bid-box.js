/**
 * One box of the workspace: what it is sealed to, its files, its form, its review, its envelope.
 * @module
 */

import { sha256, short, size } from './bid-bytes.js';
import { hallTime } from './clock.js';
import { capitalOf } from './capital.js';
import { money, openFields } from './bid-fields.js';
import { isSealed, NotTaken, openFiles } from './bid-files.js';
import { keepBid, keepBox, keepPart, keptBox, keptPart, openDraft, sealDraft } from './bid-kept.js';
import { ask, newKey, Refused, signed } from './keys.js';
import { handIn, isFinal, standing, Unanswered } from './lodge.js';
import { NotSealed } from './seal-client.js';

/** @typedef {import('./keys.js').Sign} Sign */
/** @typedef {import('./seal-offer.js').Offer} Offer */
/** @typedef {import('./seal-worker.js').Answers} Answers */

/**
 * @typedef {object} Around
 * @property {Record<string, string>} words
 * @property {import('./seal-client.js').Workers} workers
 * @property {ReturnType<typeof import('./bid-line.js').openLine>} line
 * @property {string} bidder
 * @property {string} tender
 * @property {() => void} changed
 */

/** @typedef {{of: string, bound: Answers['bind'], policy: string, channels: import('./lodge.js').Channel[], log: {vkey: string, policy: string}, p7s: Uint8Array<ArrayBuffer>, request: {body: string, key: string} | undefined}} Sealed `of`: what it was sealed from */

const SAVED_AFTER = 400; // milliseconds after the last letter

/**
 * @param {HTMLElement} place
 * @param {Around} around
 */
export async function openBox(place, { words, workers, line, bidder, tender, changed }) {
  const box = await keptBox(`${bidder}/${tender}/${place.dataset.box}`);
  const address = `/api/v1/boxes/${tender}/${place.dataset.box}/sealing`;
  const name = place.dataset.name ?? '';
  /** @param {string} named */
  const part = (named) => /** @type {HTMLElement} */ (place.querySelector(`[data-part=${named}]`));
  /** @param {string} named */
  const said = (named) => /** @type {HTMLElement} */ (document.querySelector(`[data-review="${place.id}-${named}"]`));
  const fields = openFields(place, words, () => {
    save();
    changed();
  });
  const files = openFiles(box, { workers, line, most: Number(place.dataset.most), tell: changed });
  /** @type {Offer | undefined} */
  let offer;
  /** @type {Sealed | undefined} */
  let sealed;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let saving;
  let submitted = false;
  /** @type {import('./lodge.js').Attempt | undefined} */
  let attempt;
  /** @type {import('./lodge.js').Standing | undefined} */
  let stands;
  /** @type {Map<string, HTMLElement>} by path */
  const rows = new Map();

  fields.fill(await openDraft(box).catch(() => ({})));
  const input = /** @type {HTMLInputElement} */ (part('choose'));
  input.addEventListener('change', () => {
    void takeAll([...input.files ?? []]);
    input.value = '';
  });
  part('drop').addEventListener('dragover', (event) => {
    event.preventDefault();
    part('drop').classList.add('is-over');
  });
  part('drop').addEventListener('dragleave', () => part('drop').classList.remove('is-over'));
  part('drop').addEventListener('drop', (event) => {
    event.preventDefault();
    part('drop').classList.remove('is-over');
    void takeAll([...event.dataTransfer?.files ?? []]);
  });
  await prove().catch((error) => {
    part('unproved').hidden = false;
    part('unproved-why').textContent = whyOf(error);
  });

  /** Prove whose keys this box is sealed to, and show them. */
  async function prove() {
    offer = await workers.ask('read-offer', { sealed_to: await ask('GET', address) });
    const holders = [...new Set(offer.trustees.map((key) => key.holder.id))];
    for (const lock of document.querySelectorAll(`[data-keys-of~="${place.id}"] [data-holder]`)) {
      const row = /** @type {HTMLElement} */ (lock);
      if (!holders.includes(row.dataset.holder ?? '')) continue;
      row.dataset.proofs = `${row.dataset.proofs ?? ''}${place.id} `; // one for each box of the ring
      const ring = /** @type {HTMLElement} */ (row.closest('[data-keys-of]')).dataset.keysOf ?? '';
      /** @type {HTMLElement} */ (row.querySelector('[data-proved]')).hidden = row.dataset.proofs.length !== ring.length;
    }
  }

  /** @param {File[]} chosen */
  async function takeAll(chosen) {
    part('not-taken').hidden = true;
    const refused = [];
    for (const file of chosen) {
      try {
        await files.take(file);
      } catch (error) {
        if (!(error instanceof NotTaken)) throw error;
        refused.push((words[`file_${error.message}`] ?? '').replace('{name}', file.name));
      }
    }
    part('not-taken').hidden = !refused.length;
    part('not-taken').textContent = refused.join(' ');
    changed();
  }

  function save() {
    clearTimeout(saving);
    saving = setTimeout(keepDraft, SAVED_AFTER);
  }

  /** Keep what is typed, at once where a page may be left. */
  async function keepDraft() {
    clearTimeout(saving);
    saving = undefined;
    box.draft = await sealDraft(fields.draft(), box.keeper);
    await keepBox(box);
    const at = document.querySelector('[data-part=saved]');
    if (at) at.textContent = (words.saved ?? '').replace('{at}', new Date((hallTime() ?? Date.now()) + 8 * 3600_000).toISOString().slice(11, 19));
  }

  /**
   * Seal this box anew, unless nothing has changed since it was sealed.
   * @param {string} cert_sha256
   * @returns {Promise<Sealed>}
   */
  async function bound(cert_sha256) {
    const form = fields.form();
    const of = JSON.stringify([form, files.parts(), cert_sha256]);
    if (sealed?.of === of) return sealed;
    const sealed_to = await ask('GET', address);
    const fresh = await workers.ask('read-offer', { sealed_to });
    if (fresh.notice_sha256 !== offer?.notice_sha256) {
      throw new Refused({ detail: words.amended ?? '', next: words.amended_next ?? '' });
    }
    box.files_key ??= (await workers.ask('files-key', { keeper: box.keeper })).files_key;
    const made = await workers.ask('bind', {
      keeper: box.keeper, files_key: box.files_key, sealed_to, form,
      bidder: { id: bidder, cert_sha256 },
      place: { seq: sealed_to.bidder.sequence.seq, supersedes: sealed_to.bidder.sequence.supersedes },
      files: box.files.map(({ path, type, sealed: pieces }) => ({ path, type, sealed: /** @type {import('./seal-worker.js').Sealed[]} */ (pieces) })),
      at: Date.now(),
    });
    return { of, bound: made, policy: await policyOf(sealed_to.policies, made.seal), channels: sealed_to.channels, log: sealed_to.log, p7s: new Uint8Array(), request: undefined };
  }

  function sendWhatLacks() {
    const lacking = new Set(stands?.missing);
    line.again(sealed?.bound.parts.filter(({ sha256: hash }) => lacking.has(hash)) ?? []);
  }

  return {
    name,
    slug: (place.dataset.box ?? '').replace('/', '-'),
    files,
    isBegun: () => box.files.length > 0 || fields.isBegun(),
    isReady: () => offer !== undefined && !fields.fields.some((field) => !fields.answer(field)) && box.files.every(isSealed),
    /** Why sealing has stopped, in words. */
    fault() {
      const { path, what, why } = files.fault() ?? { path: '', what: '', why: '' };
      return (words[`fault_${what}`] ?? '').replace('{name}', path).replace('{why}', why);
    },

    isUnsealed: () => !submitted && box.files.some((file) => !isSealed(file)),

    /** Files that have not arrived whole. */
    going: () => box.files.filter((file) => !isThere(file)),

    problems() {
      const wrong = fields.problems().map((one) => (place.dataset.several === undefined ? one : { ...one, said: `${name} · ${one.said}` }));
      if (!offer) wrong.push({ place: place.id, said: words.unproved ?? '' });
      if (!box.files.every(isSealed)) wrong.push({ place: `${place.id}-files`, said: words.unsealed ?? '' });
      return wrong;
    },

    /**
     * Seal, sign and submit; what got no answer is sent again as it was.
     * @param {Sign} sign
     * @param {string} cert_sha256
     */
    async submit(sign, cert_sha256) {
      if (saving !== undefined) await keepDraft().catch(() => {}); // the page is left soon; a draft is no reason to wait
      const before = sealed;
      sealed = await bound(cert_sha256);
      if (submitted && sealed === before) return;
      submitted = false;
      const { seal, part_0, parts, envelope, secret } = sealed.bound;
      if (!sealed.request) {
        const p7s = new Uint8Array(await sign(new TextEncoder().encode(seal)));
        sealed.p7s = p7s;
        await keepPart(/** @type {import('./seal-objects.js').Part} */ (parts[0]).sha256, new Uint8Array(part_0), part_0.byteLength);
        const { policy, log } = sealed;
        await keepBid({
          envelope, box: box.id, keeper: box.keeper, secret, seal, p7s, policy, log: log.vkey, log_policy: log.policy,
          parts: parts.map((one) => one.sha256),
        });
        sealed.request = { body: await signed(seal, async () => p7s), key: newKey() };
      }
      /** @param {AbortSignal} signal */
      const index = (signal) => sendIndex(/** @type {import('./seal-objects.js').Part} */ (parts[0]).sha256, part_0, signal);
      try {
        stands = await handIn(sealed.request, seal, sealed.p7s, sealed.channels, index);
      } catch (error) {
        if (error instanceof Refused) sealed = undefined; // this one has had its answer
        if (error instanceof Unanswered) attempt = error.attempt;
        throw error;
      }
      attempt = undefined;
      submitted = true;
      sendWhatLacks();
    },

    /** The parts that the hall had not found when it was asked last, and until when they may follow. */
    lacks: () => ({ n: stands?.complete === false ? stands.missing.length : 0, parts_by: stands?.parts_by ?? '' }),

    isWhole: () => stands?.complete !== false,

    /** Ask whether the hall has found all parts that went up; one that has no answer is asked again. Throws Refused. */
    async settle() {
      if (stands?.complete !== false || !sealed?.request) return;
      try {
        stands = await standing(sealed.request.body);
        sendWhatLacks();
      } catch (error) {
        if (isFinal(error)) throw error;
      }
    },

    /** What was tried where the hall did not answer. */
    attempt: () => attempt,

    /** Whether it is sealed and signed, and has had no answer of the hall. */
    isOnItsWay: () => Boolean(sealed?.request) && !submitted,

    /**
     * Return `bid.seal`, to carry to another computer; undefined where parts are not kept any more.
     * @returns {Promise<Blob | undefined>}
     */
    async bundle() {
      if (!sealed?.request) return undefined;
      const { seal, parts } = sealed.bound;
      const kept = await Promise.all(parts.map(({ sha256: hash }) => keptPart(hash)));
      const blobs = kept.flatMap((one) => (one ? [one] : []));
      if (blobs.length < parts.length) return undefined;
      return (await workers.ask('bundle', { seal, p7s: sealed.p7s, parts: blobs })).file;
    },

    /** Draw files and review. */
    show() {
      for (const [path, row] of rows) {
        if (box.files.some((file) => file.path === path)) continue;
        row.remove();
        rows.delete(path);
      }
      for (const file of box.files) write(file);
      part('table').hidden = !rows.size;
      fields.write();
      const begun = box.files.length > 0 || fields.isBegun();
      /** @type {HTMLElement} */ (document.querySelector(`[data-review-of="${place.id}"]`)).hidden = !begun;
      for (const field of fields.fields) {
        const cell = said(field.name);
        const answer = fields.answer(field);
        const text = answer && field.type === 'fen' ? `${money(answer)} ${words.unit}` : answer || (words.missing ?? '');
        if (cell.textContent !== text) cell.textContent = text;
      }
      const capital = document.querySelector(`[data-review="${place.id}-capital"]`);
      const asked = fields.fields.find((field) => field.name === 'price_fen');
      const price = asked && fields.answer(asked);
      if (capital) capital.textContent = price && place.dataset.currency === 'CNY' ? capitalOf(money(price)) : '';
      const delivered = box.files.every(isThere);
      said('files').textContent = (words[delivered ? 'files_there' : 'files_going'] ?? '')
        .replace('{n}', String(box.files.length)).replace('{size}', size(files.bytes()));
    },
  };

  /** @param {import('./bid-kept.js').KeptFile} file */
  function isThere(file) {
    return isSealed(file) && file.sealed.every((one) => one && line.isThere(one.part.sha256));
  }

  /**
   * Take a file out: where others are sealed, their bidder says whether they are sealed anew.
   * @param {string} path
   */
  function askFirst(path) {
    const beside = files.sealedBeside(path);
    const [note, text] = [part('taking-out'), part('taking-out-said')];
    /** @param {((path: string) => Promise<void>) | undefined} take */
    const done = (take) => {
      note.hidden = true;
      input.focus();
      void take?.(path).then(changed);
    };
    if (!beside) return done(files.remove);
    text.textContent = (words.taking_out ?? '').replace('{name}', path).replace('{size}', size(beside));
    part('anew').onclick = () => done(files.remove);
    part('as-they-are').onclick = () => done(files.removeAlone);
    part('keep-it').onclick = () => done(undefined);
    note.hidden = false;
    note.focus();
  }

  /**
   * Make the row of a file.
   * @param {string} path
   */
  function rowOf(path) {
    const template = /** @type {HTMLTemplateElement} */ (part('row'));
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
    const button = /** @type {HTMLButtonElement} */ (row.querySelector('button'));
    button.addEventListener('click', () => askFirst(path));
    rows.set(path, row);
    part('files').append(row);
    return row;
  }

  /**
   * Write how far a file is.
   * @param {import('./bid-kept.js').KeptFile} file
   */
  function write(file) {
    const row = rows.get(file.path) ?? rowOf(file.path);
    const parts = file.sealed.flatMap((one) => (one && line.knows(one.part.sha256) ? [one.part] : []));
    const there = isThere(file);
    const state = there ? words.there : isSealed(file) ? words.going
      : !files.isAtHand(file) ? words.choose_again : files.fault() ? words.not_sealed_yet : words.being_sealed;
    const gone = parts.reduce((sum, one) => sum + line.gone(one), 0);
    const more = parts.length > 1 ? ` +${parts.length - 1}` : '';
    const cells = {
      name: file.path,
      which: file.path,
      size: size(file.size),
      hash: parts[0] ? short(parts[0].sha256) + more : '',
      state: (state ?? '').replace('{done}', size(gone)).replace('{all}', size(file.size)),
    };
    for (const [cell, text] of Object.entries(cells)) {
      const place_ = /** @type {HTMLElement} */ (row.querySelector(`[data-cell=${cell}]`));
      if (place_.textContent !== text) place_.textContent = text;
    }
    row.querySelector('[data-cell=tick]')?.toggleAttribute('hidden', !there);
  }
}

/**
 * Send the index, four kilobytes, to the hall itself.
 * @param {string} sha256
 * @param {ArrayBuffer} part_0
 * @param {AbortSignal} signal
 */
async function sendIndex(sha256, part_0, signal) {
  const answer = await fetch(`/api/v1/parts/${sha256}`, {
    method: 'PUT', body: part_0, headers: { 'Content-Type': 'application/octet-stream' }, signal,
  });
  if (!answer.ok) throw new Refused(await answer.json(), answer.status);
}

/**
 * Return the policy that a bid names, as its text.
 * @param {string[]} policies
 * @param {string} seal
 */
async function policyOf(policies, seal) {
  const named = JSON.parse(seal).core.policy_sha256;
  const hashes = await Promise.all(policies.map((text) => sha256(new TextEncoder().encode(text))));
  return policies[hashes.indexOf(named)] ?? '';
}

/** @param {unknown} error */
function whyOf(error) {
  if (error instanceof NotSealed) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

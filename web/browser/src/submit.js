/**
 * A sealed file handed in from any computer: taken apart on it, the manifest sent first, then each
 * part the way that the hall says. Pressed again it goes on where it stopped. Without this module the
 * form sends the file whole, and the hall takes it apart. Its markup is `templates/submit/page.html`.
 * @module
 */

import { ask, newKey, Refused } from './keys.js';
import { handIn, inTime, isFinal, showAttempts, standing, Unanswered } from './lodge.js';
import { Refusal } from './seal-objects.js';
import { readBid } from './seal-bundle.js';

const AT_ONCE = 64; // parts that are asked about in one request (web/routes/bids.py, MOST_AT_ONCE)

/** @typedef {{sha256: string, size: number, from: number, to: number}} Part */
/** @typedef {{envelope: string, receipt: string, receipt_p7s: string}} Receipted */
/** @typedef {import('./lodge.js').Standing} Taken */
/** @typedef {{sha256: string, present: boolean, url: string | null, headers: Record<string, string>, commit: string | null}} Way */
/** @typedef {Awaited<ReturnType<typeof readBid>>} Bid */

const form = document.getElementById('submit-file');
if (form instanceof HTMLFormElement) begin(form);

/** @param {HTMLFormElement} place */
function begin(place) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  /** @type {(name: string) => HTMLElement} */
  const part = (name) => /** @type {HTMLElement} */ (place.querySelector(`[data-part=${name}]`));
  const input = /** @type {HTMLInputElement} */ (place.querySelector('input[type=file]'));
  const bar = /** @type {HTMLProgressElement} */ (part('progress'));
  /** @type {AbortController | undefined} */
  let under;

  /** @param {string} said */
  const say = (said) => { part('status').textContent = said; };
  /** @param {number} done @param {number} all */
  const tell = (done, all) => {
    bar.max = all;
    bar.value = done;
    say((words.sending ?? '').replace('{done}', megabytes(done)).replace('{all}', megabytes(all)));
  };
  /** @param {string} said */
  const wrong = (said) => {
    part('wrong').textContent = said;
    part('wrong').hidden = said === '';
  };

  place.addEventListener('submit', (event) => {
    event.preventDefault();
    const [file] = input.files ?? [];
    if (file && !under) void press(file);
  });
  part('stop').addEventListener('click', () => under?.abort());
  place.addEventListener('dragover', (event) => event.preventDefault());
  place.addEventListener('drop', (event) => {
    event.preventDefault();
    if (under || !event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });

  /** @param {File} file */
  async function press(file) {
    under = new AbortController();
    show(true);
    wrong('');
    showAttempts(place, [], words);
    /** @type {Taken | undefined} */
    let taken;
    try {
      say(words.reading ?? '');
      const bid = await readBid(file, () => {});
      say(words.taking ?? '');
      taken = await sendFirst(bid);
      receipt(bid, taken); // it is in time from here on, whatever becomes of its parts
      if (!taken.complete) {
        const failed = await sendAll(file, bid, taken, under.signal, tell).catch((error) => error);
        if (failed && !isFinal(failed)) throw failed;
        taken = await standing(bodyOf(bid)).catch((error) => {
          if (isFinal(error)) taken = undefined; // withdrawn, replaced, or too late: no part may follow
          throw error;
        });
        receipt(bid, taken);
        if (failed && !taken.complete) throw failed;
      }
      say(taken.complete ? words.whole ?? '' : late(taken));
      part('receipt').focus();
    } catch (error) {
      say(taken ? late(taken) : '');
      if (error instanceof Unanswered) showAttempts(place, [error.attempt], words);
      wrong(under.signal.aborted ? words.stopped ?? '' : sentence(error));
    } finally {
      under = undefined;
      show(false);
    }
  }

  /** @param {Taken} taken */
  const late = ({ missing, parts_by }) => inTime(words.in_time ?? '', missing.length, parts_by);

  /** @param {unknown} error */
  function sentence(error) {
    if (error instanceof Refused) return [error.message, error.article, error.next].filter(Boolean).join(' ');
    return (error instanceof Refusal ? words.not_sealed : words.again) ?? '';
  }

  /** @param {boolean} busy */
  function show(busy) {
    part('stop').hidden = !busy;
    bar.hidden = !busy;
    /** @type {HTMLButtonElement} */ (part('press')).disabled = busy;
  }

  /** @param {Bid} bid @param {Taken} taken */
  function receipt(bid, taken) {
    const { completed } = taken;
    const { core } = bid.manifest;
    part('tender').textContent = (words.place ?? '').replace('{tender}', core.tender).replace('{lot}', core.lot)
      .replace('{stage}', words[core.stage] ?? core.stage);
    part('bidder').textContent = core.bidder.id;
    const { fields } = JSON.parse((completed ?? taken).receipt);
    part('at').textContent = `${new Date(fields.at).toLocaleString(document.documentElement.lang, { timeZone: 'Asia/Shanghai' })} ${words.zone ?? ''}`;
    part('envelope').textContent = taken.envelope;
    part('saved').replaceChildren(
      ...filesOf('receipt', taken), ...(completed === null ? [] : filesOf('completed', completed)),
    );
    part('receipt').hidden = false;
  }
}

/**
 * Send manifest and signature: they say who, and from here on the bid is in time.
 * @param {Bid} bid
 * @returns {Promise<Taken>}
 */
const sendFirst = (bid) => handIn({ body: bodyOf(bid), key: newKey() }, bid.seal, new Uint8Array(bid.p7s), []);

/** @param {Bid} bid */
const bodyOf = ({ seal, p7s }) => JSON.stringify({
  object: JSON.parse(seal), p7s: btoa(Array.from(p7s, (byte) => String.fromCharCode(byte)).join('')),
});

/**
 * Send the parts that the hall does not have, and take each out of `missing`.
 * @param {Blob} file
 * @param {Bid} bid
 * @param {Taken} taken
 * @param {AbortSignal} signal
 * @param {(done: number, all: number) => void} tell
 */
async function sendAll(file, bid, taken, signal, tell) {
  const wanted = new Set(taken.missing);
  const all = bid.parts.reduce((sum, { size }) => sum + size, 0);
  const missing = bid.parts.filter(({ sha256 }) => wanted.has(sha256));
  let done = all - missing.reduce((sum, { size }) => sum + size, 0);
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    const some = missing.slice(at, at + AT_ONCE);
    const parts = some.map(({ sha256, size }) => ({ sha256, size }));
    /** @type {{parts: Way[]}} */
    const told = await ask('POST', '/api/v1/ways', { body: JSON.stringify({ parts }) });
    for (const [n, way] of told.parts.entries()) {
      const one = /** @type {Part} */ (some[n]);
      tell(done, all);
      await send(file.slice(one.from, one.to), way, signal);
      taken.missing.splice(taken.missing.indexOf(one.sha256), 1);
      done += one.size;
    }
    tell(done, all);
  }
}

/**
 * Send a part where the hall says, and commit it where that is a store. One that is here is passed over.
 * @param {Blob} content
 * @param {Way} way
 * @param {AbortSignal} signal
 */
async function send(content, { url, headers, commit }, signal) {
  if (url === null) return;
  const answer = await fetch(url, { method: 'PUT', headers: commit === null ? { ...language(), ...headers } : headers, body: content, credentials: 'omit', signal });
  if (commit !== null) {
    // 412: an earlier try arrived and its answer was lost; the commit looks at what is there.
    if (!answer.ok && answer.status !== 412) throw new TypeError(answer.statusText);
    await said(await fetch(commit, { method: 'POST', headers: { ...language(), 'Idempotency-Key': newKey() }, credentials: 'omit', signal }));
    return;
  }
  await said(answer);
}

const language = () => ({ 'Accept-Language': document.documentElement.lang });

/**
 * Return what the hall answers, or throw Refused.
 * @param {Response} answer
 */
async function said(answer) {
  const told = await answer.json();
  if (!answer.ok) throw new Refused(told, answer.status);
  return told;
}

/**
 * Offer a receipt and its signature as files to keep.
 * @param {string} word
 * @param {Receipted} given
 */
function filesOf(word, { receipt, receipt_p7s: p7s }) {
  const signature = Uint8Array.from(atob(p7s), (letter) => letter.charCodeAt(0));
  return [[`bid.${word}.json`, new Blob([receipt])], [`bid.${word}.p7s`, new Blob([signature])]].map(([name, content]) => {
    const row = document.createElement('li');
    const link = Object.assign(document.createElement('a'), { className: 'act', textContent: name, download: name });
    link.href = URL.createObjectURL(/** @type {Blob} */ (content));
    row.append(link);
    return row;
  });
}

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 1024 / 1024).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;

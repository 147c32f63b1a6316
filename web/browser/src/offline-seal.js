/**
 * The sealing page as one file: the same worker, no request, no storage. It takes what the hall says
 * of a box as a file and gives `bid.seal`, to be submitted on any computer. Source: web.md 2 and 6.
 * @module
 */

import { BadSignature, inTemplate, verify } from './authority.js';
import { capitalOf } from './capital.js';
import { attributeOf, certificateOf, pemBlocks } from './certificate.js';
import { sign } from './cms.js';
import { Cancelled, openWorkers } from './seal-client.js';

/** @typedef {import('./seal-worker.js').Filed} Filed */
/** @typedef {import('./seal-offer.js').Offer} Offer */
/** @typedef {import('./seal-offer.js').SealedTo} SealedTo */

const PIECE = 8 * 2 ** 20;
const BEIJING = 8 * 3600_000;
const ORGANISATION_IDENTIFIER = '550461'; // 2.5.4.97, the id of a body (web.md 5)
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

/** @type {{sealedTo: SealedTo & {bidder?: {id: string, sequence: {seq: number, supersedes: string | null}} | null}, offer: Offer} | undefined} */
let given;
/** @typedef {{envelope: string, seal: string, parts: Blob[], certSha256: string}} Made */
/** @type {Made | undefined} */
let made;
/** @type {import('./seal-client.js').Workers} */
let workers;

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const box = (id) => /** @type {HTMLInputElement} */ (part(id));
/** @param {string} id */
const link = (id) => /** @type {HTMLAnchorElement} */ (part(id));

/**
 * Return a phrase of the page in both its languages.
 * @param {string} name
 */
function words(name) {
  const term = [...part('words').children].find((one) => one.textContent === name);
  return /** @type {HTMLElement} */ (term?.nextElementSibling).cloneNode(true).childNodes;
}

/**
 * Show a phrase, and what follows it as it is.
 * @param {string} id
 * @param {string} name
 * @param {string} [rest]
 */
const say = (id, name, rest = '') => part(id).replaceChildren(...words(name), rest);

part('lang').addEventListener('click', () => {
  document.documentElement.lang = document.documentElement.lang === 'en' ? 'zh-CN' : 'en';
});
part('offer').addEventListener('change', () => void guarded(readOffer));
part('certificate').addEventListener('change', () => void guarded(readCertificate));
part('p7s').addEventListener('change', () => void guarded(takeSignature));
part('seal').addEventListener('click', () => void guarded(seal));
part('stop').addEventListener('click', () => workers.cancel());

/** Start the workers, try them, and show which program they are. */
async function begin() {
  const program = new TextEncoder().encode(part('worker').textContent ?? '');
  try {
    part('program').textContent = hex(await crypto.subtle.digest('SHA-256', program));
    workers = openWorkers(URL.createObjectURL(new Blob([program], { type: 'text/javascript' })));
    await workers.ask('check', {});
    box('seal').disabled = false;
  } catch {
    part('unfit').hidden = false;
  }
}

/**
 * Run an act and say why it failed, where it did.
 * @param {() => Promise<void>} act
 */
async function guarded(act) {
  part('wrong').hidden = true;
  box('seal').disabled = true;
  try {
    await act();
    part('status').textContent = '';
  } catch (error) {
    if (error instanceof Cancelled) return say('status', 'cancelled');
    part('status').textContent = '';
    part('wrong').hidden = false;
    say('wrong', error instanceof Missing ? error.message : 'failed', error instanceof Missing ? '' : ` ${error instanceof Error ? error.message : ''}`);
  } finally {
    box('seal').disabled = false;
    part('stop').hidden = true;
    part('progress').hidden = true;
  }
}

/** Something that the person has yet to give; the message is the name of a phrase. */
class Missing extends Error {}

async function readOffer() {
  given = undefined;
  part('shown').hidden = true;
  part('answers').replaceChildren();
  const [file] = box('offer').files ?? [];
  if (!file) return;
  say('status', 'reading');
  const sealedTo = JSON.parse(await file.text());
  const offer = await workers.ask('read-offer', { sealed_to: sealedTo });
  given = { sealedTo, offer };
  show(offer);
  const { id, sequence } = sealedTo.bidder ?? {};
  box('body').value ||= id ?? '';
  box('seq').value = String(sequence?.seq ?? 1);
  box('supersedes').value = sequence?.supersedes ?? '';
}

/** Take the id of the body from the certificate, where it names one. */
async function readCertificate() {
  const [file] = box('certificate').files ?? [];
  const [certificate] = pemBlocks((await file?.text()) ?? '', 'CERTIFICATE');
  if (certificate) box('body').value = attributeOf(certificateOf(certificate).subject, ORGANISATION_IDENTIFIER) ?? box('body').value;
}

/** @param {Offer} offer */
function show({ notice, notice_sha256, terms, policy, trustees }) {
  part('title').replaceChildren(...both(notice.title));
  part('box').textContent = [policy.tender, policy.lot, policy.stage].join(' / ');
  const deadline = new Date(Date.parse(terms.deadline) + BEIJING).toISOString();
  part('deadline').textContent = `${deadline.slice(0, 10)} ${deadline.slice(11, 19)}`;
  part('notice').textContent = notice_sha256;
  if (policy.mode === 'bidder') say('quorum', 'alone');
  else part('quorum').replaceChildren(`${policy.k} / ${policy.groups.length} `, ...words('of'));
  part('trustees').replaceChildren(...trustees.map(({ group, holder }) => element('li', `${holder.name} (${holder.id}), ${group}`)));
  part('answers').replaceChildren(...terms.form.map(answerBox));
  part('shown').hidden = false;
}

/** @param {import('./seal-objects.js').Field} field */
function answerBox({ name, type, label }) {
  const field = element('div', '');
  field.className = 'field';
  const title = document.createElement('label');
  title.htmlFor = `a-${name}`;
  title.append(...both(label));
  const input = document.createElement('input');
  Object.assign(input, { id: `a-${name}`, className: 'inp', type: type === 'date' ? 'date' : 'text', maxLength: 1000 });
  input.dataset.type = type;
  input.name = name;
  field.append(title, input);
  if (type === 'fen') {
    const capital = document.createElement('output');
    Object.assign(capital, { className: 'daxie', lang: 'zh-CN' });
    input.inputMode = 'decimal';
    input.addEventListener('input', () => { capital.value = capitalOf(input.value); });
    title.append(' (', ...words('yuan'), ')');
    field.append(capital);
  }
  return field;
}

/** Seal the files, then the answers, sign, and offer what was made to be saved. */
async function seal() {
  made = undefined;
  for (const name of ['done', 'elsewhere']) part(name).hidden = true;
  const [key] = box('key').files ?? [];
  const [holder] = box('certificate').files ?? [];
  if (!given || !holder) throw new Missing('incomplete');
  const { sealedTo } = given;
  const form = answers();
  const signer = await signerOf(await key?.text(), await holder.text());
  part('stop').hidden = false;
  const keeper = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const { files_key } = await workers.ask('files-key', { keeper });
  say('status', 'sealing');
  const { files, parts } = await sealFiles([...(box('files').files ?? [])], { keeper, files_key });
  say('status', 'binding');
  const { envelope, seal: text, secret, part_0 } = await workers.ask('bind', {
    sealed_to: sealedTo, bidder: signer.bidder, form, files, keeper, files_key, at: Date.now(),
    place: { seq: Number(box('seq').value), supersedes: box('supersedes').value.trim() || null },
  });
  const passphrase = box('passphrase').value;
  part('receipt').hidden = !passphrase;
  if (passphrase) {
    const { bytes } = await workers.ask('write-receipt', { keeper, secret, to: { passphrase } });
    link('receipt').href = URL.createObjectURL(new Blob([bytes]));
  }
  made = { envelope, seal: text, parts: [new Blob([part_0]), ...parts], certSha256: signer.bidder.cert_sha256 };
  if (signer.key) return finish(made, await sign(new TextEncoder().encode(text), signer.key, signer.certificate));
  link('manifest').href = URL.createObjectURL(new Blob([text]));
  part('elsewhere').hidden = false;
  part('elsewhere').scrollIntoView();
}

/** Take the signature of another program, if it is that of this seal by the named certificate. */
async function takeSignature() {
  const [file] = box('p7s').files ?? [];
  if (!file || !made) return;
  try {
    const p7s = inTemplate(new Uint8Array(await file.arrayBuffer()));
    const certificate = await verify(new TextEncoder().encode(made.seal), p7s);
    if (hex(await crypto.subtle.digest('SHA-256', certificate.der)) !== made.certSha256) throw new Missing('unsigned');
    await finish(made, p7s);
  } catch (error) {
    box('p7s').value = ''; // or the same file, once put right, would be no change
    throw error instanceof BadSignature ? new Missing('unsigned') : error;
  }
}

/**
 * @param {Made} sealed
 * @param {Uint8Array<ArrayBuffer>} p7s
 */
async function finish({ envelope, seal: text, parts }, p7s) {
  const { file } = await workers.ask('bundle', { seal: text, p7s, parts });
  link('bid').href = URL.createObjectURL(file);
  part('envelope').textContent = envelope;
  part('elsewhere').hidden = true;
  part('done').hidden = false;
  part('done').scrollIntoView();
}

/**
 * @param {File[]} chosen
 * @param {{keeper: CryptoKey, files_key: import('./seal-kept.js').Kept}} kept
 */
async function sealFiles(chosen, kept) {
  const progress = /** @type {HTMLProgressElement} */ (part('progress'));
  Object.assign(progress, { hidden: !chosen.length, value: 0, max: chosen.reduce((sum, file) => sum + file.size, 0) });
  /** @type {Blob[]} */
  const parts = [];
  /** @type {Filed[]} */
  const files = [];
  for (const file of chosen) {
    const first = parts.length;
    const pieces = Array.from({ length: Math.ceil(file.size / PIECE) }, async (_, n) => {
      const [from, to] = [n * PIECE, Math.min((n + 1) * PIECE, file.size)];
      const { piece, part: sealed, bytes } = await workers.ask('seal-part', { ...kept, file, from, to });
      parts[first + n] = new Blob([bytes]);
      progress.value += piece.size;
      return { piece, part: sealed };
    });
    files.push({ path: file.name.normalize('NFC'), type: file.type || 'application/octet-stream', sealed: await Promise.all(pieces) });
  }
  return { files, parts };
}

/** Return what was answered, amounts in fen. */
function answers() {
  /** @type {{[name: string]: string}} */
  const form = {};
  for (const input of part('answers').querySelectorAll('input')) {
    const typed = input.value.trim();
    form[input.name] = input.dataset.type === 'fen' ? fenOf(typed) : typed;
  }
  return form;
}

/** @param {string} typed in yuan */
function fenOf(typed) {
  const read = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(typed.replace(/[,，\s]/g, ''));
  if (!read) throw new Missing('amount');
  return String(BigInt(`${read[1]}${(read[2] ?? '').padEnd(2, '0')}`));
}

/**
 * Read the key and the certificate of the bidder; without a key here, another program signs.
 * @param {string | undefined} keyPem
 * @param {string} certificatePem
 */
async function signerOf(keyPem, certificatePem) {
  const [pkcs8] = pemBlocks(keyPem ?? '', 'PRIVATE KEY');
  const [certificate] = pemBlocks(certificatePem, 'CERTIFICATE');
  if (!certificate || (keyPem !== undefined && !pkcs8)) throw new Missing('incomplete');
  const id = box('body').value.trim();
  if (!id) throw new Missing('nobody');
  return {
    key: pkcs8 && (await crypto.subtle.importKey('pkcs8', pkcs8, P256, false, ['sign'])),
    certificate,
    bidder: { id, cert_sha256: hex(await crypto.subtle.digest('SHA-256', certificate)) },
  };
}

/** @param {{zh: string, en: string}} text */
const both = ({ zh, en }) => Object.entries({ 'zh-CN': zh, en }).map(([lang, said]) => Object.assign(element('span', said), { lang }));

/**
 * @param {string} tag
 * @param {string} text
 */
function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** @param {ArrayBuffer} bytes */
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

void begin();

/**
 * The tender editor: amounts in words while they are typed, documents sent as soon as they are chosen.
 * @module
 */

import { capitalOf } from './capital.js';

for (const input of document.querySelectorAll('input[data-capital]')) {
  if (!(input instanceof HTMLInputElement)) continue;
  const words = document.getElementById(input.dataset.capital ?? '');
  const write = () => { if (words) words.textContent = capitalOf(input.value); };
  input.addEventListener('input', write);
  write();
}

for (const one of document.querySelectorAll('form[data-unsaved]')) {
  if (one instanceof HTMLFormElement) warn(one);
}

const form = document.querySelector('form[data-upload]');
if (form instanceof HTMLFormElement) {
  const input = form.querySelector('input[type=file]');
  if (input instanceof HTMLInputElement) hear(form, input);
}

for (const place of document.querySelectorAll('[data-sha256]')) {
  if (place instanceof HTMLElement) hashing(place);
}

/**
 * Compute the SHA-256 of a chosen file into a field; the file goes nowhere.
 * @param {HTMLElement} place
 */
function hashing(place) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  const into = document.getElementById(place.dataset.sha256 ?? '');
  const status = place.querySelector('[role=status]');
  /** @param {string} said */
  const say = (said) => { if (status) status.textContent = said; };
  place.hidden = false;
  place.querySelector('input')?.addEventListener('change', async (event) => {
    const [file] = /** @type {HTMLInputElement} */ (event.target).files ?? [];
    if (!file || !(into instanceof HTMLInputElement)) return;
    say(words.working ?? '');
    try {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      into.value = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
      say((words.done ?? '').replace('{name}', file.name));
    } catch { // taken away meanwhile, or larger than this browser reads at once
      say(words.failed ?? '');
    }
  });
}

/**
 * Say that what was typed is not saved, and ask before the page is left with it.
 * @param {HTMLFormElement} form
 */
function warn(form) {
  const status = form.querySelector('[data-part=unsaved]');
  let unsaved = false;
  form.addEventListener('input', () => {
    unsaved = true;
    if (status) status.textContent = form.dataset.unsaved ?? '';
  });
  form.addEventListener('submit', () => { unsaved = false; });
  window.addEventListener('beforeunload', (event) => { if (unsaved) event.preventDefault(); });
}

/**
 * Send what is chosen, and what was chosen before this script had come: nobody sees that it is on its
 * way. Loaded again the page begins with nothing chosen (`autocomplete=off`): it sends nothing by itself.
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} input
 */
function hear(form, input) {
  const take = async () => {
    const files = [...input.files ?? []];
    if (!files.length) return;
    input.value = ''; // the same file, chosen again, is a choice too
    const press = form.querySelector('button[type=submit]');
    if (press instanceof HTMLButtonElement) press.disabled = true; // it would go without them
    await sendAll(form, files);
    if (press instanceof HTMLButtonElement) press.disabled = false;
  };
  input.addEventListener('change', take);
  void take();
}

/**
 * Put each file to the address of its digest, then name all of them in the draft.
 * @param {HTMLFormElement} form
 * @param {File[]} files
 */
async function sendAll(form, files) {
  const status = form.querySelector('[data-part=status]');
  /** @param {string | undefined} sentence @param {File} file */
  const say = (sentence, file) => {
    if (status) status.textContent = (sentence ?? '').replace('{name}', file.name);
  };
  const sent = [];
  for (const file of files) {
    say(form.dataset.sending, file);
    const content = await file.arrayBuffer();
    const sha256 = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', content)));
    try {
      const answer = await fetch(`/api/v1/documents/${sha256}`, { method: 'PUT', body: content });
      if (!answer.ok) throw new Error(answer.statusText);
    } catch {
      return say(form.dataset.failed, file);
    }
    sent.push({ path: file.name.normalize('NFC'), sha256, size: String(file.size) });
  }
  const before = Number(form.querySelector('input[name=documents]')?.getAttribute('value') ?? 0);
  form.querySelector('input[name=documents]')?.remove();
  add(form, 'documents', String(before + sent.length));
  sent.forEach((one, index) => {
    for (const [name, value] of Object.entries(one)) add(form, `${name}_${before + index + 1}`, value);
  });
  if (form.dataset.upload !== 'collect') return form.submit();
  // The form goes with its own button: say what goes with it.
  const list = form.querySelector('[data-part=list]');
  list?.append(...sent.map((one) => Object.assign(document.createElement('li'), { textContent: one.path })));
  if (status) status.textContent = '';
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function add(form, name, value) {
  const input = document.createElement('input');
  input.type = 'hidden';
  input.name = name;
  input.value = value;
  form.append(input);
}

/** @param {Uint8Array} plain */
const hex = (plain) => Array.from(plain, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * The verify page: whatever is chosen or dropped is read and judged on this computer; nothing of it is
 * sent anywhere. One sentence, what it rests on folded under it. Its markup is
 * `templates/verify/check.html`; what is proved, and how, is in the modules that it asks.
 * @module
 */

import { filesInPdf, filesOfTar, fromTheTop, readAll, Unreadable } from './archive.js';
import { BadSignature, verify } from './authority.js';
import { loadSigned } from './canonical.js';
import { attributeOf } from './certificate.js';
import { BadEntry } from './entries.js';
import { BadProof } from './merkle.js';
import { BadNote, checkpointOf, keyOf } from './note.js';
import { proofOf, prove, proveReceipt } from './proofs.js';
import { NotVerified, provePublicRecord, SUMS } from './public-record.js';

const ORGANISATION = '55040a';
const COMMON_NAME = '550403';
const MOST_RECORD = 4 * 1024 * 1024; // bytes of a signed record (sealing.md 2)

/** @typedef {import('./archive.js').Files} Files */
/** @typedef {{sentence: string, beside: string[], facts: [string, string][]}} Answer */
/** @typedef {{path: string, file: Blob}} Dropped */

const place = document.getElementById('check-here');
if (place) begin(place);

/** @param {HTMLElement} page */
function begin(page) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(page.dataset.words ?? '{}');
  /** @type {Record<string, string>} */
  const entries = JSON.parse(page.dataset.entries ?? '{}');
  /** @type {import('./entries.js').Kinds} */
  const kinds = JSON.parse(page.dataset.kinds ?? '{}');
  const vkey = page.dataset.vkey ?? '';
  /** @type {(name: string) => HTMLElement} */
  const part = (name) => /** @type {HTMLElement} */ (page.querySelector(`[data-part=${name}]`));
  let turn = 0;

  for (const input of page.querySelectorAll('input')) {
    input.addEventListener('change', () => {
      const chosen = Array.from(input.files ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));
      if (chosen.length) void judge(chosen);
    });
  }
  page.addEventListener('dragover', (event) => event.preventDefault());
  page.addEventListener('drop', (event) => {
    event.preventDefault();
    const entered = Array.from(event.dataTransfer?.items ?? [], (item) => item.webkitGetAsEntry()).filter((one) => one !== null);
    void Promise.all(entered.map((one) => below(one))).then((found) => judge(found.flat()));
  });
  part('form').hidden = false;

  /** @param {Dropped[]} dropped */
  async function judge(dropped) {
    turn += 1;
    const mine = turn;
    part('answer').hidden = true;
    part('status').textContent = words.busy ?? '';
    const told = await answerOf(dropped).then((answer) => ({ answer, good: true }), (error) => ({ answer: refusal(error), good: false }));
    if (mine === turn) show(told.answer, told.good);
  }

  /**
   * @param {Answer} answer
   * @param {boolean} good
   */
  function show({ sentence, beside, facts }, good) {
    part('status').textContent = '';
    part('answer').className = `note flow ${good ? 'is-done' : 'is-bad'}`;
    part('sentence').textContent = sentence;
    part('beside').replaceChildren(...beside.map((one) => Object.assign(document.createElement('li'), { textContent: one })));
    part('facts').replaceChildren(...facts.map(([label, value]) => {
      const row = document.createElement('div');
      const [term, said] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = label;
      said.textContent = value;
      said.className = 'mono';
      row.append(term, said);
      return row;
    }));
    part('more').hidden = facts.length === 0;
    part('answer').hidden = false;
    part('answer').focus();
  }

  /**
   * @param {Dropped[]} dropped
   * @returns {Promise<Answer>}
   */
  async function answerOf(dropped) {
    let files = await readAll(dropped);
    const [first] = files.values();
    if (files.size === 1 && first) {
      if (startsWith(first, '%PDF-')) files = ofPaper(await filesInPdf(first));
      else if (startsWith(first.subarray(257), 'ustar')) files = filesOfTar(first);
    }
    const top = fromTheTop(files);
    if (top.has(SUMS)) return publicRecord(top);
    for (const [path, data] of files) {
      if (path.endsWith('.tlog-proof') || startsWith(data, 'c2sp.org/tlog-proof@')) return proof(data);
    }
    for (const [path, data] of files) {
      const p7s = files.get(path.replace(/\.json$/, '.p7s'));
      if (path.endsWith('.json') && p7s) return signed(data, p7s);
    }
    throw new Unreadable([...files.keys()].some((path) => path.endsWith('.json')) ? 'unsigned' : 'unknown');
  }

  /**
   * @param {Files} files
   * @returns {Promise<Answer>}
   */
  async function publicRecord(files) {
    const { checkpoint, key, signer, whole, open, files: count, tenders } = await provePublicRecord(files, kinds);
    const own = keyOf(vkey);
    const ours = key.name === own.name && key.public.every((byte, at) => byte === own.public[at]);
    return {
      sentence: filled((whole ? words.export : words.one) ?? '', { files: count, size: checkpoint.size, open, origin: checkpoint.origin }),
      beside: [ours ? words.ours ?? '' : words.foreign ?? '', words.times ?? '', words.certificates ?? '', words.rest ?? ''],
      facts: [
        [words.origin ?? '', checkpoint.origin], [words.size ?? '', String(checkpoint.size)], [words.root ?? '', hexOf(checkpoint.root)],
        [words.signer ?? '', nameOf(signer)], [words.tenders ?? '', tenders.join(' ') || '–'],
      ],
    };
  }

  /**
   * @param {Uint8Array} data
   * @returns {Answer}
   */
  function proof(data) {
    const shown = proofOf(data);
    const checkpoint = checkpointOf(shown.note, keyOf(vkey));
    const { index, fields } = prove(shown, checkpoint, kinds);
    return {
      sentence: filled(words.proof ?? '', { index, kind: kindNamed(fields.kind), size: checkpoint.size }),
      beside: [words.ours ?? '', words.times ?? ''],
      facts: factsOf(fields),
    };
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} data
   * @param {Uint8Array} p7s
   * @returns {Promise<Answer>}
   */
  async function signed(data, p7s) {
    const stated = loadSigned(data, MOST_RECORD);
    if (stated.v === 'hall-receipt/v1') {
      const { fields, signer } = await proveReceipt(data, p7s, kinds);
      const at = new Date(String(fields.at)).toLocaleString(document.documentElement.lang, { timeZone: 'Asia/Shanghai' });
      return {
        sentence: filled(words.receipt ?? '', { who: nameOf(signer), at, kind: kindNamed(fields.kind) }),
        beside: [words.unplaced ?? '', words.unvouched ?? ''],
        facts: factsOf(fields),
      };
    }
    const sentence = { 'bid-opening/v1': words.opening, 'hall-award/v1': words.award }[String(stated.v)];
    if (sentence === undefined) throw new Unreadable('unknown');
    const signer = await verify(data, p7s);
    return {
      sentence: filled(sentence, { who: nameOf(signer), tender: String(stated.tender), lot: String(stated.lot) }),
      beside: [words.uncounted ?? '', words.unvouched ?? ''],
      facts: [[words.signer ?? '', nameOf(signer)], ['v', String(stated.v)], ['tender', String(stated.tender)], ['lot', String(stated.lot)]],
    };
  }

  /**
   * Say what is wrong: with the record, or with what was dropped.
   * @param {unknown} error
   * @returns {Answer}
   */
  function refusal(error) {
    if (error instanceof Unreadable) return { sentence: words[error.message] ?? words.unknown ?? '', beside: [words.takes ?? ''], facts: [] };
    const file = error instanceof NotVerified ? error.file : '';
    const kind = error instanceof BadSignature ? words.signature : error instanceof BadNote ? words.note
      : error instanceof BadEntry || error instanceof BadProof ? words.entry : words.wrong;
    const why = error instanceof Error ? error.message : '';
    return { sentence: file ? filled(words.false ?? '', { file }) : kind ?? '', beside: [], facts: [[words.why ?? '', why]] };
  }

  /** @param {import('./canonical.js').Json | undefined} kind */
  const kindNamed = (kind) => entries[String(kind).replace(/\.v[0-9]+$/, '')] ?? String(kind);
}

/**
 * Name the files inside a paper as they lie beside one another elsewhere.
 * @param {Uint8Array<ArrayBuffer>[]} inside
 * @returns {Files}
 */
function ofPaper([json, p7s]) {
  if (!json || !p7s) throw new Unreadable('paper');
  return new Map([['record.json', json], ['record.p7s', p7s]]);
}

/**
 * Return all files in something dropped, a folder with all that is below it.
 * @param {FileSystemEntry} entry
 * @returns {Promise<Dropped[]>}
 */
async function below(entry) {
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise((done, failed) => { entry.file(done, failed); });
    return [{ path: entry.fullPath.slice(1), file }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) { // a reader gives a hundred at a time
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    if (!some.length) return (await Promise.all(all.map(below))).flat();
    all.push(...some);
  }
}

/** @param {{[name: string]: import('./canonical.js').Json}} fields */
const factsOf = (fields) => Object.entries(fields).map(([name, value]) => (
  /** @type {[string, string]} */ ([name, typeof value === 'string' ? value : JSON.stringify(value)])
));

/** @param {import('./certificate.js').Certificate} certificate */
const nameOf = ({ subject }) => attributeOf(subject, ORGANISATION) ?? attributeOf(subject, COMMON_NAME) ?? '–';

/**
 * @param {string} sentence
 * @param {{[name: string]: string | number}} facts
 */
const filled = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));

/**
 * @param {Uint8Array} bytes
 * @param {string} head
 */
const startsWith = (bytes, head) => head === String.fromCharCode(...bytes.subarray(0, head.length));

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

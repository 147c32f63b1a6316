/**
 * What people drop on the verify page, as files by name: a tar, a folder, single files, and the files
 * inside a PDF of the hall. It reads what the hall writes and nothing cleverer.
 * @module
 */

const BLOCK = 512;
const REGULAR = ['0', '\0'];
const FOLDER = '5';
const MOST = 64 * 1024 * 1024; // bytes of a record in memory: larger ones are for `hall verify`

/** @typedef {Map<string, Uint8Array<ArrayBuffer>>} Files by path */

/** What was dropped is nothing that this page reads. */
export class Unreadable extends Error {}

/**
 * Return the files of a tar (POSIX.1-1988, ustar), or throw Unreadable.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Files}
 */
export function filesOfTar(bytes) {
  const text = new TextDecoder();
  /** @type {Files} */
  const files = new Map();
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + BLOCK);
    /** @type {(from: number, to: number) => string} */
    const field = (from, to) => text.decode(header.subarray(from, to)).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 136), 8);
    const kind = String.fromCharCode(header[156] ?? 0);
    if (field(257, 262) !== 'ustar' || !Number.isSafeInteger(size) || at + BLOCK + size > bytes.length) throw new Unreadable('not a tar');
    const name = [field(345, 500), field(0, 100)].filter(Boolean).join('/');
    if (REGULAR.includes(kind)) files.set(name, bytes.slice(at + BLOCK, at + BLOCK + size));
    else if (kind !== FOLDER) throw new Unreadable(`${name}: neither a file nor a folder`);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/**
 * Return the files inside a PDF that the hall has written, in their order: the machine record and its
 * signature. What is embedded may be compressed; what is around it is not looked at.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export async function filesInPdf(bytes) {
  const text = new TextDecoder('latin1').decode(bytes); // a character a byte
  const found = [];
  for (const object of text.matchAll(/<<((?:(?!endobj).)*?\/Type\s?\/EmbeddedFile(?:(?!endobj).)*?)>>\s*stream\r?\n/gs)) {
    const [whole, head = ''] = object;
    const size = Number(/\/Length (\d+)/.exec(head)?.[1] ?? Number.NaN);
    const from = object.index + whole.length;
    if (!(from + size <= bytes.length)) throw new Unreadable('a file inside the PDF has no length');
    const content = bytes.slice(from, from + size);
    found.push(head.includes('/FlateDecode') ? await inflated(content) : content);
  }
  return found;
}

/** @param {Uint8Array<ArrayBuffer>} content */
async function inflated(content) {
  try {
    const plain = new Blob([content]).stream().pipeThrough(new DecompressionStream('deflate'));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch {
    throw new Unreadable('a file inside the PDF is damaged');
  }
}

/**
 * Read what was dropped; throws Unreadable where it is more than a page should hold.
 * @param {{path: string, file: Blob}[]} dropped
 * @returns {Promise<Files>}
 */
export async function readAll(dropped) {
  if (dropped.reduce((sum, { file }) => sum + file.size, 0) > MOST) throw new Unreadable('large');
  const read = await Promise.all(dropped.map(async ({ path, file }) => (
    /** @type {[string, Uint8Array<ArrayBuffer>]} */ ([path, new Uint8Array(await file.arrayBuffer())])
  )));
  return new Map(read);
}

/**
 * Take away the folder that all files stand in.
 * @param {Files} files
 * @returns {Files}
 */
export function fromTheTop(files) {
  const [place] = [...files.keys()].filter((path) => path.split('/').pop() === 'SHA256SUMS').sort((one, other) => one.length - other.length);
  const top = place?.slice(0, -'SHA256SUMS'.length) ?? '';
  return new Map([...files].filter(([path]) => path.startsWith(top)).map(([path, data]) => [path.slice(top.length), data]));
}

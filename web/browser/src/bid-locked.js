/**
 * Files that ask for a password: nobody could read them after the opening, so they are refused
 * before they are sealed. Looked at: PDF, ZIP with all that is one (docx, xlsx), and Office files of
 * either kind. Source: web.md 7; sealing.md 3, index.
 * @module
 */

const ENDS = 1024 * 1024; // bytes of a PDF in which its trailers stand: at the end, of a linear one at the start
const DIRECTORY_END = 22; // PKWARE APPNOTE 4.3.16: without its comment
const LONGEST_COMMENT = 65_535;
const ENTRY = 46; // 4.3.12
const ENCRYPTED = 1; // 4.4.4, bit 0

/**
 * Tell whether a file asks for a password.
 * @param {Blob} file
 */
export async function asksPassword(file) {
  const head = await bytes(file.slice(0, 8));
  const start = String.fromCharCode(...head);
  if (start.startsWith('%PDF')) return pdfAsks(file);
  if (start.startsWith('PK')) return zipAsks(file);
  if (start.startsWith('\xd0\xcf\x11\xe0')) return officeAsks(file);
  return false;
}

/** @param {Blob} file */
async function pdfAsks(file) {
  for (const part of [file.slice(0, ENDS), file.slice(Math.max(0, file.size - ENDS))]) {
    if (/\/Encrypt\s*(?:\d+\s+\d+\s+R|<<)/.test(latin(await bytes(part)))) return true; // ISO 32000-1, 7.5.5
  }
  return false;
}

/** @param {Blob} file */
async function zipAsks(file) {
  const from = Math.max(0, file.size - DIRECTORY_END - LONGEST_COMMENT);
  const tail = await bytes(file.slice(from));
  const end = latin(tail).lastIndexOf('PK\x05\x06');
  if (end < 0) return false;
  const view = new DataView(tail.buffer, end);
  const [size, offset] = [view.getUint32(12, true), view.getUint32(16, true)];
  const directory = await bytes(file.slice(offset, offset + size));
  const entries = new DataView(directory.buffer);
  for (let at = 0; at + ENTRY <= directory.length;) {
    if (entries.getUint32(at, false) !== 0x504b0102) return false;
    if (entries.getUint16(at + 8, true) & ENCRYPTED) return true;
    at += ENTRY + entries.getUint16(at + 28, true) + entries.getUint16(at + 30, true) + entries.getUint16(at + 32, true);
  }
  return false;
}

/**
 * Office puts an encrypted document into a stream of this name (MS-OFFCRYPTO 2.3.4).
 * @param {Blob} file
 */
async function officeAsks(file) {
  const name = Array.from('EncryptedPackage', (letter) => `${letter}\0`).join('');
  for (const part of [file.slice(0, ENDS), file.slice(Math.max(0, file.size - ENDS))]) {
    if (latin(await bytes(part)).includes(name)) return true;
  }
  return false;
}

/** @param {Blob} part */
const bytes = async (part) => new Uint8Array(await part.arrayBuffer());

/** @param {Uint8Array} plain */
const latin = (plain) => new TextDecoder('latin1').decode(plain);

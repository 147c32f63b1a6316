// What tests in Chromium run inside a page; bundled by them, never served.

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';

import { Cancelled, openWorkers } from '../src/seal-client.js';
import { sign } from '../src/cms.js';
import { checksOf } from './golden-checks.js';

const PIECE = 8 * 2 ** 20;
const CHUNK = 64 * 1024;

/** Run every check of the vectors; return the names and faults of those that fail, and how many ran. */
export async function judge(vectors) {
  const failed = [];
  const checks = checksOf(vectors);
  for (const [name, check] of checks) {
    try {
      await check();
    } catch (error) {
      failed.push(`${name}: ${error.message}`);
    }
  }
  return { ran: checks.length, failed };
}

/** Make the key that wraps what a browser keeps. */
const newKeeper = () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

/** Cut a file into pieces and seal them all, as a page does; `keep` gets the parts. */
async function sealFile(workers, file, kept, keep) {
  const sealed = [];
  const todo = Array.from({ length: Math.ceil(file.size / PIECE) }, (_, n) => n);
  await Promise.all(Array.from({ length: workers.size }, async () => {
    let into;
    for (let n = todo.shift(); n !== undefined; n = todo.shift()) {
      const [from, to] = [n * PIECE, Math.min((n + 1) * PIECE, file.size)];
      const { piece, part, bytes } = await workers.ask('seal-part', { ...kept, file, from, to, into });
      keep(new Uint8Array(bytes, 0, part.size));
      sealed[n] = { piece, part };
      into = bytes;
    }
  }));
  return sealed;
}

/** Seal files of these sizes by the served worker; return bid.seal and receipt.age as bytes. */
export async function sealBid({ worker, offer, bidder, form, sizes, recipient, key, certificate }) {
  const workers = openWorkers(worker);
  const keeper = await newKeeper();
  const { files_key } = await workers.ask('files-key', { keeper });
  const kept = { keeper, files_key };
  const files = [];
  const parts = [];
  for (const [n, size] of sizes.entries()) {
    const file = new Blob([new Uint8Array(size).fill(n + 1)]);
    const mine = [];
    const sealed = await sealFile(workers, file, kept, (bytes) => mine.push(new Blob([bytes])));
    // Workers finish in any order: find each part again by its size and hash.
    const hashed = new Map(await Promise.all(mine.map(async (blob) => [await hashOf(blob), blob])));
    parts.push(...sealed.map(({ part }) => hashed.get(part.sha256)));
    files.push({ path: `文件/${n}.bin`, type: 'application/octet-stream', sealed });
  }
  const place = { seq: 1, supersedes: null };
  const bound = await workers.ask('bind', { ...kept, sealed_to: offer, bidder, place, form, files, at: Date.now() });
  const octets = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const signer = await crypto.subtle.importKey('pkcs8', octets(key), algorithm, false, ['sign']);
  const p7s = await sign(new TextEncoder().encode(bound.seal), signer, octets(certificate));
  const { file } = await workers.ask('bundle', { seal: bound.seal, p7s, parts: [new Blob([bound.part_0]), ...parts] });
  const receipt = await workers.ask('write-receipt', { keeper, secret: bound.secret, to: { recipient } });
  const seen = [];
  const read = await workers.ask('read-bid', { file }, (bytes) => seen.push(bytes));
  workers.cancel();
  return {
    envelope: bound.envelope,
    again: read.envelope,
    seen,
    bid: await textOf(file),
    receipt: await textOf(new Blob([receipt.bytes])),
  };
}

/** Ask for work, cancel it, ask again: what became of each. */
export async function cancelAndResume(worker) {
  const workers = openWorkers(worker);
  const keeper = await newKeeper();
  const { files_key } = await workers.ask('files-key', { keeper });
  const asked = { keeper, files_key, file: new Blob([new Uint8Array(PIECE)]), from: 0, to: PIECE };
  const both = [workers.ask('seal-part', asked), workers.ask('seal-part', asked)];
  workers.cancel();
  const ended = (await Promise.allSettled(both)).map(({ reason }) => reason instanceof Cancelled);
  const { piece } = await workers.ask('seal-part', asked);
  const refused = await workers.ask('seal-part', { ...asked, to: PIECE + 1 }).catch(({ code }) => code);
  workers.cancel();
  const absent = openWorkers(`${worker}.absent`);
  const twice = [await absent.ask('check', {}).catch(({ code }) => code), await absent.ask('check', {}).catch(({ code }) => code)];
  return { ended, size: piece.size, refused, twice };
}

/** Seal the file chosen in an input, the best of three runs counts; beside it one plain stream. */
export async function race({ worker, input }) {
  const [file] = document.getElementById(input).files;
  const workers = openWorkers(worker);
  const keeper = await newKeeper();
  const kept = { keeper, ...(await workers.ask('files-key', { keeper })) };
  const times = [];
  for (let run = 0; run < 3; run += 1) {
    const before = performance.now();
    await sealFile(workers, file, kept, () => {});
    times.push(performance.now() - before);
  }
  workers.cancel();
  return { seconds: Math.min(...times) / 1000, size: file.size };
}

/** Take the plain way: one thread, one stream of chunks, each hashed in JavaScript as it comes. */
export async function stream({ input }) {
  const [file] = document.getElementById(input).files;
  const key = crypto.getRandomValues(new Uint8Array(32));
  const hash = sha256.create();
  const before = performance.now();
  const nonce = new Uint8Array(12);
  for (let at = 0; at < file.size; at += CHUNK) {
    const chunk = new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer());
    new DataView(nonce.buffer).setUint32(7, at / CHUNK);
    hash.update(chacha20poly1305(key, nonce).encrypt(chunk));
  }
  hash.digest();
  return (performance.now() - before) / 1000;
}

/** @param {Blob} blob */
async function hashOf(blob) {
  return hex.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())));
}

/** @param {Blob} blob */
async function textOf(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 2 ** 15) text += String.fromCharCode(...bytes.subarray(at, at + 2 ** 15));
  return btoa(text);
}

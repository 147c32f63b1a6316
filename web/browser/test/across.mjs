// The browser's modules as a program, for tests in Python: a question in JSON on standard input, the
// answer in JSON on standard output.
//
//   deal   [{core, policy, secret}]   -> the seals that node makes of them
//   seal   {sealed_to, bidder, place, form, sizes, recipient, key, certificate, folder}
//          -> bid.seal and receipt.age in the folder; the receipt is to `recipient`
//   read   {path}                     -> what node says of a bid.seal that another wrote
//   verify [{text, p7s}]              -> the SHA-256 of each signer's certificate, null of none
//   shape  [p7s]                      -> each signature in the one shape accepted
//   vouch  [{certificate, roots, crls, at}] -> whether an authority vouches for each

import { openAsBlob, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sha256 } from '@noble/hashes/sha2.js';
import { base64, hex } from '@scure/base';

import { authoritiesOf, BadCertificate, BadSignature, inTemplate, requireVouched, verify } from '../src/authority.js';
import { certificateOf } from '../src/certificate.js';
import { dumps } from '../src/canonical.js';
import { sign } from '../src/cms.js';
import { ACTS } from '../src/seal-acts.js';
import { deal } from '../src/seal-deal.js';

const PIECE = 8 * 2 ** 20;
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

const PROGRAMS = {
  deal: (given) => given.map(({ core, policy, secret }) => (
    dumps({ v: 'bid-seal/v1', core, shares: deal(core, policy, hex.decode(secret)) }))),

  async seal({ sealed_to, bidder, place, form, sizes, recipient, key, certificate, folder }) {
    const keeper = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const { files_key } = await ACTS['files-key']({ keeper });
    const files = [];
    const blobs = [];
    for (const [n, size] of sizes.entries()) {
      const file = new Blob([new Uint8Array(size).fill(n + 1)]);
      const sealed = [];
      for (let from = 0; from < size; from += PIECE) {
        const asked = { file, from, to: Math.min(from + PIECE, size), keeper, files_key };
        const { piece, part, bytes } = await ACTS['seal-part'](asked);
        sealed.push({ piece, part });
        blobs.push(new Blob([bytes]));
      }
      files.push({ path: `文件/${n}.bin`, type: 'application/octet-stream', sealed });
    }
    const bound = await ACTS.bind({ sealed_to, bidder, place, form, files, keeper, files_key, at: Date.now() });
    const signer = await crypto.subtle.importKey('pkcs8', Buffer.from(key, 'base64'), P256, false, ['sign']);
    const p7s = await sign(new TextEncoder().encode(bound.seal), signer, Buffer.from(certificate, 'base64'));
    const { file } = await ACTS.bundle({ seal: bound.seal, p7s, parts: [new Blob([bound.part_0]), ...blobs] });
    writeFileSync(join(folder, 'bid.seal'), Buffer.from(await file.arrayBuffer()));
    const receipt = await ACTS['write-receipt']({ secret: bound.secret, keeper, to: { recipient } });
    writeFileSync(join(folder, 'receipt.age'), Buffer.from(receipt.bytes));
    return { envelope: bound.envelope };
  },

  async read({ path }) {
    const { envelope, parts } = await ACTS['read-bid']({ file: await openAsBlob(path) }, () => {});
    return { envelope, parts };
  },

  verify: (given) => Promise.all(given.map(async ({ text, p7s }) => {
    try {
      const { der } = await verify(new TextEncoder().encode(text), base64.decode(p7s));
      return hex.encode(sha256(der));
    } catch (error) {
      if (error instanceof BadSignature) return null;
      throw error;
    }
  })),

  shape: (given) => given.map((p7s) => base64.encode(inTemplate(base64.decode(p7s)))),

  vouch: (given) => Promise.all(given.map(async ({ certificate, roots, crls, at }) => {
    try {
      await requireVouched(await authoritiesOf({ roots, crls }), certificateOf(base64.decode(certificate)), at);
      return true;
    } catch (error) {
      if (error instanceof BadCertificate) return false;
      throw error;
    }
  })),
};

const [what, given] = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(await PROGRAMS[what](given)));

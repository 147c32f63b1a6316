// What the browser signs is what notary/cms.py would have written, and openssl agrees.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, verify, webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { sign } from '../src/cms.js';

const GOLDEN = JSON.parse(readFileSync(new URL('./cms-golden.json', import.meta.url), 'utf8'));
const CERTIFICATE = Buffer.from(GOLDEN.certificate, 'base64');
const EXPECTED = Buffer.from(GOLDEN.p7s, 'base64');
const DATA = Buffer.from(GOLDEN.text);

/** Import the golden key as a browser holds it: for signatures, not extractable. */
async function goldenKey() {
  const pkcs8 = Buffer.from(GOLDEN.key, 'base64');
  return webcrypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
}

/** Return the signature's value, which is different each time, by a byte or two also in its length. */
function signatureOf(p7s) {
  const marker = Buffer.from('300a06082a8648ce3d04030204', 'hex'); // ecdsa-with-SHA256, OCTET STRING
  return { value: p7s.subarray(p7s.lastIndexOf(marker) + marker.length + 1) };
}

test('the same form as the golden one of notary/cms.py, around another signature', async () => {
  const key = await goldenKey();
  const golden = signatureOf(EXPECTED).value;
  let sameLength = 0;
  for (let round = 0; round < 200; round += 1) {
    const made = Buffer.from(await sign(DATA, key, CERTIFICATE));
    const { value } = signatureOf(made);

    assert.equal(value[0], 0x30);
    assert.equal(value[1], value.length - 2);
    if (value.length === golden.length) { // no length around it differs: put the golden value in
      sameLength += 1;
      assert.deepEqual(Buffer.concat([made.subarray(0, made.length - value.length), golden]), EXPECTED);
    }
  }
  assert.ok(sameLength > 0);
});

test('each of many signatures is good for the key of the certificate', async () => {
  const key = await goldenKey();
  const attributes = attributesOf(EXPECTED);
  const publicKey = createPublicKey(createPrivateKey({ key: Buffer.from(GOLDEN.key, 'base64'), format: 'der', type: 'pkcs8' }));
  assert.ok(new X509Certificate(CERTIFICATE).publicKey.equals(publicKey));
  for (let round = 0; round < 200; round += 1) {
    const { value } = signatureOf(Buffer.from(await sign(DATA, key, CERTIFICATE)));
    assert.ok(verify('sha256', attributes, publicKey, value));
  }
});

test('openssl cms -verify takes it, and not with another text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cms-'));
  try {
    const made = await sign(DATA, await goldenKey(), CERTIFICATE);
    writeFileSync(join(folder, 'p7s'), made);
    writeFileSync(join(folder, 'text'), DATA);
    writeFileSync(join(folder, 'other'), `${GOLDEN.text} `);
    const check = (name) => execFileSync('openssl', [
      'cms', '-verify', '-binary', '-inform', 'DER', '-in', 'p7s', '-content', name, '-noverify', '-out', 'said',
    ], { cwd: folder, stdio: 'pipe' });

    check('text');
    assert.throws(() => check('other'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Cut the signed attributes out of a golden signature, under the tag of their SET. */
function attributesOf(p7s) {
  const at = p7s.indexOf(Buffer.from('a04b30', 'hex')); // [0], 75 bytes: type and digest
  const attributes = Buffer.from(p7s.subarray(at, at + 77));
  attributes[0] = 0x31;
  return attributes;
}

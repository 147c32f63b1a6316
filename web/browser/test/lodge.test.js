// What a second channel signs counts as the word of whom the notice names, or of a stranger.

import assert from 'node:assert/strict';
import { createHash, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { sign } from '../src/cms.js';
import { Refused } from '../src/keys.js';
import { handIn, inTime, Unanswered } from '../src/lodge.js';

const GOLDEN = JSON.parse(readFileSync(new URL('./cms-golden.json', import.meta.url), 'utf8'));
const CERTIFICATE = Buffer.from(GOLDEN.certificate, 'base64');
const LODGE = 'https://lodge.example';
const SEAL = '{"v":"bid-seal/v1"}';
const P7S = new Uint8Array([1, 2, 3]);
const hashOf = (data) => createHash('sha256').update(data).digest('hex');

/** Hand in while the hall is away and the channels at these origins sign; return the attempt. */
async function attempt(named, { lodges = [LODGE], before, hall = async () => { throw new TypeError('away'); } } = {}) {
  const key = await webcrypto.subtle.importKey('pkcs8', Buffer.from(GOLDEN.key, 'base64'), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const receipt = JSON.stringify({
    v: 'hall-lodged/v1', name: '市公证处', at: '2026-11-22T01:29:58Z', object_sha256: hashOf(SEAL), p7s_sha256: hashOf(P7S),
  });
  const p7s = Buffer.from(await sign(Buffer.from(receipt), key, CERTIFICATE)).toString('base64');
  let [asking, most] = [0, 0];
  Object.assign(globalThis, {
    document: { documentElement: { lang: 'en' }, body: { dataset: { lodges: lodges.join(' ') } } },
    location: { origin: 'https://hall.example' },
    fetch: async (address, { signal }) => {
      if (address.startsWith('/')) return hall(signal);
      most = Math.max(most, asking += 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      asking -= 1;
      return new Response(JSON.stringify({ receipt, receipt_p7s: p7s }), { status: 201 });
    },
  });
  const failed = await handIn({ body: '{}', key: 'k' }, SEAL, P7S, named, before).catch((error) => error);
  assert.ok(failed instanceof Unanswered, String(failed));
  return { ...failed.attempt, most };
}

const channel = (cert_sha256) => [{ name: '市公证处', url: `${LODGE}/`, cert_sha256 }];

test('whom the notice names has signed', async () => {
  const { lodged: [one] } = await attempt(channel(hashOf(CERTIFICATE)));
  assert.equal(one.named, true);
});

test('another certificate than the notice names is refused', async () => {
  const { lodged, tries } = await attempt(channel('a'.repeat(64)));
  assert.deepEqual(lodged, []);
  assert.match(tries.at(-1).said, /signed by another/);
});

test('a channel that the notice does not name is told as that', async () => {
  const { lodged: [one] } = await attempt([]);
  assert.equal(one.named, false);
});

test('all channels are asked at once', async () => {
  const { lodged, most } = await attempt([], { lodges: [LODGE, 'https://other.example'] });
  assert.deepEqual([lodged.length, most], [2, 2]);
});

test('the hall gets the envelope though it does not take part 0', async () => {
  const stands = { complete: false, missing: ['0'.repeat(64)], parts_by: '2026-11-22T04:00:00Z' };
  const failures = [new TypeError('away'), new Refused({}, 503), new Refused({}, 429), new DOMException('', 'TimeoutError')];
  for (const failure of failures) {
    Object.assign(globalThis, {
      document: { documentElement: { lang: 'en' }, body: { dataset: { lodges: LODGE } } },
      location: { origin: 'https://hall.example' },
      fetch: async (address) => {
        assert.equal(address, '/api/v1/envelopes');
        return new Response(JSON.stringify(stands), { status: 201 });
      },
    });
    const given = await handIn({ body: '{}', key: 'k' }, SEAL, P7S, [], async () => { throw failure; });
    assert.deepEqual(given, stands);
  }
});

test('what the hall says of part 0 is an answer', async () => {
  const refusal = new Refused({ type: 'urn:hall:problem:E-SIZE' }, 422);
  await assert.rejects(handIn({ body: '{}', key: 'k' }, SEAL, P7S, [], async () => { throw refusal; }), refusal);
});

test('part 0 leaves the envelope its whole time', async () => {
  const signals = [];
  await attempt([], {
    before: async (signal) => void signals.push(signal),
    hall: async (signal) => { signals.push(signal); throw new TypeError('away'); },
  });
  assert.equal(new Set(signals).size, 3); // one for part 0, one for each try
});

test('what is in time says what it lacks and until when', () => {
  assert.equal(inTime('{n} until {parts_by}', 2, '2026-11-22T04:00:00Z'), '2 until 2026-11-22 12:00:00');
});

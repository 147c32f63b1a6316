// A browser goes on until the secret of a bid is given: what passes is tried again, what is final is not.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { Early, Pending, Uncosigned, Unlisted } from '../src/bid-gate.js';
import { openGiving } from '../src/bid-giving.js';
import { Withheld } from '../src/bid-lists.js';
import { giveSecret, openTries } from '../src/bid-own.js';
import { Refused } from '../src/keys.js';
import { NotSealed } from '../src/seal-client.js';

const SECOND = 1000;
const hashOf = (text) => createHash('sha256').update(text).digest('hex');
const refused = (code, status) => new Refused({ type: `urn:hall:problem:${code}` }, status);

/** Give among `errors`, one a try; time passes only where the loop sleeps. */
async function give(...errors) {
  let at = 0;
  const seen = { tries: [], told: [], given: 0 };
  const loop = openGiving(async () => {
    seen.tries.push(at / SECOND);
    const error = errors.shift();
    if (error) throw error;
  }, { given: () => { seen.given += 1; }, failed: (error) => seen.told.push(error) }, {
    now: () => at,
    pause: async (milliseconds) => { at += milliseconds; },
  });
  await loop.give('S');
  return seen;
}

/** @type {[string, Error][]} */
const PASSING = [
  ['a connection that breaks', new TypeError('fetch failed')],
  ['a hall that hangs', new DOMException('timed out', 'TimeoutError')],
  ['a page of a proxy', new SyntaxError('no JSON')],
  ['too many requests', refused('request.too_many', 429)],
  ['a hall that is away', refused('hall.unavailable', 503)],
  ['a fault', refused('hall.fault', 500)],
  ['a session that is over', refused('access.unknown', 401)],
  ['a box whose shares nobody asks for yet', refused('release.not_asked', 409)],
  ['an entry that is not published yet', new Pending('asked', 'bidding.shares-asked.v1')],
  ['a check that fails', new Withheld('list', 'not the closing list of this box')],
  ['a worker that did not load', new NotSealed({ code: 'E-FAULT', why: '' })],
];
for (const [name, error] of PASSING) {
  test(`${name} costs no bid: it is tried again`, async () => {
    const { tries, told, given } = await give(error);
    assert.deepEqual([tries, told, given], [[0, 5], [error], 1]);
  });
}

/** @type {[string, Error][]} */
const FINAL = [
  ['a list without the bid', new Unlisted()],
  ['a secret of another bid', new NotSealed({ code: 'E-OWNER', why: '' })],
  ['a secret that the hall finds wrong', refused('owner.wrong_secret', 422)],
  ['a box that is finished', refused('release.too_late', 409)],
  ['a tender that is cancelled', refused('bidding.cancelled', 409)],
  ['a box that stays shut', refused('box.not_opened', 409)],
];
for (const [name, error] of FINAL) {
  test(`${name} ends it`, async () => {
    const { tries, told, given } = await give(error);
    assert.deepEqual([tries, told, given], [[0], [error], 0]);
  });
}

test('each try waits twice as long as the one before, a minute at most', async () => {
  const { tries } = await give(...Array.from({ length: 6 }, () => new TypeError('fetch failed')));
  assert.deepEqual(tries, [0, 5, 15, 35, 75, 135, 195]);
});

test('for its time it waits without asking, and a cosignature is asked for until its time', async () => {
  assert.deepEqual((await give(new Early(3600 * SECOND))).tries, [0, 3600]);
  assert.deepEqual((await give(new Uncosigned(7 * SECOND), new Uncosigned(7 * SECOND))).tries, [0, 5, 7]);
});

test('a press during a try starts no second one, the newest file counts, and pauses begin short', { timeout: 5000 }, async () => {
  const [held, pauses] = [[], []];
  const passing = new TypeError('fetch failed');
  const errors = [passing, passing, passing];
  let [fail, hangs] = [() => {}, () => {}];
  const isHanging = new Promise((resolve) => { hangs = resolve; });
  const told = { given: 0, failed: 0 };
  const loop = openGiving(async (one) => {
    held.push(one);
    if (one === 'wrong' && !errors.length) return new Promise((_, reject) => { hangs(); fail = () => reject(new Unlisted()); });
    if (held.length !== 6 && one === 'right') return;
    throw errors.pop() ?? passing;
  }, { given: () => { told.given += 1; }, failed: () => { told.failed += 1; } }, {
    now: () => 0,
    pause: async (milliseconds, { aborted }) => { if (!aborted) pauses.push(milliseconds / SECOND); },
  });
  const first = loop.give('wrong');
  await isHanging;
  assert.equal(pauses.splice(0).reduce((sum, one) => sum + one), 5 + 10 + 20);
  held.push('pressed');
  await loop.give('right');
  assert.deepEqual(held, ['wrong', 'wrong', 'wrong', 'wrong', 'pressed']);
  fail();
  await first;

  assert.deepEqual([held.slice(5), pauses, told], [['right', 'right'], [5], { given: 1, failed: 5 }]);
  await loop.give('right');
  assert.equal(held.length, 7);
});

test('a press wakes a loop that sleeps', { timeout: 2000 }, async () => {
  const errors = [new TypeError('fetch failed')];
  let tries = 0;
  /** @type {(value?: unknown) => void} */
  let slept = () => {};
  const asleep = new Promise((resolve) => { slept = resolve; });
  const loop = openGiving(async () => {
    tries += 1;
    const error = errors.shift();
    if (error) throw error;
  }, { given: () => {}, failed: () => slept() });
  const first = loop.give('S');
  await asleep;
  await loop.give('S');
  await first;
  assert.equal(tries, 2);
});

test('a try that its limit cut short leaves the next one twice as long, half an hour at most', async (t) => {
  const limits = [];
  t.mock.method(AbortSignal, 'timeout', (milliseconds) => {
    limits.push(milliseconds / SECOND);
    const limit = new AbortController();
    setTimeout(() => limit.abort(new DOMException('timed out', 'TimeoutError')));
    return limit.signal;
  });
  const hangs = (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const breaks = async () => { throw new TypeError('fetch failed'); };
  globalThis.document = { documentElement: { lang: 'en' } };
  const box = { origin: 'hall', tender: 'T-1', lot: '1', stage: 'price' };
  const attempt = openTries(box, 'a'.repeat(64), { workers: {}, kinds: {} });
  for (const fetching of [breaks, hangs, breaks, hangs, hangs, hangs, hangs, breaks]) {
    globalThis.fetch = fetching;
    await assert.rejects(attempt({}), { name: fetching === hangs ? 'TimeoutError' : 'TypeError' });
  }
  assert.deepEqual(limits, [120, 120, 240, 240, 480, 960, 1800, 1800]);
});

test('a file of another bid is noticed before anything is judged or waited for', async () => {
  const POLICY = 'the policy';
  const seal = JSON.stringify({ core: { policy_sha256: hashOf(POLICY) } });
  const envelope = hashOf(seal);
  const dossier = { envelopes: [{ envelope, seal }], policies: [POLICY] };
  globalThis.document = { documentElement: { lang: 'en' } };
  const fetched = [];
  globalThis.fetch = async (address) => {
    fetched.push(address.split('/').at(-1));
    return { ok: true, json: async () => dossier };
  };
  const asked = [];
  const workers = { ask: async (what, { seal: of, policy }) => {
    asked.push([what, of, policy]);
    throw new NotSealed({ code: 'E-OWNER', why: 'not the secret of this bid' });
  } };
  const box = { origin: 'hall', tender: 'T-1', lot: '1', stage: 'price' };

  const { signal } = new AbortController();
  await assert.rejects(giveSecret(box, envelope, { secret: 'S', keeper: 'K' }, { workers, kinds: {} }, signal), { code: 'E-OWNER' });
  assert.deepEqual(fetched, ['dossier', 'sealing']);
  assert.deepEqual(asked, [['owns', seal, POLICY]]);

  await assert.rejects(giveSecret(box, 'a'.repeat(64), {}, { workers, kinds: {} }, signal), Unlisted);
  dossier.envelopes[0].seal = '{}';
  await assert.rejects(giveSecret(box, envelope, {}, { workers, kinds: {} }, signal), { check: 'envelope' });
});

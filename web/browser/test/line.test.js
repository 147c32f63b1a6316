// A part that the hall lacks goes again, whatever it was told before; a hall that is away stops no line.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openLine, PartLost } from '../src/bid-line.js';

const PART = { sha256: 'a'.repeat(64), size: 3 };
const COMMIT = '/api/v1/transfers/1/commit';
const way = (present) => ({ sha256: PART.sha256, present, url: present ? null : 'https://store.example/1', headers: {}, commit: present ? null : COMMIT });
const answer = (status, said) => new Response(JSON.stringify(said), { status });
const problem = (code) => ({ type: `urn:hall:problem:${code}`, detail: code });

/** Open a line to a hall that says these; `sent`: how many bytes went up each time. */
function aLine({ ways, commits = [], stores = [], kept = async () => new Blob(['abc']) }) {
  const seen = { sent: [], waits: [], states: [] };
  Object.assign(globalThis, {
    document: { documentElement: { lang: 'en' } },
    fetch: async (address) => {
      if (address === COMMIT) return commits.shift() ?? answer(200, {});
      const next = ways.length > 1 ? ways.shift() : ways[0];
      return next instanceof Response ? next : answer(200, { parts: [next] });
    },
    XMLHttpRequest: class extends EventTarget {
      upload = new EventTarget();

      open() {}

      setRequestHeader() {}

      send(body) {
        seen.sent.push(body.size);
        [this.status, this.responseText] = stores.shift() ?? [200, ''];
        this.dispatchEvent(new Event('loadend'));
      }
    },
  });
  const line = openLine(() => seen.states.push(line?.state()), { kept, pause: async (milliseconds) => void seen.waits.push(milliseconds) });
  return { line, seen };
}

/** Wait until a line has nothing to do. */
async function rest(line) {
  for (let n = 0; n < 500; n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (line.state() === 'stopped' || (line.state() === 'idle' && !line.left())) return;
  }
  assert.fail('the line goes on');
}

test('a part that was there and is gone when the hall asks for it goes up', async () => {
  const { line, seen } = aLine({ ways: [way(true), way(false)] });
  line.send([PART]);
  await rest(line);
  assert.deepEqual([line.isThere(PART.sha256), seen.sent], [true, []]);

  line.again([PART]);
  assert.equal(line.left(), PART.size);
  await rest(line);
  assert.deepEqual([line.isThere(PART.sha256), seen.sent], [true, [3]]);
});

test('a part that arrived is not sent by whoever only hands it over again', async () => {
  const { line, seen } = aLine({ ways: [way(false)] });
  line.send([PART]);
  await rest(line);
  line.send([PART]);
  await rest(line);
  assert.deepEqual(seen.sent, [3]);
});

/** @type {[string, object][]} */
const PASSING = [
  ['a hall that is away', { commits: [answer(503, problem('hall.unavailable'))] }],
  ['a fault', { commits: [answer(500, problem('hall.fault'))] }],
  ['too many requests', { ways: [answer(429, problem('request.too_many')), way(false)] }],
  ['a request that took too long', { stores: [[408, JSON.stringify(problem('request.slow'))]] }],
  ['a proxy whose hall is away', { stores: [[502, JSON.stringify(problem('hall.unavailable'))]] }],
  ['a store that does not let it in', { stores: [[403, '<Error/>']] }],
];
for (const [name, says] of PASSING) {
  test(`${name} stops no line: it waits and goes on`, async () => {
    const { line, seen } = aLine({ ways: [way(false)], ...says });
    line.send([PART]);
    await rest(line);
    assert.deepEqual([line.isThere(PART.sha256), line.state(), line.wrong()], [true, 'idle', undefined]);
    assert.ok(seen.states.includes('waiting'));
    assert.deepEqual(seen.waits, [1000]);
  });
}

test('it waits longer from time to time', async () => {
  const away = Array.from({ length: 6 }, () => answer(503, problem('hall.unavailable')));
  const { line, seen } = aLine({ ways: [...away, way(false)] });
  line.send([PART]);
  await rest(line);
  assert.deepEqual(seen.waits, [1000, 2000, 4000, 8000, 15000, 15000]);
});

test('what the hall has judged stops the line, with its words', async () => {
  for (const says of [{ commits: [answer(422, problem('E-PART'))] }, { stores: [[422, JSON.stringify(problem('E-PART'))]] }]) {
    const { line } = aLine({ ways: [way(false)], ...says });
    line.send([PART]);
    await rest(line);
    assert.deepEqual([line.state(), line.wrong()?.message], ['stopped', 'E-PART']);
  }
});

test('a part that is kept no more stops the line', async () => {
  const { line } = aLine({ ways: [way(false)], kept: async () => undefined });
  line.send([PART]);
  await rest(line);
  assert.ok(line.wrong() instanceof PartLost);
});

// What a bidder's browser proves before it gives S: a true dossier passes, each forged one is refused.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64, hex } from '@scure/base';

import { judged, openLedger, Uncosigned } from '../src/bid-gate.js';
import { dump, dumps, utf8 } from '../src/canonical.js';
import { recordOf } from '../src/entries.js';
import { trusted } from '../src/log-policy.js';
import { leafHash, root } from '../src/merkle.js';

const SCHEMAS = new URL('../../../notary/schemas/', import.meta.url);
const kinds = Object.fromEntries(readdirSync(SCHEMAS).map((file) => {
  const schema = JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8'));
  return [file.replace(/\.json$/, ''), { required: schema.required, properties: schema.properties, plain: schema['x-plain'], held: schema['x-held'] }];
}));

const ORIGIN = 'hall.example/log/7d0b2376';
const BOX = { origin: ORIGIN, tender: 'T-1', lot: '1', stage: 'price' };
const KEY = ed25519.keygen(new Uint8Array(32).fill(7));
const PUBLIC = new Uint8Array([1, ...KEY.publicKey]);
const KEY_ID = sha256(new Uint8Array([...utf8(`${ORIGIN}\n`), ...PUBLIC])).slice(0, 4);
const VKEY = `${ORIGIN}+${hex.encode(KEY_ID)}+${base64.encode(PUBLIC)}`;
const HASH = 'a'.repeat(64);
const OPEN = '2026-11-22T02:00:00Z';
const hashOf = (text) => createHash('sha256').update(text).digest('hex');

const terms = (stage, after, changed) => ({
  stage, mode: 'bidder', policy_sha256: HASH, after, deadline: '2026-11-22T01:30:00Z', parts_by: '2026-11-22T01:40:00Z',
  open_at: OPEN, release_by: '2026-11-22T03:00:00Z', owner_by: '2026-11-22T03:00:00Z', close_slack_s: 60, gate_wait_min: 15,
  min_envelopes: 2, max_bytes: 1000, form: [], reseal: false, ...changed,
});

/** Write a revision; `after`: the stage that the box waits for. */
function notice(revision, previous, published, after, changed = {}, lot = {}) {
  const words = { zh: '标', en: 'Lot' };
  return dumps({
    v: 'hall-notice/v1', origin: ORIGIN, tender: 'T-1', revision, previous, reason: revision === 1 ? null : words, published,
    title: words, purchaser: 'BUYER', agency: 'AGENCY', kind: 'construction', rules: { set: 'law/2026-11', sha256: HASH },
    method: 'open', invited: null, currency: 'CNY', deposit_fen: '0', documents: [], channels: [],
    lots: [{ lot: '1', title: words, draw: false, ceiling_fen: null, limits: [], boxes: [terms('technical', null), terms('price', after, changed)], ...lot }],
  });
}

/** A log in the making: entries, then proofs of each on its one checkpoint. */
function aLog() {
  const entries = [];
  const leaves = () => entries.map(({ record }) => leafHash(record));
  const path = (at, from, to) => {
    if (to - from === 1) return [];
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    const middle = from + half;
    return at < middle
      ? [...path(at, from, middle), root(leaves().slice(middle, to))] : [...path(at, middle, to), root(leaves().slice(from, middle))];
  };
  const note = () => {
    const text = `${ORIGIN}\n${entries.length}\n${base64.encode(root(leaves()))}\n`;
    return `${text}\n— ${ORIGIN} ${base64.encode(new Uint8Array([...KEY_ID, ...ed25519.sign(utf8(text), KEY.secretKey)]))}\n`;
  };
  return {
    note,
    /** Append an entry and return its index. */
    add(kind, at, stated) {
      const { required, plain } = kinds[kind];
      const all = { kind, origin: ORIGIN, at, actor: 'FIRM-1', ...stated };
      const fields = Object.fromEntries(required.map((name) => [name, all[name] ?? '']));
      const salt = plain ? null : new Uint8Array(32).fill(entries.length);
      const record = recordOf(fields, salt, kinds);
      const shown = plain ? { plain: fields } : {
        fields: Object.entries(fields).sort().map(([name, value]) => ({ name, value, salt: hex.encode(hmac(sha256, salt, utf8(`hall-field/v1\0${name}`))) })),
      };
      return entries.push({ record, shown: dump({ v: 'hall-disclosure/v1', ...shown }) }) - 1;
    },
    prove(index) {
      const hashes = path(index, 0, entries.length).map((one) => base64.encode(one));
      return ['c2sp.org/tlog-proof@v1', `extra ${base64.encode(entries[index].shown)}`, `index ${index}`, ...hashes, '', note()].join('\n');
    },
  };
}

const REVISED = '2026-11-22T01:52:00.500001Z';
const day = (time) => `2026-11-22T${time}.500000Z`;

/**
 * Make a dossier of two bids; `wish` forges it.
 * @param {{after?: string, changed?: object, lot?: object, under?: string, amended?: object, list?: object, revise?: object, finished?: boolean, rejected?: string, early?: boolean}} wish
 */
function dossier(wish = {}) {
  const { after = null } = wish;
  const place = { tender: 'T-1', lot: '1', stage: 'price' };
  const log = aLog();
  const notices = [notice(1, null, '2026-11-01T00:00:00Z', after, wish.changed, wish.lot)];
  const published = [log.add('trading.published.v1', '2026-11-01T00:00:01.000000Z', { tender: 'T-1', revision: 1, notice_sha256: hashOf(notices[0]) })];
  const bids = ['FIRM-1', 'FIRM-2'].map((actor) => {
    const [seal, p7s] = [`the bid of ${actor}`, utf8(`signed by ${actor}`)];
    const envelope = hashOf(seal);
    const index = log.add('bidding.bid-received.v1', day('01:00:00'), { ...place, actor, envelope, p7s_sha256: hashOf(p7s), complete: true, seq: 1 });
    return { envelope, seal, p7s: base64.encode(p7s), index, actor };
  }).sort((one, other) => (one.envelope < other.envelope ? -1 : 1));
  const listed = bids.map(({ envelope, index }) => ({ envelope, index, complete: index }));
  const list = {
    v: 'bid-list/v1', ...BOX, notice_sha256: wish.under ?? hashOf(notices[0]), deadline: '2026-11-22T01:30:00Z',
    from: null, crls_sha256: null, envelopes: listed, kept_shut: [], ...wish.list,
  };
  const json = dumps(list);
  const closed = log.add('bidding.box-closed.v1', wish.early ? '2026-11-22T01:39:59.999999Z' : '2026-11-22T01:40:00.000000Z', { ...place, closing: 1, list_sha256: hashOf(json) });
  if (wish.amended) {
    notices.push(notice(2, hashOf(notices[0]), '2026-11-22T01:45:00Z', after, { ...wish.changed, ...wish.amended }));
    published.push(log.add('trading.amended.v1', day('01:45:00'), { tender: 'T-1', revision: 2, notice_sha256: hashOf(notices[1]) }));
  }
  let [asked, revised] = [json, null];
  if (after) {
    const [out] = bids.filter(({ actor }) => actor === 'FIRM-2');
    const finished = () => log.add('bidding.box-finished.v1', day('01:50:00'), { ...place, stage: 'technical', opening_sha256: HASH });
    const first = wish.finished === false ? undefined : finished();
    const decision = log.add('bidding.bid-rejected.v1', day('01:51:00'), { ...place, bidder: wish.rejected ?? 'FIRM-2', ground: 'form', article: 'x' });
    asked = dumps({
      ...list, from: hashOf(json), envelopes: listed.filter(({ envelope }) => envelope !== out.envelope),
      kept_shut: [{ envelope: out.envelope, index: out.index, complete: out.index, decision }], ...wish.revise,
    });
    const entry = log.add('bidding.list-revised.v1', REVISED, { ...place, n: 1, list_sha256: hashOf(asked), from: hashOf(json) });
    const last = first ?? finished();
    revised = () => ({
      json: asked, proof: log.prove(entry), finished: log.prove(last),
      kept_shut: [{ envelope: out.envelope, proof: log.prove(out.index), decision: log.prove(decision) }],
    });
  }
  const asking = log.add('bidding.shares-asked.v1', day('01:55:00'), { ...place, list_sha256: hashOf(asked) });
  return {
    notices: notices.map((text, n) => ({ json: text, proof: log.prove(published[n]) })),
    checkpoint: log.note(),
    list: { json, proof: log.prove(closed) },
    revised: revised?.() ?? null,
    asked: { proof: log.prove(asking) },
    envelopes: bids.map(({ envelope, seal, p7s, index }) => ({ envelope, seal, p7s, proof: log.prove(index), completed: null })),
  };
}

const ALONE = `log ${VKEY}\nquorum none\n`;
const look = (made, now = Date.parse(OPEN), kept = ALONE) => judged(made, BOX, openLedger(trusted(VKEY, kept), kinds), now);
const STAGED = { after: 'technical' };

test('a true dossier passes, of a stage that waits with what it keeps shut', async () => {
  assert.equal((await look(dossier())).bids.envelopes.length, 2);
  assert.equal((await look(dossier(STAGED))).bids.envelopes.length, 1);
  await look(dossier({ amended: { release_by: '2026-11-22T04:00:00Z', owner_by: '2026-11-22T04:00:00Z' } }));
});

test('S is given from open_at on by this machine\'s own clock, not a millisecond before', async () => {
  await assert.rejects(look(dossier(), Date.parse(OPEN) - 1), { check: 'clock' });
  await look(dossier(), Date.parse(OPEN));
});

/** @type {[string, string, () => any][]} */
const FORGED = [
  ['a list under another revision of the notice', 'list', () => dossier({ under: HASH })],
  ['a box closed before its time', 'list', () => dossier({ early: true })],
  ['a list with a member that it does not have', 'list', () => dossier({ list: { more: 1 } })],
  ['a closing list that keeps something shut', 'list', () => dossier({ list: { kept_shut: [{ envelope: HASH, index: 1, complete: 1, decision: 1 }] } })],
  ['a closed box whose policy changes', 'notice', () => dossier({ amended: { policy_sha256: 'b'.repeat(64) } })],
  ['a closed box that opens at another time', 'notice', () => dossier({ amended: { open_at: '2026-11-22T01:50:00Z' } })],
  ['a closed box that is sealed again', 'notice', () => dossier({ amended: { reseal: true } })],
  ['a lot with a draw', 'notice', () => dossier({ lot: { draw: true } })],
  ['a notice that the log does not have', 'notice', () => {
    const made = dossier();
    return { ...made, notices: [{ ...made.notices[0], proof: made.list.proof }] };
  }],
  ['an envelope that was exchanged', 'envelope', () => {
    const made = dossier();
    return { ...made, envelopes: made.envelopes.map((one) => ({ ...one, p7s: base64.encode(utf8('another')) })) };
  }],
  ['fewer bids than the notice wants', 'count', () => dossier({ changed: { min_envelopes: 3 } })],
  ['no revised list', 'revised', () => ({ ...dossier(STAGED), revised: null })],
  ['a revised list of another closing', 'revised', () => dossier({ ...STAGED, revise: { from: HASH } })],
  ['a revised list that drops a bid', 'revised', () => dossier({ ...STAGED, revise: { kept_shut: [] } })],
  ['a list revised before the earlier stage was finished', 'revised', () => dossier({ ...STAGED, finished: false })],
  ['a decision on another bidder', 'decision', () => dossier({ ...STAGED, rejected: 'FIRM-3' })],
  ['no decision', 'decision', () => {
    const made = dossier(STAGED);
    return { ...made, revised: { ...made.revised, kept_shut: [] } };
  }],
];
for (const [name, check, made] of FORGED) {
  test(`no secret for ${name}`, async () => {
    await assert.rejects(look(made()), (error) => {
      assert.equal(error.check, check, error.message);
      return true;
    });
  });
}

// The quorum of the newest checkpoint. Whose lines meet one, `policy.test.js` asks; when it is waited for, this.

const WITNESS = ed25519.keygen(new Uint8Array(32).fill(9));
const WITNESS_KEY = new Uint8Array([4, ...WITNESS.publicKey]);
const WITNESS_ID = sha256(new Uint8Array([...utf8('witness.example\n'), ...WITNESS_KEY])).slice(0, 4);
const WANTED = `log ${VKEY}\nwitness w witness.example+${hex.encode(WITNESS_ID)}+${base64.encode(WITNESS_KEY)}\nquorum w\n`;
const LONG = { gate_wait_min: 30 };
const UNTIL = Date.parse('2026-11-22T02:10:00Z');
const REVISED_UNTIL = Date.parse('2026-11-22T02:22:00.500Z') + 0.001;
const MICROSECOND = 0.001;

/** Put the witness's line under the newest checkpoint of a dossier; `stated`: the time that it claims to have signed. */
function cosigned(made, stated = 1_795_000_000n) {
  const [text] = made.checkpoint.split('\n\n');
  const signature = ed25519.sign(utf8(`cosignature/v1\ntime 1795000000\n${text}\n`), WITNESS.secretKey);
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, stated);
  const line = `— witness.example ${base64.encode(new Uint8Array([...WITNESS_ID, ...time, ...signature]))}\n`;
  return { ...made, checkpoint: made.checkpoint + line };
}

/** @param {number} until */
const waitsUntil = (until) => (error) => {
  assert.ok(error instanceof Uncosigned, error.message);
  assert.equal(error.check, 'checkpoint');
  assert.equal(error.until, until);
  return true;
};

test('without its cosignatures a checkpoint is waited for until gate_wait_min is over, not a microsecond longer', async () => {
  await assert.rejects(look(dossier({ changed: LONG }), UNTIL - MICROSECOND, WANTED), waitsUntil(UNTIL));
  await look(dossier({ changed: LONG }), UNTIL, WANTED);
});

test('a revised list begins the wait anew', async () => {
  const made = dossier({ ...STAGED, changed: LONG });
  await assert.rejects(look(made, REVISED_UNTIL - MICROSECOND, WANTED), waitsUntil(REVISED_UNTIL));
  await look(made, REVISED_UNTIL, WANTED);
});

test('a cosigned checkpoint is good from open_at on, and so is any where none is wanted', async () => {
  await look(cosigned(dossier({ changed: LONG })), Date.parse(OPEN), WANTED);
  await look(dossier({ changed: LONG }), Date.parse(OPEN), ALONE);
});

/** @type {[string, string | undefined][]} */
const UNKNOWN = [
  ['no policy was kept', undefined],
  ['the policy cannot be read', `${WANTED}quorum w\n`],
  ['the policy is of another log', WANTED.slice(WANTED.indexOf('\n') + 1)],
];
for (const [name, kept] of UNKNOWN) {
  test(`where ${name}, every checkpoint is waited for`, async () => {
    const ledger = () => openLedger(trusted(VKEY, kept), kinds);
    const made = cosigned(dossier({ changed: LONG }));
    await assert.rejects(judged(made, BOX, ledger(), UNTIL - MICROSECOND), waitsUntil(UNTIL));
    await judged(made, BOX, ledger(), UNTIL);
  });
}

test('a line of a known witness that fails is refused, however late', async () => {
  const late = Date.parse('2027-01-01T00:00:00Z');
  await assert.rejects(look(cosigned(dossier({ changed: LONG }), 1_795_000_001n), late, WANTED), (error) => {
    assert.ok(!(error instanceof Uncosigned));
    assert.equal(error.check, 'checkpoint');
    return true;
  });
});

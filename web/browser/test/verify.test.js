// The verify page's modules judge what the vectors judge, and each tamper is refused with its reason.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { base64, hex } from '@scure/base';

import { dump, utf8 } from '../src/canonical.js';
import { openDisclosure, openPlain, recordOf } from '../src/entries.js';
import { leafHash, requireExtended, requireIncluded, root } from '../src/merkle.js';
import { checkpointOf, keyOf, noteOf } from '../src/note.js';
import { proofOf, prove, receiptOf } from '../src/proofs.js';
import { absent } from './vectors.js';

const SHARED = new URL('../../../../shared/vectors/', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, SHARED), 'utf8'));
const skip = { skip: absent };

const SCHEMAS = new URL('../../../notary/schemas/', import.meta.url);
const kinds = Object.fromEntries(readdirSync(SCHEMAS).map((file) => {
  const schema = JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8'));
  return [file.replace(/\.json$/, ''), { required: schema.required, properties: schema.properties, plain: schema['x-plain'], held: schema['x-held'] }];
}));

test('roots, inclusion and consistency are those of RFC 6962', skip, () => {
  const vectors = read('rfc6962_vectors.json');
  const leaves = vectors.leaves_hex.map((leaf) => leafHash(hex.decode(leaf)));
  vectors.roots_hex_by_size.forEach((expected, size) => assert.equal(hex.encode(root(leaves.slice(0, size))), expected));
  const bytes = (text) => base64.decode(text ?? '');
  const proof = (one) => (one.proof ?? []).map(bytes);
  for (const one of vectors.inclusion) {
    const check = () => requireIncluded(bytes(one.leafHash), one.leafIdx, one.treeSize, proof(one), bytes(one.root));
    if (one.wantErr) assert.throws(check, one.name);
    else check();
  }
  const opaque = (one) => one.size1 === 0 || /sizes-are-equal/.test(one.name); // source.caveats
  for (const one of vectors.consistency.filter((each) => !opaque(each))) {
    const check = () => requireExtended(one.size1, one.size2, proof(one), bytes(one.root1), bytes(one.root2));
    if (one.wantErr) assert.throws(check, one.name);
    else check();
  }
});

test('the notes of others are read, and the checkpoints of a foreign log are signed by it', skip, () => {
  const vkeys = read('note_vectors.json').map(({ vkey }) => vkey).filter(Boolean);
  const key = vkeys.filter((vkey) => vkey.startsWith('example.com/log/testdata+')).map(keyOf)[0];
  let before = null;
  for (let size = 0; size <= 15; size += 1) {
    const note = new Uint8Array(readFileSync(new URL(`tessera-log/checkpoint.${size}`, SHARED)));
    const checkpoint = checkpointOf(note, key);
    assert.equal(checkpoint.size, size);
    assert.equal(noteOf(note).lines.length, 1);
    note[note.indexOf(10) + 1] ^= 1;
    assert.throws(() => checkpointOf(note, key));
    before = checkpoint;
  }
  assert.equal(before.size, 15);
});

test('the golden entries are recorded alike, and their proofs show them', skip, () => {
  const golden = read('ledger-v1-golden.json');
  const key = keyOf(golden.log.vkey);
  for (const one of golden.entries) {
    const record = recordOf(one.fields, one.salt === null ? null : hex.decode(one.salt), kinds);
    assert.equal(hex.encode(record), one.record);
    if (one.form === 'plain') assert.deepEqual(openPlain(record, one.fields.origin, kinds), one.fields);
  }
  for (const one of golden.proofs) {
    const proof = proofOf(utf8(one.tlog_proof));
    const shown = prove(proof, checkpointOf(proof.note, key), kinds);
    assert.equal(shown.index, one.index);
    if (one.shown) assert.deepEqual(Object.keys(shown.fields).sort(), one.shown.slice().sort());
  }
  for (const one of [golden.receipt, ...golden.more_receipts]) receiptOf(utf8(one.json), kinds);
});

test('every tamper is refused with its reason', skip, () => {
  const { tampers, ...golden } = read('ledger-v1-golden.json');
  const key = keyOf(golden.log.vkey);
  const notes = { log: golden.checkpoint, hostile: tampers.hostile_log.checkpoint };
  for (const one of tampers.disclosures) {
    const attempt = { extra: utf8(one.disclosure), index: one.index, hashes: one.proof.map((hash) => base64.decode(hash)), note: utf8(notes[one.in]) };
    assert.throws(() => prove(attempt, checkpointOf(attempt.note, key), kinds), { reason: one.reason }, one.name);
  }
  for (const one of tampers.receipts) assert.throws(() => receiptOf(utf8(one.json), kinds), { reason: one.reason }, one.name);
  assert.ok(openDisclosure(dump(JSON.parse(golden.proofs[0].disclosure_jcs)), golden.entries[0].fields.origin, kinds));
});

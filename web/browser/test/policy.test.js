// Whose lines make a checkpoint good: the browser says of every policy and note what notary/policy.py says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { base64 } from '@scure/base';

import { utf8 } from '../src/canonical.js';
import { BadPolicy, policyOf, seen } from '../src/log-policy.js';
import { BadNote } from '../src/note.js';

// `python -m tests.notary.cosigned` writes it; tests/notary/test_cosigned.py holds it to what Python says.
const GOLDEN = JSON.parse(readFileSync(new URL('./cosigned-golden.json', import.meta.url), 'utf8'));
const textOf = (name) => GOLDEN.policies.find((one) => one.name === name).text;

for (const { name, text, good } of GOLDEN.policies) {
  test(`a policy, ${name}: ${good ? 'read' : 'refused'}`, () => {
    if (good) policyOf(text);
    else assert.throws(() => policyOf(text), BadPolicy);
  });
}

for (const { name, note, verdicts } of GOLDEN.notes) {
  for (const [policy, verdict] of Object.entries(verdicts)) {
    test(`a note, ${name}, under the policy ${policy}: ${verdict}`, () => {
      const judge = () => seen(utf8(note), policyOf(textOf(policy)));
      if (verdict === 'refused') return void assert.throws(judge, BadNote);
      const { checkpoint, met } = judge();
      assert.equal(met, verdict === 'met');
      assert.equal(checkpoint.size, GOLDEN.checkpoint.size);
      assert.equal(base64.encode(checkpoint.root), GOLDEN.checkpoint.root);
    });
  }
}

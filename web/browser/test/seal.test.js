// Sealing in the browser's modules gives the golden bytes, and judges what the vectors judge.

import { test } from 'node:test';

import { checksOf } from './golden-checks.js';
import { absent, readVectors } from './vectors.js';

if (absent) {
  test('golden vectors of sealing', { skip: absent }, () => {});
} else {
  for (const [name, check] of checksOf(readVectors())) test(name, check);
}

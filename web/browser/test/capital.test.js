// 大写 while one types is what the server would write (tests/web/test_capital.py has the same).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { capitalOf } from '../src/capital.js';

const CASES = [
  ['0', '零元整'], ['0.05', '伍分'], ['0.10', '壹角整'], ['1', '壹元整'], ['1.05', '壹元零伍分'],
  ['10', '壹拾元整'], ['105', '壹佰零伍元整'], ['1005', '壹仟零伍元整'], ['1,409.50', '壹仟肆佰零玖元伍角整'],
  ['6007.14', '陆仟零柒元壹角肆分'], ['10,000', '壹万元整'], ['10,005', '壹万零伍元整'],
  ['107,000.53', '壹拾万柒仟元伍角叁分'], ['15,125,000', '壹仟伍佰壹拾贰万伍仟元整'],
  ['100,000,000', '壹亿元整'], ['100,000,001', '壹亿零壹元整'], ['１２３．４５', '壹佰贰拾叁元肆角伍分'],
  ['¥ 5 元', '伍元整'],
];

test('amounts in words', () => {
  for (const [typed, said] of CASES) assert.equal(capitalOf(typed), said, typed);
});

test('what is no amount has no words', () => {
  for (const typed of ['', 'twelve', '1.234', '-5', '1e5']) assert.equal(capitalOf(typed), '');
});

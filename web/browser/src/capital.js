/**
 * Amounts in words, 大写 as banks write them: the same as `web/capital.py`, while one types.
 * @module
 */

const UPPER = '零壹贰叁肆伍陆柒捌玖';
const UNITS = ['', '拾', '佰', '仟'];
/** @type {[number, string][]} */
const MYRIADS = [[100_000_000, '亿'], [10_000, '万']];

/**
 * Write an amount typed in yuan as 大写; empty for what is none.
 * @param {string} typed
 */
export function capitalOf(typed) {
  const plain = typed.normalize('NFKC').replace(/[,，\s¥￥元]/g, '');
  const read = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!read) return '';
  return capital(Number(read[1]), Number((read[2] ?? '').padEnd(2, '0')));
}

/**
 * @param {number} yuan
 * @param {number} rest fen below a yuan
 */
function capital(yuan, rest) {
  const jiao = Math.floor(rest / 10);
  const odd = rest % 10;
  if (!yuan && !rest) return '零元整';
  let words = yuan ? `${whole(yuan)}元` : '';
  if (jiao) words += `${UPPER[jiao]}角`;
  else if (odd && yuan) words += '零';
  return words + (odd ? `${UPPER[odd]}分` : '整');
}

/**
 * So many 亿, so many 万, and the rest, each written the same way.
 * @param {number} number
 * @returns {string}
 */
function whole(number) {
  for (const [size, name] of MYRIADS) {
    if (number < size) continue;
    const low = number % size;
    const gap = low > 0 && low < size / 10 ? '零' : '';
    return `${whole(Math.floor(number / size))}${name}${gap}${low ? whole(low) : ''}`;
  }
  return number ? group(number) : '零';
}

/**
 * Write 1 to 9999; noughts inside become one, noughts at the end none.
 * @param {number} number
 */
function group(number) {
  let words = '';
  let nought = false;
  for (const power of [3, 2, 1, 0]) {
    const digit = Math.floor(number / 10 ** power) % 10;
    if (digit) words += (nought && words ? '零' : '') + (UPPER[digit] ?? '') + (UNITS[power] ?? '');
    nought = !digit;
  }
  return words;
}

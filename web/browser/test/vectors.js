// Where the published vectors lie beside a checkout; a public clone has none.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

const SHARED = new URL('../../../../shared/vectors/', import.meta.url);

/** Why tests of vectors are skipped; false where they are there. */
export const absent = existsSync(SHARED) ? false : 'no shared folder beside this checkout: its vectors are not public';

/** Read all that `checksOf` wants. */
export function readVectors() {
  const text = (name) => readFileSync(new URL(name, SHARED), 'utf8');
  const outcomes = JSON.parse(text('age/profile.json'));
  return {
    golden: JSON.parse(text('seal-v1-golden.json')),
    cases: JSON.parse(text('seal-v1-cases.json')),
    jcs: readdirSync(new URL('jcs/input', SHARED)).map((name) => ({
      input: text(`jcs/input/${name}`), output: text(`jcs/output/${name}`),
    })),
    kit: Object.entries(outcomes).map(([name, outcome]) => ({ name, outcome, ...kitFile(name) })),
  };
}

/** Take a file of the age test kit apart: a header of facts, an empty line, the file. */
function kitFile(name) {
  const whole = readFileSync(new URL(`age/${name}`, SHARED));
  const end = whole.indexOf('\n\n');
  const facts = new Map(whole.subarray(0, end).toString().split('\n').map((line) => line.split(': ')));
  const body = whole.subarray(end + 2);
  const file = facts.get('compressed') === 'zlib' ? inflateSync(body) : body;
  return { identity: facts.get('identity'), file: file.toString('base64') };
}

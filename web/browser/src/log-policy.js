/**
 * Whose signatures make a checkpoint good: trust policies, as `notary/policy.py` reads them. Lines of
 * one operator belong into one group `any`, for they count once. Source: c2sp.org/tlog-policy; ledger.md 7.
 * @module
 */

import { same } from './der.js';
import { BadNote, checkpointIn, cosignerOf, keyOf, noteOf, signersOf } from './note.js';

/** @typedef {import('./note.js').Key} Key */
/** @typedef {{threshold: number, members: Cosigner[]}} Group cosigners, or groups of them, of which `threshold` suffice */
/** @typedef {Key | Group} Cosigner */
/** @typedef {{logs: Key[], witnesses: Key[], quorum: Cosigner | null}} LogPolicy `quorum` null: no cosignature is wanted */

const FORBIDDEN = /[^\t\n\x20-\x7e\u0080-\uffff]/;
const BLANK = /[ \t]+/;
const THRESHOLD = /^[1-9][0-9]{0,3}$/;
const NONE = 'none';
const NEVER = { threshold: 1, members: [] };

/** The text is not a policy as specified. */
export class BadPolicy extends Error {}

/**
 * Return what one goes by who kept the key of a log and maybe its policy. Where none was kept, or one
 * that this browser cannot read, nothing meets the quorum: nobody can say whose lines are wanted.
 * @param {string} vkey
 * @param {string | undefined} kept
 * @returns {LogPolicy}
 */
export function trusted(vkey, kept) {
  const log = keyOf(vkey);
  try {
    const policy = policyOf(kept ?? '');
    if (policy.logs.some((one) => one.name === log.name && same(one.public, log.public))) return policy;
  } catch (error) {
    if (!(error instanceof BadPolicy)) throw error;
  }
  return { logs: [log], witnesses: [], quorum: NEVER };
}

/**
 * Return the checkpoint of a note that a known log signed, and whether enough have cosigned it; throws
 * BadNote where it is none, or where the line of a known key fails.
 * @param {Uint8Array} note
 * @param {LogPolicy} policy
 */
export function seen(note, { logs, witnesses, quorum }) {
  const signed = noteOf(note);
  const checkpoint = checkpointIn(signed.text);
  const named = logs.filter(({ name }) => name === checkpoint.origin);
  const signers = signersOf(signed, [...named, ...witnesses]);
  if (!named.some((log) => signers.has(log))) throw new BadNote(`no line of a known log named ${checkpoint.origin}`);
  return { checkpoint, met: quorum === null || meets(quorum, signers) };
}

/**
 * @param {Cosigner} cosigner
 * @param {Set<Key>} signers
 * @returns {boolean}
 */
function meets(cosigner, signers) {
  if (!('members' in cosigner)) return signers.has(cosigner);
  return cosigner.members.filter((member) => meets(member, signers)).length >= cosigner.threshold;
}

/**
 * Read a policy, or throw BadPolicy.
 * @param {string} text
 * @returns {LogPolicy}
 */
export function policyOf(text) {
  if (FORBIDDEN.test(text)) throw new BadPolicy('a control character in a policy');
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new BadPolicy('the last line does not end in a newline');
  const reader = openReader();
  for (const [at, line] of lines.entries()) {
    const items = line.split(BLANK).filter(Boolean);
    if (!items[0] || items[0].startsWith('#')) continue;
    try {
      reader.take(items);
    } catch (error) {
      throw new BadPolicy(`line ${at + 1}: ${error instanceof Error ? error.message : ''}`);
    }
  }
  return reader.policy();
}

/** What the lines read so far have defined. */
function openReader() {
  /** @type {Key[]} */
  const logs = [];
  /** @type {Key[]} */
  const witnesses = [];
  /** @type {Map<string, Cosigner>} */
  const named = new Map();
  /** @type {Set<string>} */
  const taken = new Set();
  /** @type {Cosigner | null | undefined} */
  let quorum;

  /** @param {string} name */
  function get(name) {
    const cosigner = named.get(name);
    if (!cosigner) throw new BadPolicy('a name that no line before defines');
    return cosigner;
  }

  /**
   * @param {string} name
   * @param {Cosigner} cosigner
   */
  function define(name, cosigner) {
    if (name === NONE || named.has(name)) throw new BadPolicy('a name that is taken');
    named.set(name, cosigner);
  }

  /**
   * @param {Key} key
   * @param {Key[]} known
   */
  function add(key, known) {
    if (known.some((one) => same(one.public, key.public))) throw new BadPolicy('one public key twice');
    known.push(key);
    return key;
  }

  /**
   * @param {string} wanted
   * @param {string[]} names
   */
  function group(wanted, names) {
    const members = names.map(get);
    // Each witness counts for a quorum in one way only.
    if (new Set(names).size < names.length || names.some((name) => taken.has(name))) throw new BadPolicy('a name is a member twice');
    for (const name of names) taken.add(name);
    const threshold = wanted === 'any' ? 1 : wanted === 'all' ? names.length : THRESHOLD.test(wanted) ? Number(wanted) : 0;
    if (threshold < 1 || threshold > names.length) throw new BadPolicy(`${wanted} of ${names.length} members`);
    return { threshold, members };
  }

  return {
    /** @param {string[]} items of one line */
    take([word = '', name = '', ...rest]) {
      const [first, second] = rest;
      if (word === 'log' && name && rest.length <= 1) add(keyOf(name), logs);
      else if (word === 'witness' && first && rest.length <= 2) define(name, add(cosignerOf(first), witnesses));
      else if (word === 'group' && first && second) define(name, group(first, rest.slice(1)));
      else if (word === 'quorum' && name && !first && quorum === undefined) quorum = name === NONE ? null : get(name);
      else throw new BadPolicy('not a line of a policy');
    },

    /** @returns {LogPolicy} */
    policy() {
      if (quorum === undefined) throw new BadPolicy('no quorum line');
      return { logs, witnesses, quorum };
    },
  };
}

/**
 * The form of a bid while it is typed: each answer as the index wants it, amounts in words beside
 * their figures, and what is wrong with it. Source: sealing.md 3, form types.
 * @module
 */

import { capitalOf } from './capital.js';

/** @typedef {{name: string, type: string, label: string}} Field */
/** @typedef {{place: string, said: string}} Problem where it is, by id, and what it is */

const FEN_MOST = 18; // digits
const YUAN = /^(\d{1,16})(?:\.(\d{1,2}))?$/;

/**
 * Return an amount typed in yuan in whole fen, empty for what is none.
 * @param {string} typed
 */
export function fenOf(typed) {
  const read = YUAN.exec(typed.normalize('NFKC').replace(/[,\s¥元]/g, ''));
  if (!read) return '';
  const fen = `${read[1]}${(read[2] ?? '').padEnd(2, '0')}`.replace(/^0+(?=\d)/, '');
  return fen.length > FEN_MOST ? '' : fen;
}

/**
 * Write whole fen as `1,234,500.00`.
 * @param {string} fen
 */
export function money(fen) {
  const padded = fen.padStart(3, '0');
  return `${padded.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${padded.slice(-2)}`;
}

/**
 * The fields of one box.
 * @param {HTMLElement} place
 * @param {Record<string, string>} words
 * @param {() => void} changed
 */
export function openFields(place, words, changed) {
  /** @type {Field[]} */
  const fields = JSON.parse(place.dataset.form ?? '[]');
  const prefix = place.id;
  /** @param {string} name */
  const input = (name) => /** @type {HTMLInputElement} */ (document.getElementById(`${prefix}-${name}`));
  for (const one of place.querySelectorAll('input[data-field]')) one.addEventListener('input', () => {
    one.removeAttribute('aria-invalid');
    write();
    changed();
  });

  /** @param {Field} field */
  const typed = ({ name, type }) => (type === 'date' ? dateOf(name) : input(name).value);

  /** @param {string} name of three boxes: year, month, day */
  function dateOf(name) {
    const [y, m, d] = ['y', 'm', 'd'].map((part) => input(`${name}_${part}`).value.normalize('NFKC').trim());
    return y || m || d ? `${(y ?? '').padStart(4, '0')}-${(m ?? '').padStart(2, '0')}-${(d ?? '').padStart(2, '0')}` : '';
  }

  /** @param {Field} field */
  function answer(field) {
    const said = typed(field).trim();
    if (field.type === 'fen') return fenOf(said);
    if (field.type === 'int') return /^-?\d{1,18}$/.test(said.normalize('NFKC')) ? String(BigInt(said.normalize('NFKC'))) : '';
    if (field.type === 'date') return isDate(said) ? said : '';
    return said.normalize('NFC');
  }

  /** Write amounts in words, and how far a price is from the ceiling. */
  function write() {
    for (const { name, type } of fields) {
      const out = place.querySelector(`[data-words-of="${name}"]`);
      if (type !== 'fen' || !out) continue;
      const fen = fenOf(input(name).value);
      const [capital, share] = out.children;
      if (capital) capital.textContent = fen && place.dataset.currency === 'CNY' ? capitalOf(money(fen)) : '';
      if (share) share.textContent = name === 'price_fen' ? againstCeiling(fen) : '';
    }
  }

  /** @param {string} fen */
  function againstCeiling(fen) {
    const ceiling = place.dataset.ceiling;
    if (!fen || !ceiling) return '';
    const apart = BigInt(ceiling) - BigInt(fen);
    const far = money(String(apart < 0n ? -apart : apart));
    const share = (Math.abs(Number(apart)) / Number(ceiling) * 100).toFixed(1);
    const said = apart < 0n ? words.above : apart === 0n ? words.at_ceiling : words.below;
    return (said ?? '').replace('{far}', far).replace('{share}', share);
  }

  return {
    fields,
    answer,
    write,

    /** All answers, as the index wants them. */
    form: () => Object.fromEntries(fields.map((field) => [field.name, answer(field)])),

    /** Whether anything was typed that was not there by itself. */
    isBegun: () => fields.some((field) => field.name !== 'bidder_name' && typed(field).trim()),

    /** As typed, to keep. */
    draft: () => Object.fromEntries([...place.querySelectorAll('input[data-field]')].map((one) => [
      one.id.slice(prefix.length + 1), /** @type {HTMLInputElement} */ (one).value,
    ])),

    /** @param {{[name: string]: string}} kept */
    fill(kept) {
      for (const [name, value] of Object.entries(kept)) {
        const one = input(name);
        if (one) one.value = value;
      }
      write();
    },

    /** @returns {Problem[]} */
    problems: () => fields.filter((field) => !answer(field)).map((field) => {
      const id = `${prefix}-${field.name}${field.type === 'date' ? '_y' : ''}`;
      document.getElementById(id)?.setAttribute('aria-invalid', 'true');
      return { place: id, said: (words[`bad_${field.type}`] ?? '').replace('{label}', field.label) };
    }),
  };
}

/** @param {string} said */
function isDate(said) {
  const at = new Date(`${said}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(said) && !said.startsWith('0000');
}

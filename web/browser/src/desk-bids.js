/**
 * A bidder's desk: which matters have a draft in this browser, and how much of its files has arrived.
 * The hall knows nothing of drafts. Source: people.md 7; web.md 9.30.
 * @module
 */

import { keptBoxes } from './bid-kept.js';
import { ask, possible } from './keys.js';

const MOST = 64; // parts that one question may name

const desk = document.querySelector('.desk[data-bidder]');
if (desk instanceof HTMLElement && possible()) void mark(desk);

/** @param {HTMLElement} place */
async function mark(place) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  for (const link of place.querySelectorAll('h3 a[href^="/tenders/"][href$="/bid"]')) {
    const tender = link.getAttribute('href')?.split('/')[2] ?? '';
    const row = link.closest('li');
    const lot = row?.dataset.lot; // none where the tender has but one
    const own = `${place.dataset.bidder}/${tender}/${lot ? `${lot}/` : ''}`;
    const boxes = (await keptBoxes(place.dataset.bidder ?? '', tender)).filter(({ id }) => id.startsWith(own));
    const files = boxes.flatMap((box) => box.files);
    if (!files.length && !boxes.some((box) => box.draft)) continue;
    const parts = files.flatMap(({ sealed }) => sealed.flatMap((one) => (one ? [one.part.sha256] : [])));
    const told = document.createElement('p');
    told.className = 'small';
    told.textContent = ((files.length ? words.sealed : words.typed) ?? '').replace('{n}', String(files.length))
      .replace('{there}', String(await arrived(parts))).replace('{all}', String(parts.length));
    row?.querySelector('.row-meta')?.after(told);
  }
}

/**
 * Count the parts that the hall has.
 * @param {string[]} parts
 */
async function arrived(parts) {
  let count = 0;
  for (let at = 0; at < parts.length; at += MOST) {
    const { present } = await ask('GET', `/api/v1/parts?sha256=${parts.slice(at, at + MOST).join(',')}`);
    count += present.length;
  }
  return count;
}

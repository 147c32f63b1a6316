/**
 * The hall's clock in the browser: an offset, measured, never assumed. No offset, no countdown.
 * @module
 */

const PINGS = 5;
const SPOKEN = [600, 60, 10]; // seconds left at which a countdown is said aloud

/** @type {number | undefined} hall time minus this machine's time, in milliseconds */
let offset;
/** @type {number[]} */
const samples = [];

/**
 * Take one measurement: the hall said `time` in answer to a question asked at `asked`, now here.
 * The offset is the median of the last five.
 * @param {string} time
 * @param {number} asked milliseconds of this machine's clock
 */
export function measure(time, asked) {
  const came = Date.now();
  samples.push(Date.parse(time) + (came - asked) / 2 - came);
  if (samples.length > PINGS) samples.shift();
  offset = [...samples].sort((a, b) => a - b)[samples.length >> 1];
  tick();
}

/** Return the hall's time in milliseconds, undefined before it is measured. */
export const hallTime = () => (offset === undefined ? undefined : Date.now() + offset);

/** Ask the hall for its time, five times; a hall that does not answer leaves no countdown. */
export async function synchronise() {
  for (let ping = 0; ping < PINGS; ping += 1) {
    const asked = Date.now();
    try {
      const answer = await fetch('/api/v1/time', { cache: 'no-store' });
      if (!answer.ok) return;
      measure((await answer.json()).time, asked);
    } catch {
      return;
    }
  }
}

/** Start ticking once a second, on the hall's full second. */
export function run() {
  const wait = offset === undefined ? 1000 : 1000 - ((Date.now() + offset) % 1000);
  setTimeout(() => {
    tick();
    run();
  }, wait + 5);
}

/** Write clock and countdowns as they are now. */
export function tick() {
  if (offset === undefined) return;
  const now = Date.now() + offset;
  const clock = document.getElementById('clock');
  if (clock) {
    clock.textContent = beijing(now);
    clock.setAttribute('datetime', new Date(now).toISOString());
  }
  for (const place of document.querySelectorAll('[data-until]')) count(/** @type {HTMLElement} */ (place), now);
}

/**
 * Write one countdown. The digits are in no live region; three sentences are, said once each.
 * @param {HTMLElement} place
 * @param {number} now
 */
function count(place, now) {
  const until = Date.parse(place.dataset.until ?? '');
  const left = Math.ceil((until - now) / 1000);
  place.hidden = left <= 0;
  if (left <= 0) return;
  const written = span(left);
  if (place.dataset.written === written) return;
  place.dataset.written = written;
  place.replaceChildren(...pieces(left));
  if (SPOKEN.includes(left)) say(words(`in${left}`));
}

/** @param {number} left seconds */
const span = (left) => pieces(left).map((piece) => piece.textContent).join('');

/**
 * The figures with their units: days and hours, hours to seconds, or minutes and seconds.
 * @param {number} left seconds
 * @returns {Node[]}
 */
function pieces(left) {
  const figures = [
    [Math.floor(left / 86400), 'days'], [Math.floor(left / 3600) % 24, 'hours'],
    [Math.floor(left / 60) % 60, 'minutes'], [left % 60, 'seconds'],
  ];
  const first = Math.max(0, figures.findIndex(([n]) => n));
  const shown = figures.slice(first, first === 0 ? 2 : 4);
  return shown.flatMap(([n, unit]) => {
    const figure = document.createElement('b');
    figure.textContent = String(n);
    return [figure, document.createTextNode(` ${words(String(unit))} `)];
  });
}

/** @param {number} at milliseconds */
export function beijing(at) {
  return new Date(at + 8 * 3600_000).toISOString().slice(11, 19);
}

/** @type {Record<string, string> | undefined} */
let vocabulary;

/**
 * A word of the page's language, which the server wrote into the page.
 * @param {string} name
 */
function words(name) {
  vocabulary ??= JSON.parse(document.body.dataset.words ?? '{}');
  return vocabulary?.[name] ?? '';
}

/** @type {HTMLElement | undefined} */
let voice;

/**
 * Say a sentence to those who listen.
 * @param {string} sentence
 */
function say(sentence) {
  if (!voice) {
    voice = document.createElement('p');
    voice.className = 'vh';
    voice.setAttribute('role', 'status');
    document.body.append(voice);
  }
  voice.textContent = sentence;
}

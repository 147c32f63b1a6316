/**
 * The bid workspace: whose keys the bid is sealed to is proved first, files are sealed and go up as
 * they are dropped, the price comes last, and one confirmation seals and submits every box that was
 * filled. The server never sees what stands here. Source: web.md 7 and 9.7; people.md 6.
 * @module
 */

import { size } from './bid-bytes.js';
import { openBox } from './bid-box.js';
import { look } from './bid-checks.js';
import { openConfirmation } from './bid-confirm.js';
import { keepForLong } from './bid-kept.js';
import { openLine } from './bid-line.js';
import { hallTime } from './clock.js';
import { Refused } from './keys.js';
import { inTime, showAttempts } from './lodge.js';
import { openWorkers } from './seal-client.js';

const ASKED_AGAIN = 5000; // milliseconds until a hall is asked again that had not found all parts
const NARROW_SPOKEN = 5000; // milliseconds between two spoken words on the progress

const page = document.getElementById('bid');
if (page) void begin(page);

/** @param {HTMLElement} place */
async function begin(place) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (place.querySelector(`[data-part=${name}]`));
  part('without').hidden = true;
  const workers = openWorkers(place.dataset.worker ?? '');
  const line = openLine(() => show());
  let drawn = 0;
  let spoken = 0;
  let left = false;

  const able = await look(workers, tellFinding);
  part('unable').hidden = able;
  if (!able) return;
  void keepForLong();
  const around = { words, workers, line, bidder: place.dataset.bidder ?? '', tender: place.dataset.tender ?? '', changed: () => show() };
  /** @type {Awaited<ReturnType<typeof openBox>>[]} */
  let boxes = [];
  boxes = await Promise.all([...place.querySelectorAll('[data-box]')].map((one) => openBox(/** @type {HTMLElement} */ (one), around)));
  const confirmation = openConfirmation(part('confirm'), words, submit);
  part('work').hidden = false;
  part('stop').addEventListener('click', () => {
    for (const { files } of boxes) files.stop();
    line.stop();
    show();
  });
  part('go-on').addEventListener('click', () => {
    line.goOn();
    for (const { files } of boxes) files.goOn();
  });
  part('bundle').addEventListener('click', async () => {
    for (const one of boxes.filter((box) => box.isOnItsWay())) {
      const file = await one.bundle();
      if (file) save(file, boxes.length > 1 ? `bid-${one.slug}.seal` : 'bid.seal');
    }
  });
  addEventListener('beforeunload', (event) => {
    if (!left && (line.left() || boxes.some((one) => one.isUnsealed()))) event.preventDefault();
  });
  show();
  await confirmation.begin().catch(confirmation.refuse);

  /** @param {import('./bid-checks.js').Finding} finding */
  function tellFinding({ name, good, said }) {
    const row = /** @type {HTMLElement} */ (place.querySelector(`[data-check=${name}]`));
    row.hidden = false;
    row.classList.toggle('is-not', !good);
    const text = row.querySelector('[data-said]');
    if (text) text.textContent = (words[`${name}_${good ? 'good' : 'bad'}`] ?? '').replace('{n}', said);
    /** @type {HTMLElement} */ (row.querySelector('.ok')).classList.toggle('is-wait', !good);
  }

  /**
   * Seal and submit every box that was begun, under one confirmation.
   * @param {() => Promise<import('./bid-confirm.js').Signer>} signer
   */
  async function submit(signer) {
    const begun = boxes.filter((one) => one.isBegun());
    const wrong = begun.flatMap((one) => one.problems());
    if (!begun.length) wrong.push({ place: 'bid-begin', said: words.nothing ?? '' });
    if (complain(wrong)) return;
    confirmation.say('signing');
    const { sign, cert_sha256 } = await signer();
    part('carry').hidden = true;
    try {
      for (const one of begun) {
        confirmation.say((words.sealing_box ?? '').replace('{box}', one.name));
        await one.submit(sign, cert_sha256);
      }
    } finally {
      part('carry').hidden = !boxes.some((one) => one.isOnItsWay());
      showAttempts(place, boxes.flatMap((one) => one.attempt() ?? []), words);
    }
    if (!(await follow(begun))) return;
    left = true;
    location.assign(place.dataset.receipt ?? '');
  }

  /**
   * Wait until the hall has every part of bids that it has signed for, and tell whether it has. What
   * only the line ends leaves them in time; what the hall refuses by now is thrown.
   * @param {typeof boxes} begun
   */
  async function follow(begun) {
    for (;;) {
      const late = begun.find((one) => !one.isWhole())?.lacks();
      const received = late && inTime(words.received ?? '', late.n, late.parts_by);
      confirmation.say(received ? `${received} ${words.goes_on}` : 'following');
      while (line.left() && line.state() === 'sending') await new Promise((resolve) => setTimeout(resolve, 200));
      for (const one of begun) await one.settle();
      if (begun.every((one) => one.isWhole())) return true;
      if (line.state() === 'stopped') {
        confirmation.refuse(line.wrong() ?? new Refused({ detail: words.stopped_line ?? '' }));
        confirmation.say(received ?? '');
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, ASKED_AGAIN));
    }
  }

  /**
   * Show what is wrong, at the top, each line leading to its place.
   * @param {import('./bid-fields.js').Problem[]} wrong
   */
  function complain(wrong) {
    part('errors').hidden = !wrong.length;
    part('errors-list').replaceChildren(...wrong.map((one) => {
      const [item, link] = [document.createElement('li'), document.createElement('a')];
      link.href = `#${one.place}`;
      link.textContent = one.said;
      item.append(link);
      return item;
    }));
    if (wrong.length) part('errors').focus();
    return wrong.length > 0;
  }

  /** Draw what has changed, at most once a frame. */
  function show() {
    drawn ||= requestAnimationFrame(() => {
      drawn = 0;
      draw();
    });
  }

  function draw() {
    for (const one of boxes) one.show();
    const all = boxes.reduce((sum, { files }) => sum + files.bytes(), 0);
    const sealed = boxes.reduce((sum, { files }) => sum + files.sealedBytes(), 0);
    const going = line.left();
    const sealing = boxes.some(({ files }) => files.isBusy());
    const state = line.state();
    const fault = boxes.map((one) => one.fault()).filter(Boolean).join(' ');
    const halted = Boolean(fault) || (state === 'stopped' && (going > 0 || sealed < all));
    part('busy').hidden = !(sealing || going || halted);
    const meter = /** @type {HTMLProgressElement} */ (part('meter'));
    meter.max = Math.max(1, all * 2);
    meter.value = sealed + Math.max(0, sealed - going);
    const phase = halted ? words.halted : state === 'waiting' ? words.waiting : sealing && sealed < all ? words.sealing : words.sending;
    const text = (phase ?? '').replace('{done}', size(sealing && sealed < all ? sealed : Math.max(0, all - going))).replace('{all}', size(all));
    part('phase').textContent = text;
    part('line').textContent = lineSaid(going + all - sealed);
    part('stop').hidden = halted;
    part('go-on').hidden = !halted;
    const wrong = fault || (line.wrong()?.message ?? '');
    if (part('line-refusal').textContent !== wrong) part('line-refusal').textContent = wrong;
    if (performance.now() - spoken > NARROW_SPOKEN || !going) {
      spoken = performance.now();
      if (part('spoken').textContent !== text) part('spoken').textContent = part('busy').hidden ? '' : text;
    }
    review();
  }

  /**
   * How long what is left takes, and whether that is soon enough.
   * @param {number} going
   */
  function lineSaid(going) {
    const speed = line.speed();
    if (!speed || !going) return '';
    const seconds = Math.ceil((going * 8) / speed);
    const until = Math.max(0, Math.floor((Date.parse(place.dataset.deadline ?? '') - (hallTime() ?? Date.now())) / 1000));
    const largest = boxes.flatMap((one) => one.going()).sort((one, other) => other.size - one.size)[0];
    const said = seconds > until ? words.too_late : words.in_time;
    return (said ?? '').replace('{speed}', (speed / 1e6).toFixed(speed < 1e7 ? 1 : 0))
      .replace('{needs}', span(seconds)).replace('{left}', span(until)).replace('{name}', largest?.path ?? '');
  }

  /** @param {number} seconds */
  function span(seconds) {
    if (seconds >= 3600) return (words.span_hours ?? '').replace('{h}', String(Math.floor(seconds / 3600))).replace('{m}', String(Math.floor(seconds / 60) % 60));
    if (seconds >= 60) return (words.span_minutes ?? '').replace('{m}', String(Math.floor(seconds / 60))).replace('{s}', String(seconds % 60));
    return (words.span_seconds ?? '').replace('{s}', String(seconds));
  }

  function review() {
    const begun = boxes.filter((one) => one.isBegun());
    part('review-none').hidden = begun.length > 0;
    const ready = begun.length > 0 && begun.every((one) => one.isReady());
    const now = boxes.some(({ files }) => files.bytes()) ? (ready ? 3 : 2) : begun.length ? 2 : 1;
    for (const [n, step] of [...place.querySelectorAll('.steps li')].entries()) {
      const is = n + 1 < now ? 'is-done' : n + 1 === now ? 'is-now' : 'is-next';
      if (step.classList.contains(is)) continue;
      step.className = is;
      const hidden = step.querySelector('.vh');
      if (hidden) hidden.textContent = words[is] ?? '';
      if (is === 'is-now') step.setAttribute('aria-current', 'step');
      else step.removeAttribute('aria-current');
    }
  }
}

/**
 * @param {Blob} file
 * @param {string} name
 */
function save(file, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
}

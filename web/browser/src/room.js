/**
 * A live room: frames come in the order of their numbers and replace the regions that changed.
 *
 * After any break the room goes on from the last number it has, by WebSocket or, where sockets do
 * not get through, by long poll. The page keeps its last state and says how live it is.
 * @module
 */

import { measure, synchronise } from './clock.js';
import { put } from './regions.js';

const SILENCE = 12_000; // no beat for so long: connect again
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const PING_EVERY = 1_000; // the first five
const PING_LATER = 30_000;
const DEAF = 3; // sockets that said nothing before the long poll takes over
const SOCKET_AGAIN = 10; // answered long polls before a socket is tried again
const ROLLED_BACK = 4409;
const ON_A_WALL = 21; // bids that a wall screen shows at a time: three columns of seven
const TURN = 12_000; // how long each of several screens of bids stays, once all are told

/**
 * @typedef {object} Frame
 * @property {number} [hello] @property {number} [head] @property {string} [time]
 * @property {number} [seq] @property {string} [html]
 * @property {number} [beat] in a hello the seconds between beats, else the number of the last event
 * @property {number} [pong]
 */

const line = document.querySelector('[data-room]');
if (line instanceof HTMLElement) follow(line);

/**
 * Follow the room that the connection line names.
 * @param {HTMLElement} place
 */
function follow(place) {
  const room = place.dataset.room ?? '';
  /** @type {Record<string, string>} */
  const words = JSON.parse(place.dataset.words ?? '{}');
  let seq = Number(place.dataset.seq);
  let head = seq;
  let delay = 0;
  let pause = FIRST_PAUSE;
  let deaf = 0;
  let heard = false;
  let polls = 0;
  let pings = 0;
  let turn = 0;
  let stood = Date.now(); // when the page last was where the room is
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let nextPing;
  /** @type {WebSocket | undefined} */
  let socket;
  const title = document.title.replace(/^\(\d+\/\d+\) /, '');

  connect();
  onAWall();
  setInterval(age, 1_000);
  setInterval(turnOver, TURN);

  /** Open a socket from the last number on. */
  function connect() {
    const address = new URL(`/rooms/${room}/socket?after=${seq}&as=html`, location.href);
    address.searchParams.set('lang', document.documentElement.lang);
    address.protocol = address.protocol.replace('http', 'ws');
    const opened = new WebSocket(address);
    socket = opened;
    heard = false;
    listen();
    opened.addEventListener('open', () => {
      pings = 0;
      ping();
    });
    opened.addEventListener('message', (event) => {
      if (opened !== socket) return;
      heard = true;
      deaf = 0;
      pause = FIRST_PAUSE;
      listen();
      take(JSON.parse(event.data));
    });
    opened.addEventListener('close', (event) => {
      if (opened !== socket) return;
      if (event.code === ROLLED_BACK) return rolledBack();
      again();
    });
  }

  /** Wait for the next sign of life; without one, connect again. */
  function listen() {
    clearTimeout(silence);
    silence = setTimeout(again, SILENCE);
  }

  /** Say so, wait a little longer each time, and go on where we were. */
  function again() {
    if (!heard) deaf += 1;
    if (deaf === DEAF) void synchronise(); // the long poll brings no clock
    const lost = socket;
    socket = undefined;
    lost?.close();
    clearTimeout(silence);
    clearTimeout(nextPing);
    show(words.again);
    setTimeout(deaf < DEAF ? connect : poll, pause * (0.5 + Math.random()));
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }

  /** Ask for the hall's clock: five times at once, then now and then. */
  function ping() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ ping: Date.now() }));
    pings += 1;
    nextPing = setTimeout(ping, pings < 5 ? PING_EVERY : PING_LATER);
  }

  /**
   * Take one message: a frame, several gathered ones, a beat or a pong.
   * @param {Frame | Frame[]} message
   */
  function take(message) {
    for (const frame of Array.isArray(message) ? message : [message]) one(frame);
  }

  /** @param {Frame} frame */
  function one(frame) {
    if (frame.pong !== undefined && frame.time) {
      delay = (Date.now() - frame.pong) / 2000;
      measure(frame.time, frame.pong);
    }
    if (frame.hello !== undefined) {
      head = frame.head ?? seq;
      return head < seq ? rolledBack() : live();
    }
    head = Math.max(head, frame.beat ?? 0, frame.seq ?? 0);
    if (frame.seq !== undefined && frame.seq > seq) {
      if (frame.seq !== seq + 1) return again();
      seq = frame.seq;
      place.dataset.seq = String(seq);
      if (frame.html) put(frame.html);
      else bare(seq);
      entitle();
      onAWall();
    }
    if (frame.beat !== undefined && frame.beat > seq) return again();
    live();
  }

  /** The hall knows fewer events than we saw: an alarm, nothing to be mended here. */
  function rolledBack() {
    socket = undefined;
    clearTimeout(silence);
    show(words.rolled.replace('{n}', String(seq)), 'is-bad');
  }

  /** Long poll: JSON lines, each a frame, until a socket gets through again. */
  async function poll() {
    try {
      const answer = await fetch(
        `/rooms/${room}/events?after=${seq}&wait=25&as=html&lang=${document.documentElement.lang}`,
        { cache: 'no-store' },
      );
      if (answer.status === 409) return rolledBack();
      if (!answer.ok) return again();
      for (const text of (await answer.text()).split('\n')) if (text.trim()) take(JSON.parse(text));
      pause = FIRST_PAUSE;
      live();
      polls += 1;
      deaf = polls % SOCKET_AGAIN ? DEAF : DEAF - 1;
      setTimeout(deaf < DEAF ? connect : poll, FIRST_PAUSE);
    } catch {
      again();
    }
  }

  /** Say how live the page is. */
  function live() {
    const behind = head - seq;
    if (behind > 0) return show(words.behind.replace('{n}', String(behind)), 'is-wait', words.stood.replace('{s}', since()));
    stood = Date.now();
    const event = words.event.replace('{n}', String(seq));
    show(words.live, 'ok', `${event} · ${words.delay.replace('{s}', delay.toFixed(1))}`);
  }

  /** Seconds since the page was where the room is. */
  function since() {
    return ((Date.now() - stood) / 1000).toFixed(0);
  }

  /** While nothing is heard, say beside the line how old the page is; nobody need hear it. */
  function age() {
    const facts = place.querySelector('.is-wait + span');
    if (facts) facts.textContent = words.stood.replace('{s}', since());
  }

  /**
   * Write the connection line; `state` is its mark.
   * @param {string} sentence
   * @param {string} [state]
   * @param {string} [rest]
   */
  function show(sentence, state = 'is-wait', rest = '') {
    const key = `${state}|${sentence}`;
    if (place.dataset.shown !== key) {
      const word = document.createElement('span');
      word.className = state === 'ok' ? 'ok' : `ok ${state}`;
      word.textContent = sentence;
      const facts = document.createElement('span');
      facts.setAttribute('aria-hidden', 'true');
      place.replaceChildren(word, facts);
      place.dataset.shown = key;
    }
    const facts = place.lastElementChild;
    if (facts) facts.textContent = rest;
  }

  /**
   * Add the number of an event that is not public.
   * @param {number} number
   */
  function bare(number) {
    const row = document.createElement('li');
    row.id = `event-${number}`;
    row.className = 'is-dark';
    const figure = document.createElement('b');
    figure.textContent = String(number);
    const word = document.createElement('span');
    word.textContent = words.dark;
    row.append(figure, word);
    document.getElementById('room-log')?.prepend(row);
  }

  /** A wall shows some rows of a long list: those around the bid that was told last. */
  function onAWall() {
    if (!document.documentElement.classList.contains('wall')) return;
    const rows = [...document.querySelectorAll('#room-bids tbody tr')];
    const shut = rows.findIndex((row) => row.classList.contains('is-shut'));
    const screens = Math.max(1, Math.ceil(rows.length / ON_A_WALL));
    const screen = shut < 0 ? turn % screens : Math.floor(Math.max(0, shut - 1) / ON_A_WALL);
    for (const [n, row] of rows.entries()) {
      row.toggleAttribute('hidden', Math.floor(n / ON_A_WALL) !== screen);
    }
  }

  /** Once all bids are told, each screen of them has its turn. */
  function turnOver() {
    turn += 1;
    onAWall();
  }

  /** The tab counts too. */
  function entitle() {
    const rows = document.querySelectorAll('#room-bids tbody tr');
    const shut = document.querySelectorAll('#room-bids tbody tr.is-shut');
    document.title = rows.length ? `(${rows.length - shut.length}/${rows.length}) ${title}` : title;
  }
}

/**
 * A closed room once more: its events come from the record and are put where live ones were put.
 * Every step is a link as well, for whoever runs no script.
 * @module
 */

import { recompute } from './published.js';
import { put } from './regions.js';

const STEP = 1_200; // milliseconds for each event

const place = document.getElementById('replay');
if (place) replay(place);

/**
 * Let the links step in place, and play.
 * @param {HTMLElement} nav
 */
function replay(nav) {
  const { room = '' } = nav.dataset;
  const head = Number(nav.dataset.head);
  /** @type {Record<string, string>} */
  const words = JSON.parse(nav.dataset.words ?? '{}');
  let seq = Number(nav.dataset.seq);
  /** @type {{ seq: number, html?: string }[]} frames that were fetched and not yet put */
  let waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let playing;
  const play = document.getElementById('replay-play');
  const on = document.getElementById('replay-on');
  const check = document.getElementById('replay-check');

  check?.removeAttribute('hidden');
  check?.addEventListener('click', () => void compare());
  on?.addEventListener('click', (event) => {
    event.preventDefault();
    void one();
  });
  play?.removeAttribute('hidden');
  play?.addEventListener('click', () => (playing === undefined ? go() : stop()));

  /** Play on, an event at a time. */
  async function go() {
    if (play) play.textContent = words.stop;
    playing = setTimeout(go, STEP);
    if (!(await one())) stop();
  }

  /** Stop where it is. */
  function stop() {
    clearTimeout(playing);
    playing = undefined;
    if (play) play.textContent = words.play;
  }

  /** Put the next event in its place; false where there is none. */
  async function one() {
    if (!waiting.length) await fill();
    const frame = waiting.shift();
    if (!frame) return false;
    seq = frame.seq;
    if (frame.html) put(frame.html);
    told();
    return seq < head;
  }

  /** Compute the hash of each entry again, and compare it with what the room was told. */
  async function compare() {
    const places = new Map(Object.entries(JSON.parse(nav.dataset.places ?? '{}')));
    const log = { address: nav.dataset.log ?? '', size: Number(nav.dataset.size) };
    const all = String(places.size);
    let good = 0;
    try {
      for (let after = 0; after < head;) {
        const frames = await events(`after=${after}`);
        if (!frames.length) break;
        for (const frame of frames) {
          after = frame.seq;
          const index = places.get(String(frame.seq));
          if (index === undefined || !frame.entry) continue;
          say(words.busy.replace('{n}', String(good + 1)).replace('{all}', all));
          if ((await recompute(log, index)) !== frame.entry) return say(words.wrong.replace('{n}', String(frame.seq)));
          good += 1;
        }
      }
      say(words.checked.replace('{n}', String(good)).replace('{all}', all));
    } catch {
      say(words.away);
    }
  }

  /**
   * Fetch events of the record.
   * @param {string} query
   * @returns {Promise<{ seq: number, html?: string, entry?: string }[]>}
   */
  async function events(query) {
    const answer = await fetch(`/rooms/${room}/events?${query}`);
    if (!answer.ok) throw new Error(`the hall answers ${answer.status}`);
    const lines = (await answer.text()).split('\n').filter((line) => line.trim());
    return lines.map((line) => JSON.parse(line)).filter((frame) => frame.seq <= head);
  }

  /** Fetch the next frames of the record. */
  async function fill() {
    try {
      waiting = await events(`after=${seq}&as=html&lang=${document.documentElement.lang}`);
    } catch {
      say(words.away);
    }
  }

  /** Say where it is, and let the links and the address lead on from there. */
  function told() {
    const at = document.getElementById('replay-at');
    if (at) at.textContent = words.at.replace('{n}', String(seq)).replace('{all}', String(head));
    document.getElementById('replay-back')?.setAttribute('href', `/rooms/${room}/replay?at=${seq - 1}`);
    on?.setAttribute('href', `/rooms/${room}/replay?at=${seq + 1}`);
    history.replaceState(null, '', `/rooms/${room}/replay?at=${seq}`);
    for (const link of [on, play, document.getElementById('replay-end')]) {
      if (link && seq >= head) link.hidden = true;
    }
  }

  /** @param {string} sentence */
  function say(sentence) {
    const line = document.getElementById('replay-said');
    if (line) line.textContent = sentence;
  }
}

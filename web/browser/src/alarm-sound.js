/**
 * Two short tones for each new red alarm that nobody has. Off until somebody presses, remembered by
 * this browser, at most once a minute, and never the only sign: the red mark stands without it.
 * The list renews itself; its `data-red` names the red alarms. Source: web.md 9.21; looks.md 4.
 * @module
 */

const KEPT = 'alarm-sound'; // this browser's choice
const HEARD = 'alarms-heard'; // of this tab: a reload is no new alarm
const TONES_HZ = [880, 660];
const TONE_S = 0.16;
const LOUDNESS = 0.12;
const REST_MS = 60_000;

const place = document.querySelector('#sound');
const list = document.querySelector('#alarms');
const button = place?.querySelector('button');
if (place instanceof HTMLElement && list instanceof HTMLElement && button) begin(place, list, button);

/** @param {HTMLElement} around @param {HTMLElement} alarms @param {HTMLButtonElement} press */
function begin(around, alarms, press) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(around.dataset.words ?? '{}');
  /** @type {AudioContext | null} */
  let audio = null;
  let soundedAt = -REST_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;
  let isOn = localStorage.getItem(KEPT) === 'on';

  const show = () => {
    const isSilent = isOn && audio?.state !== 'running';
    press.setAttribute('aria-pressed', String(isOn));
    press.textContent = (isSilent ? words.waits : isOn ? words.on : words.off) ?? '';
  };
  // A browser lets a page be heard only after somebody has pressed something on it.
  const wake = async () => {
    if (!isOn || audio?.state === 'running') return;
    audio ??= new AudioContext();
    audio.onstatechange = show;
    await audio.resume();
    look();
  };
  const look = () => {
    clearTimeout(again);
    if (!isOn || audio?.state !== 'running') return;
    const red = (alarms.dataset.red ?? '').split(' ').filter(Boolean);
    const heard = (sessionStorage.getItem(HEARD) ?? '').split(' ');
    if (red.every((one) => heard.includes(one))) return;
    const rested = performance.now() - soundedAt;
    if (rested < REST_MS) {
      again = setTimeout(look, REST_MS - rested);
      return;
    }
    sessionStorage.setItem(HEARD, red.join(' '));
    soundedAt = performance.now();
    sound(audio);
  };

  press.addEventListener('click', async () => {
    isOn = !(isOn && audio?.state === 'running');
    localStorage.setItem(KEPT, isOn ? 'on' : 'off');
    if (isOn) {
      await wake();
      if (audio) sound(audio); // what it will be like
    } else {
      await audio?.suspend();
    }
    show();
  });
  for (const gesture of ['pointerdown', 'keydown']) {
    document.addEventListener(gesture, (event) => {
      if (!(event.target instanceof Node && press.contains(event.target))) void wake();
    });
  }
  new MutationObserver(look).observe(alarms, { attributes: true, attributeFilter: ['data-red'] });
  around.hidden = false;
  if (isOn) audio = new AudioContext();
  if (audio) audio.onstatechange = () => { show(); look(); };
  show();
  look();
}

/** @param {AudioContext} audio */
function sound(audio) {
  TONES_HZ.forEach((hertz, n) => {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const [from, to] = [audio.currentTime + n * TONE_S, audio.currentTime + (n + 1) * TONE_S];
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUDNESS, from + TONE_S / 4);
    volume.gain.linearRampToValueAtTime(0, to); // no click at its end
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(to);
  });
}

/**
 * The page's side of the sealing worker: a few workers, one act at a time each, acts in the order in
 * which they were asked. Their messages are in `seal-worker.js`.
 * @module
 */

/** @typedef {import('./seal-worker.js').Asked} Asked */
/** @typedef {import('./seal-worker.js').Answers} Answers */

/** @typedef {{message: {id: number, do: string, into?: ArrayBuffer | undefined}, tell: (bytes: number) => void, done: (answer: any) => void, failed: (error: Error) => void}} Job */

/** @typedef {ReturnType<typeof openWorkers>} Workers */

const MOST = 4; // workers; more take memory and no less time (web.md 7)

/** The worker's refusal: the code of the check that failed, and why. */
export class NotSealed extends Error {
  /** @param {{code: string, why: string}} refused */
  constructor({ code, why }) {
    super(why);
    this.code = code;
  }
}

/** What was under way when the workers were ended. */
export class Cancelled extends Error {}

/**
 * Start as many workers as this machine has cores, one to four.
 * @param {string} address of `seal-worker.js`
 */
export function openWorkers(address) {
  /** @type {Job[]} */
  const waiting = [];
  const places = Array.from({ length: Math.min(MOST, navigator.hardwareConcurrency || 1) }, () => placeAt(address, next));
  let last = 0;

  /** Give every idle worker a job. */
  function next() {
    for (const place of places) {
      if (!waiting.length) return;
      if (!place.busy()) place.start(/** @type {Job} */ (waiting.shift()));
    }
  }

  return {
    size: places.length,

    /**
     * Ask for an act; throws NotSealed or Cancelled.
     * @template {keyof Asked & keyof Answers} What
     * @param {What} what
     * @param {Asked[What]} asked
     * @param {(bytes: number) => void} [tell] hears of bytes done in an act that takes long
     * @returns {Promise<Answers[What]>}
     */
    ask: (what, asked, tell = () => {}) => new Promise((done, failed) => {
      last += 1;
      waiting.push({ message: { id: last, do: what, ...asked }, tell, done, failed });
      next();
    }),

    /** End what is under way and drop what waits; the workers start anew with the next act. */
    cancel() {
      for (const job of waiting.splice(0)) job.failed(new Cancelled());
      for (const place of places) place.stop();
    },
  };
}

/**
 * One worker, started when it is needed.
 * @param {string} address
 * @param {() => void} idle
 */
function placeAt(address, idle) {
  /** @type {Worker | undefined} */
  let worker;
  /** @type {Job | undefined} */
  let job;

  /** @param {(job: Job) => void} settle */
  function end(settle) {
    const ended = job;
    job = undefined;
    if (ended) settle(ended);
  }

  function opened() {
    const made = new Worker(address);
    made.addEventListener('message', ({ data }) => {
      if (data.id !== job?.message.id) return;
      if ('bytes' in data) return job?.tell(data.bytes);
      end(({ done, failed }) => ('done' in data ? done(data.done) : failed(new NotSealed(data.refused))));
      idle();
    });
    made.addEventListener('error', ({ message }) => {
      made.terminate(); // it may not have loaded at all: the next act starts another
      worker = undefined;
      end(({ failed }) => failed(new NotSealed({ code: 'E-FAULT', why: message })));
      idle();
    });
    return made;
  }

  return {
    busy: () => job !== undefined,
    /** @param {Job} given */
    start(given) {
      job = given;
      worker ??= opened();
      const { into } = given.message;
      worker.postMessage(given.message, into ? [into] : []);
    },
    stop() {
      worker?.terminate();
      worker = undefined;
      end(({ failed }) => failed(new Cancelled()));
    },
  };
}

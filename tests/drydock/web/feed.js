// What drydock has to tell, for as long as the page is looked at: the history by a long poll, and the state
// whenever the history says that it has changed.

const PAST = 2000; // entries of the history to begin with: for the marks of the versions in the timeline
const WAIT_S = 20;
const ANSWER_MS = 30000; // after which nothing will come any more
const AGAIN_MS = 1000;
const REST_MS = 300; // between two looks at the state, however much happens

const after = (ms) => new Promise((done) => setTimeout(done, ms));

function shown() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => document.addEventListener('visibilitychange', done, {once: true}));
}

class NoAnswer extends Error {}

async function get(target) {
  const response = await fetch(target, {signal: AbortSignal.timeout(ANSWER_MS)}).catch((cause) => {
    throw new NoAnswer(target, {cause});
  });
  if (!response.ok) throw new NoAnswer(`${target}: ${response.status}`);
  return response;
}

// {entries, last, run}
export async function history(query) {
  const response = await get(`/drydock/history?${query}`);
  const lines = (await response.text()).split('\n').filter(Boolean);
  return {
    entries: lines.map((line) => JSON.parse(line)),
    last: Number(response.headers.get('drydock-last')),
    run: response.headers.get('drydock-run'),
  };
}

const changesState = (entry) =>
  !(entry.kind === 'mqtt-out' || entry.kind === 'rule' || (entry.kind === 'http' && entry.op.startsWith('GET ')));

export class Feed {
  #after = null; // the number of the last entry that the page has; null: it has none
  #run = null;
  #asked = 0;
  #tell;
  #stateQuery;

  // onEntries(entries, anew), onState(state), onConnection(true or false); stateQuery() gives the query.
  constructor({onEntries, onState, onConnection, stateQuery}) {
    this.#tell = {entries: onEntries, state: onState, connection: onConnection};
    this.#stateQuery = stateQuery;
  }

  async run() {
    for (;;) {
      await shown();
      try {
        if (this.#after === null) await this.#begin();
        else await this.#goOn();
        this.#tell.connection(true);
      } catch (error) {
        if (!(error instanceof NoAnswer)) console.error(error); // a defect of this page; it begins anew too
        this.#tell.connection(false);
        await after(AGAIN_MS);
        this.#after = null; // whatever happened meanwhile, the page begins with what is
      }
    }
  }

  // Also for a new filter. Of two answers that overtake each other the later question's counts.
  async refresh() {
    const asked = ++this.#asked;
    const response = await get(`/drydock/state?${this.#stateQuery()}`);
    const state = await response.json();
    if (asked === this.#asked) this.#tell.state(state);
  }

  async #begin() {
    const {last} = await history('after=now');
    const past = await history(`after=${Math.max(0, last - PAST)}`);
    this.#tell.entries(past.entries, true);
    await this.refresh();
    this.#after = past.last;
    this.#run = past.run;
  }

  async #goOn() {
    const news = await history(`after=${this.#after}&wait=${WAIT_S}`);
    if (news.run !== this.#run) {
      this.#after = null; // drydock was started anew and counts from 1
      return;
    }
    this.#after = news.last;
    if (news.entries.length > 0) this.#tell.entries(news.entries, false);
    if (news.entries.length > 0 && !news.entries.some(changesState)) return;
    await this.refresh();
    await after(REST_MS);
  }
}

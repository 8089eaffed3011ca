// The selected execution: what it is, all that happened to it, and what can be done to it.

import {byId, el, keyed, setFacts, setText} from './dom.js';
import {describe, isDeletion, isOf} from './events.js';
import {history} from './feed.js';
import {act, ask, clear, path} from './service.js';
import {clockTime, dateTime, duration, isOpen, keyOf} from './words.js';

const MOST_EVENTS = 300;

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// "a=1\nb=2" as {"a": "1", "b": "2"}; nothing when there is no line.
function readDetails(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return undefined;
  return Object.fromEntries(lines.map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
  }));
}

export class ExecutionPanel {
  #shown = null; // the execution as it was seen last; null: none is selected
  #gone = false;
  #entries = new Map(); // by number, of its thing
  #now;

  constructor({now}) {
    this.#now = now;
    byId('execution-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#do(event.submitter);
    });
  }

  get key() {
    return this.#shown ? keyOf(this.#shown) : '';
  }

  async select(execution) {
    const another = keyOf(execution) !== this.key;
    this.#shown = execution;
    this.#gone = false;
    if (!another) return;
    clear(byId('execution-answer'));
    byId('execution-form').reset();
    byId('execution-empty').hidden = true;
    byId('execution-body').hidden = false;
    byId('execution-body').scrollTop = 0;
    this.#entries = new Map();
    setText(byId('execution-document'), '');
    this.#draw();
    await Promise.all([this.#loadEvents(execution), this.#loadDocument(execution)]);
  }

  // The newest state of it, wherever it is in the list; and what to think when it is not there.
  update(executions, leftOut) {
    if (!this.#shown) return;
    const found = executions.find((execution) => keyOf(execution) === this.key);
    if (found) this.#shown = found;
    this.#gone = !found && (leftOut === 0 || [...this.#entries.values()].some(
      (entry) => isDeletion(entry) && isOf(entry, this.#shown)));
    this.#draw();
  }

  note(entries) {
    if (!this.#shown) return;
    for (const entry of entries) if (entry.thing === this.#shown.thing) this.#entries.set(entry.n, entry);
    this.#drawEvents();
  }

  async #loadEvents(execution) {
    const {entries} = await history(`thing=${encodeURIComponent(execution.thing)}`).catch(() => ({entries: []}));
    if (keyOf(execution) === this.key) this.note(entries);
  }

  async #loadDocument({jobId}) {
    const answer = await ask('GET', path('jobs', jobId, 'job-document'));
    if (this.#shown.jobId !== jobId) return;
    setText(byId('execution-document'),
      answer.ok ? pretty(answer.json.document) : `${answer.code}: ${answer.json?.message ?? answer.text}`);
  }

  async #do(button) {
    const {thing, jobId, number} = this.#shown;
    await act(button, byId('execution-answer'), () => {
      if (button.name === 'delete') {
        const force = byId('execution-delete-force').checked ? '?force=true' : '';
        return ask('DELETE', path('things', thing, 'jobs', jobId, 'executionNumber', number) + force);
      }
      const body = {};
      const version = byId('execution-version').value;
      const details = readDetails(byId('execution-details').value);
      if (version) body.expectedVersion = Number(version);
      if (details) body.statusDetails = details;
      const force = button.name === 'force' ? '?force=true' : '';
      return ask('PUT', path('things', thing, 'jobs', jobId, 'cancel') + force, body);
    });
  }

  #draw() {
    const e = this.#shown;
    setText(byId('execution-title'), `${e.jobId} on ${e.thing}`);
    setText(byId('execution-gone'), this.#gone ? 'It is deleted. This is how it was last.' : '');
    byId('execution-actions').disabled = this.#gone;
    const facts = [
      ['Status', el('span', {class: 'status', 'data-status': e.status}, e.status)],
      ['Version', String(e.version)],
      ['Execution', `number ${e.number}${e.retryAttempt ? `, retry ${e.retryAttempt}` : ''}`],
      ['Queued', dateTime(e.queuedAt)],
    ];
    if (e.startedAt) facts.push(['Started', `${dateTime(e.startedAt)}, after ${duration(e.startedAt - e.queuedAt)}`]);
    facts.push(isOpen(e) ? ['Updated', dateTime(e.lastUpdatedAt)]
      : ['Ended', `${dateTime(e.lastUpdatedAt)}, after ${duration(e.lastUpdatedAt - (e.startedAt ?? e.queuedAt))}`]);
    if (e.deadline) facts.push(['Times out', `${dateTime(e.deadline)}, in ${duration(e.deadline - this.#now())}`]);
    if (e.forceCanceled) facts.push(['Cancelled', 'by force']);
    setFacts(byId('execution-facts'), facts);
    const details = Object.entries(e.statusDetails ?? {});
    setFacts(byId('execution-map'), details.length ? details : [['none', '']]);
    this.#drawEvents();
  }

  #drawEvents() {
    const all = [...this.#entries.values()].filter((entry) => isOf(entry, this.#shown)).sort((a, b) => b.n - a.n);
    keyed(byId('execution-events'), all.slice(0, MOST_EVENTS), ({n}) => n, (entry) => {
      const {who, what, raw} = describe(entry);
      return el('tr', {'data-kind': entry.kind},
        el('td', {}, clockTime(entry.at, {millis: true})),
        el('td', {}, who),
        el('td', {}, raw ? el('details', {}, el('summary', {}, what), el('pre', {}, raw)) : what),
        el('td', {}, entry.version === undefined ? '' : String(entry.version)));
    });
    setText(byId('execution-events-note'),
      all.length > MOST_EVENTS ? `The newest ${MOST_EVENTS} of ${all.length}.` : '');
  }
}

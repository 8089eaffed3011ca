// The form for a new job. What is checked here is only what is written down while typing; the service has the
// last word, and its words are shown.

import {byId, el, keyed, setText} from './dom.js';
import {act, ask, clear, path, show} from './service.js';
import {byName, count} from './words.js';

const MOST = 200;
const DOCUMENT = '{\n  "version": "1.0",\n  "steps": []\n}';

const two = (n) => String(n).padStart(2, '0');

function suggestedId() {
  const t = new Date();
  return `job-${t.getFullYear()}${two(t.getMonth() + 1)}${two(t.getDate())}` +
    `-${two(t.getHours())}${two(t.getMinutes())}${two(t.getSeconds())}`;
}

export class CreateJob {
  #targets = []; // {arn, name, note}
  #chosen = new Set(); // ARNs

  constructor() {
    const dialog = byId('job-dialog');
    byId('job-document').value = DOCUMENT;
    byId('new-job').addEventListener('click', () => this.#open());
    byId('job-back').addEventListener('click', () => dialog.close());
    byId('target-filter').addEventListener('input', () => this.#draw());
    byId('target-all').addEventListener('click', () => {
      for (const {arn} of this.#found()) this.#chosen.add(arn);
      this.#draw();
    });
    byId('target-none').addEventListener('click', () => {
      this.#chosen.clear();
      this.#draw();
    });
    byId('job-document').addEventListener('input', () => this.#check());
    byId('job-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#create();
    });
  }

  update({things, groups, thingArnPrefix, groupArnPrefix}) {
    this.#targets = [
      ...groups.map(({name, things: n}) => ({arn: groupArnPrefix + name, name, note: `group, ${count(n, 'thing')}`})),
      ...things.map(({name}) => ({arn: thingArnPrefix + name, name, note: ''})).sort((a, b) => byName(a.name, b.name)),
    ];
    const there = new Set(this.#targets.map(({arn}) => arn));
    for (const arn of this.#chosen) if (!there.has(arn)) this.#chosen.delete(arn);
    if (byId('job-dialog').open) this.#draw();
  }

  #open() {
    byId('job-id').value = suggestedId();
    clear(byId('job-answer'));
    this.#check();
    this.#draw();
    byId('job-dialog').showModal();
  }

  #found() {
    const filter = byId('target-filter').value.trim();
    return this.#targets.filter(({name}) => name.includes(filter));
  }

  #draw() {
    const found = this.#found();
    keyed(byId('target-list'), found.slice(0, MOST), ({arn}) => arn,
      ({arn, name, note}) => {
        const box = el('input', {type: 'checkbox', value: arn, change: () => {
          if (box.checked) this.#chosen.add(arn);
          else this.#chosen.delete(arn);
          this.#count(this.#found().length);
        }});
        return el('li', {}, el('label', {class: 'check'}, box, el('span', {class: 'name'}, name),
          el('span', {class: 'muted'}, note)));
      },
      (item, {arn}) => {
        item.querySelector('input').checked = this.#chosen.has(arn);
      });
    this.#count(found.length);
  }

  #count(found) {
    const hidden = found > MOST ? `; the first ${MOST} of ${found} are listed, filter to see others` : '';
    setText(byId('target-count'), `${this.#chosen.size} of ${count(this.#targets.length, 'target')} checked${hidden}`);
  }

  #check() {
    const check = byId('document-check');
    const text = byId('job-document').value;
    const bytes = new TextEncoder().encode(text).length;
    try {
      JSON.parse(text);
      check.dataset.answer = 'ok';
      setText(check, `JSON, ${count(bytes, 'byte')}`);
    } catch (error) {
      check.dataset.answer = 'refused';
      setText(check, `Not JSON: ${error.message}`);
    }
  }

  async #create() {
    const body = {targets: [...this.#chosen], document: byId('job-document').value};
    const timeout = byId('job-timeout').value;
    if (timeout) body.timeoutConfig = {inProgressTimeoutInMinutes: Number(timeout)};
    const id = byId('job-id').value.trim();
    const answer = await act(byId('job-create'), byId('job-answer'), () => ask('PUT', path('jobs', id), body));
    if (!answer.ok) return;
    show(byId('jobs-answer'), answer);
    byId('job-dialog').close();
  }
}

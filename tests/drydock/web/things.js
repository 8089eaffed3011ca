// The things: a filter, which the timeline obeys too, what each of them is at, and a form for a new one.

import {byId, el, keyed, setAttribute, setText} from './dom.js';
import {act, ask, path} from './service.js';
import {byName, count} from './words.js';

const MOST = 300;

function summary({counts}) {
  const running = counts.IN_PROGRESS ?? 0;
  const queued = counts.QUEUED ?? 0;
  const open = [running && `${running} in progress`, queued && `${queued} queued`].filter(Boolean);
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const ended = all - running - queued;
  return open.length > 0 ? open.join(', ') : ended ? `idle, ${ended} ended` : 'idle';
}

export class Things {
  #things = [];
  #chosen = '';
  #onChoose;

  // onFilter(text) and onChoose(thing's name).
  constructor({onFilter, onChoose}) {
    this.#onChoose = onChoose;
    byId('things-filter').addEventListener('input', () => {
      this.#draw();
      onFilter(this.filter);
    });
    byId('thing-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#add();
    });
  }

  get filter() {
    return byId('things-filter').value.trim();
  }

  update(things) {
    this.#things = [...things].sort((a, b) => byName(a.name, b.name));
    this.#draw();
  }

  choose(name) {
    this.#chosen = name;
    this.#draw();
  }

  async #add() {
    const name = byId('thing-name').value.trim();
    const button = byId('thing-form').querySelector('button');
    const answer = await act(button, byId('things-answer'), () => ask('POST', path('things', name), {}));
    if (answer.ok) byId('thing-name').value = '';
  }

  #draw() {
    const found = this.#things.filter(({name}) => name.includes(this.filter));
    const total = this.#things.length;
    setText(byId('things-count'), found.length === total ? String(total) : `${found.length} of ${total}`);
    const rows = found.slice(0, MOST).map((thing) => ({key: thing.name, thing}));
    if (found.length > MOST) rows.push({key: '', more: found.length - MOST});
    keyed(byId('things-list'), rows, ({key}) => key, (row) => this.#make(row), (item, {thing, more}) => {
      if (more) {
        setText(item, `and ${count(more, 'more', 'more')}: filter`);
        return;
      }
      const button = item.firstChild;
      setText(button.lastChild, summary(thing));
      setAttribute(button, 'aria-pressed', thing.name === this.#chosen);
      setAttribute(button, 'data-busy', Boolean(thing.counts.IN_PROGRESS));
    });
  }

  #make({thing}) {
    if (!thing) return el('li', {class: 'muted'});
    return el('li', {}, el('button', {type: 'button', class: 'thing', click: () => this.#onChoose(thing.name)},
      el('span', {class: 'name'}, thing.name), el('span', {class: 'muted'})));
  }
}

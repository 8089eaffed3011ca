// The timeline: a lane for each thing, the time from left to right, its right end moving with the clock.

import {byId, el, keyed, setAttribute, setText} from './dom.js';
import {Lane} from './lane.js';
import {byName, clockTime, count, dateTime, duration, endOf, isOpen, keyOf} from './words.js';

const MINUTE = 60000;
const ZOOMS = [['1 min', MINUTE], ['10 min', 10 * MINUTE], ['1 h', 60 * MINUTE], ['All', null]];
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800,
  604800].map((s) => s * 1000);
const STEP_PX = 72; // between two times of the axis, at least
const DAY = 24 * 60 * MINUTE;
const MOST_LANES = 100;

// Which things get a lane when there are too many for all: those that have open executions, then those that
// had one last.
function chosen(things, of) {
  if (things.length <= MOST_LANES) return things;
  const weight = new Map(things.map(({name}) => {
    const list = of.get(name) ?? [];
    return [name, list.some(isOpen) ? Infinity : Math.max(0, ...list.map((e) => e.lastUpdatedAt))];
  }));
  const first = [...things].sort((a, b) => {
    const [x, y] = [weight.get(a.name), weight.get(b.name)];
    return x === y ? byName(a.name, b.name) : y - x;
  });
  return first.slice(0, MOST_LANES);
}

export class Timeline {
  #lanes = new Map(); // by thing
  #state = {things: [], executions: []};
  #span = 10 * MINUTE;
  #selected = '';
  #lastMove = 0;
  #now;
  #onSelect;
  #versions;
  #filter = '';

  constructor({now, versions, onSelect}) {
    this.#now = now;
    this.#versions = versions;
    this.#onSelect = onSelect;
    this.#makeZoom();
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(byId('axis'));
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    const tick = (time) => {
      const pause = still.matches || this.#span !== MINUTE ? 1000 : 100;
      if (time - this.#lastMove >= pause) {
        this.#lastMove = time;
        this.#move();
      }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    setInterval(() => this.draw(), 5000); // for rows that have become empty
  }

  update(state, filter) {
    this.#state = state;
    this.#filter = filter;
    this.draw();
  }

  select(key) {
    this.#selected = key;
    this.draw();
  }

  // Shows the lane of this thing.
  goTo(thing) {
    for (const lane of this.#lanes.values()) lane.element.classList.toggle('chosen', lane.thing === thing);
    this.#lanes.get(thing)?.element.scrollIntoView({block: 'nearest'});
  }

  draw() {
    const {executions, executionsLeftOut: leftOut} = this.#state;
    const things = this.#state.things.filter(({name}) => name.includes(this.#filter));
    const of = Map.groupBy(executions, ({thing}) => thing);
    for (const list of of.values()) list.sort((a, b) => a.queuedAt - b.queuedAt || a.number - b.number);
    const shown = chosen(things, of).map(({name}) => name).sort(byName);
    const view = this.#view();
    for (const thing of shown) {
      if (!this.#lanes.has(thing)) this.#lanes.set(thing, new Lane(thing, {onMore: () => this.draw()}));
    }
    const wanted = new Set(shown);
    for (const thing of this.#lanes.keys()) if (!wanted.has(thing)) this.#lanes.delete(thing);
    keyed(byId('lane-list'), shown, (thing) => thing, (thing) => this.#lanes.get(thing).element);
    for (const thing of shown) {
      this.#lanes.get(thing).draw(of.get(thing) ?? [], view, this.#versions, this.#selected);
    }
    byId('lanes-empty').hidden = shown.length > 0;
    setText(byId('lanes-empty'), this.#state.things.length ? 'No thing has this in its name.'
      : 'No things yet: add one, or let the aws command do it.');
    const notes = [];
    if (shown.length < things.length) notes.push(`${shown.length} of ${count(things.length, 'thing')}`);
    if (leftOut) notes.push(`${executions.length} of ${count(executions.length + leftOut, 'execution')}`);
    setText(byId('timeline-note'), notes.join(', ') + (notes.length ? ': open ones, then the latest' : ''));
    this.#rove();
    this.#move();
  }

  #view() {
    const now = this.#now();
    const width = byId('axis').clientWidth;
    // Room to the right of now for the words of what has just begun.
    const right = Math.min(210, Math.max(120, width * 0.3));
    let span = this.#span;
    if (span === null) {
      const first = Math.min(now - MINUTE, ...this.#state.executions.map(({queuedAt}) => queuedAt));
      span = (now - first) * 1.02;
    }
    const scale = (width - right) / span;
    const start = now - span;
    return {now, start, span, width, scale, mostLabel: right - 6, x: (t) => (t - start) * scale};
  }

  #move() {
    const view = this.#view();
    if (view.width <= 0) return;
    for (const lane of this.#lanes.values()) lane.move(view);
    this.#drawAxis(view);
  }

  #drawAxis(view) {
    const step = STEPS.find((s) => s * view.scale >= STEP_PX) ?? STEPS.at(-1);
    const zone = new Date(view.now).getTimezoneOffset() * MINUTE;
    const times = [];
    for (let t = Math.ceil((view.start - zone) / step) * step + zone; t <= view.now; t += step) times.push(t);
    const write = (t) => (view.span > DAY ? dateTime(t).slice(5, 16) : clockTime(t).slice(0, step < MINUTE ? 8 : 5));
    const place = (element, t) => {
      element.style.left = `${view.x(t).toFixed(1)}px`;
    };
    keyed(byId('axis'), [...times, 'now'], (t) => t, (t) => el('span', {class: t === 'now' ? 'now' : false}),
      (mark, t) => {
        setText(mark, t === 'now' ? 'now' : write(t));
        place(mark, t === 'now' ? view.now : t);
        mark.hidden = t !== 'now' && (view.now - t) * view.scale < 60;
      });
    keyed(byId('grid'), [...times, 'now'], (t) => t, (t) => el('i', {class: t === 'now' ? 'now' : false}),
      (line, t) => place(line, t === 'now' ? view.now : t));
  }

  #makeZoom() {
    for (const [name, span] of ZOOMS) {
      const input = el('input', {type: 'radio', name: 'zoom', checked: span === this.#span, change: () => {
        this.#span = span;
        this.draw();
      }});
      byId('zoom').append(el('label', {}, input, el('span', {}, name)));
    }
  }

  #listen() {
    const lanes = byId('lane-list');
    const barOf = (event) => event.target.closest('.bar');
    lanes.addEventListener('click', (event) => {
      const bar = barOf(event);
      if (!bar) return;
      bar.focus();
      this.#onSelect(bar.execution);
    });
    for (const name of ['pointerover', 'focusin']) {
      lanes.addEventListener(name, (event) => (barOf(event) ? this.#tell(barOf(event)) : this.#hush()));
    }
    for (const name of ['pointerleave', 'focusout']) lanes.addEventListener(name, () => this.#hush());
    byId('lanes').addEventListener('scroll', () => this.#hush());
    addEventListener('resize', () => this.#hush());
    lanes.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#hush();
      const bar = barOf(event);
      const next = bar && this.#neighbour(bar, event.key);
      if (!next) return;
      event.preventDefault();
      next.focus();
      this.#rove(next);
    });
  }

  // One bar is reached with Tab, the others with the arrow keys from there.
  #rove(wanted = document.activeElement?.closest('.bar')) {
    const bars = [...byId('lane-list').querySelectorAll('.bar')];
    const one = bars.includes(wanted) ? wanted : bars.find((bar) => keyOf(bar.execution) === this.#selected) ?? bars[0];
    for (const bar of bars) bar.tabIndex = bar === one ? 0 : -1;
  }

  #neighbour(bar, key) {
    const byTime = (a, b) => a.execution.queuedAt - b.execution.queuedAt;
    const seen = (lane) => [...lane.querySelectorAll('.bar:not([hidden])')].sort(byTime);
    const lane = bar.closest('.lane');
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const bars = seen(lane);
      return bars[bars.indexOf(bar) + (key === 'ArrowLeft' ? -1 : 1)];
    }
    if (key !== 'ArrowUp' && key !== 'ArrowDown') return null;
    const step = key === 'ArrowUp' ? 'previousElementSibling' : 'nextElementSibling';
    for (let other = lane[step]; other; other = other[step]) {
      const bars = seen(other);
      const at = bar.execution.queuedAt;
      bars.sort((a, b) => Math.abs(a.execution.queuedAt - at) - Math.abs(b.execution.queuedAt - at));
      if (bars.length) return bars[0];
    }
    return null;
  }

  #tell(bar) {
    const e = bar.execution;
    const tip = byId('tip');
    const ran = e.startedAt ? `, ran ${duration(endOf(e, this.#now()) - e.startedAt)}` : '';
    const details = Object.entries(e.statusDetails ?? {}).map(([name, value]) => `${name}: ${value}`);
    const lines = [`${e.jobId} on ${e.thing}`, `${e.status}, version ${e.version}, number ${e.number}`,
      `queued ${dateTime(e.queuedAt)}${ran}`, ...details.slice(0, 4)];
    tip.replaceChildren(...lines.map((line) => el('div', {}, line)));
    tip.hidden = false;
    setAttribute(bar, 'aria-describedby', 'tip');
    const at = bar.getBoundingClientRect();
    const box = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - box.width - 8));
    const below = at.bottom + 4 + box.height < innerHeight;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${below ? at.bottom + 4 : at.top - box.height - 4}px`;
  }

  #hush() {
    byId('tip').hidden = true;
  }
}

// One thing's lane in the timeline: a bar for each execution, in as many rows as it takes for no two to cover
// each other. A bar is a button with its words above and its time below: hollow while QUEUED, filled from
// IN_PROGRESS on, with a mark for each version.

import {el, keyed, setAttribute, setText} from './dom.js';
import {endOf, isOpen, keyOf} from './words.js';

export const ROW_PX = 34;
const GAP_PX = 10;
const CHARACTER_PX = 6.9; // of the words, about
const MOST_LABEL_PX = 240;
const LEAST_BAR_PX = 3;
const CAP_PX = 6; // the end of what was never started
const OUT_PX = 40; // a bar that goes on outside ends so far outside
const MOST_ROWS = 4;

const labelWidth = ({status, jobId}) =>
  Math.min(MOST_LABEL_PX, (status.length + jobId.length + 1) * CHARACTER_PX + 4);

// Where it is: px from the left edge of the window. `to` is the end of the bar or of the words.
function extent(execution, view) {
  const from = view.x(execution.queuedAt);
  const end = Math.max(view.x(endOf(execution, view.now)), from + LEAST_BAR_PX);
  return {from, end, to: Math.max(end, from + Math.min(labelWidth(execution), view.mostLabel))};
}

// [[execution, row]], each in the first row that is free. Only those that can be seen.
function pack(executions, view) {
  const free = []; // where each row is free from
  const placed = [];
  for (const execution of executions) {
    const {from, to} = extent(execution, view);
    if (to < 0 || from > view.width) continue;
    let row = free.findIndex((x) => x + GAP_PX <= from);
    if (row < 0) row = free.length;
    // One that is open grows, and nothing may come behind it.
    free[row] = isOpen(execution) ? Infinity : to;
    placed.push([execution, row]);
  }
  return {placed, rows: free.length};
}

function makeBar() {
  return el('button', {type: 'button', class: 'bar', tabindex: '-1'},
    el('span', {class: 'words'}, el('span', {class: 'status'}), ' ', el('span', {class: 'job'})),
    el('span', {class: 'queued'}), el('span', {class: 'ran'}));
}

function put(element, left, width) {
  element.style.left = `${left.toFixed(1)}px`;
  element.style.width = `${width.toFixed(1)}px`;
}

export class Lane {
  #bars = new Map(); // execution's key to bar
  #track;
  #more;
  #all = false; // rows are shown

  constructor(thing, {onMore}) {
    this.thing = thing;
    this.#more = el('button', {type: 'button', class: 'more', hidden: true, click: () => {
      this.#all = !this.#all;
      onMore();
    }});
    this.#track = el('div', {class: 'track'});
    this.element = el('li', {class: 'lane'},
      el('div', {class: 'lane-name'}, el('span', {class: 'lane-thing'}, thing), this.#more), this.#track);
    this.element.dataset.thing = thing;
  }

  // `executions` by queuedAt. Decides which bars there are and in which rows.
  draw(executions, view, versions, selected) {
    const {placed, rows} = pack(executions, view);
    const most = this.#all ? rows : Math.min(rows, MOST_ROWS);
    const shown = placed.filter(([, row]) => row < most);
    this.#bars = keyed(this.#track, shown, ([execution]) => keyOf(execution), makeBar, (bar, [execution, row]) => {
      bar.execution = execution;
      bar.style.top = `${row * ROW_PX}px`;
      const [words, , ran] = bar.children;
      setText(words.firstChild, execution.status);
      setText(words.lastChild, execution.jobId);
      setAttribute(words.firstChild, 'data-status', execution.status);
      setAttribute(bar, 'data-status', execution.status);
      setAttribute(bar, 'aria-pressed', keyOf(execution) === selected);
      setAttribute(bar, 'aria-label', `${execution.jobId} on ${execution.thing}: ${execution.status}`);
      keyed(ran, versions.of(execution), ({version}) => version, () => el('i'), (mark, {at}) => {
        mark.at = at;
      });
    });
    this.#track.style.height = `${Math.max(1, most) * ROW_PX}px`;
    this.#more.hidden = rows <= MOST_ROWS;
    setText(this.#more, this.#all ? 'fewer' : `${placed.length - shown.length} more`);
    setAttribute(this.#more, 'aria-expanded', String(this.#all));
  }

  // Only moves what is there: several times a second.
  move(view) {
    for (const bar of this.#bars.values()) {
      const {execution} = bar;
      const {from, end, to} = extent(execution, view);
      bar.hidden = to < 0 || from > view.width;
      if (bar.hidden) continue;
      const left = Math.max(from, -OUT_PX);
      put(bar, left, Math.max(to, end) - left);
      const [words, queued, ran] = bar.children;
      // The words stay in sight for as long as the bar has room for them.
      const slack = end - left - Math.min(labelWidth(execution), view.mostLabel);
      words.style.left = `${Math.max(0, Math.min(-left, slack)).toFixed(1)}px`;
      words.style.maxWidth = `${view.mostLabel}px`;
      // What ended without having been started was QUEUED to its end, which has the end's colour.
      const never = !execution.startedAt && !isOpen(execution);
      const start = execution.status === 'QUEUED' ? end
        : Math.max(left, never ? end - CAP_PX : view.x(execution.startedAt ?? execution.queuedAt));
      put(queued, 0, Math.max(0, start - left));
      put(ran, start - left, Math.max(execution.status === 'QUEUED' ? 0 : LEAST_BAR_PX, end - start));
      queued.hidden = start <= left;
      bar.classList.toggle('never', never);
      ran.hidden = execution.status === 'QUEUED';
      for (const mark of ran.children) {
        const x = view.x(mark.at) - start;
        mark.hidden = x < 1;
        mark.style.left = `${x.toFixed(1)}px`;
      }
    }
  }
}

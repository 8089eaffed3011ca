// The jobs, newest first, and what can be done to a whole job. Each of these asks once more: it may end what
// runs on many things.

import {byId, el, keyed, setAttribute, setText} from './dom.js';
import {act, ask, path} from './service.js';
import {count, countsText, dateTime} from './words.js';

const ACTIONS = {
  cancel: {
    button: 'Cancel',
    title: (id) => `Cancel job ${id}`,
    text: (queued, running) => `${count(queued, 'execution')} QUEUED will be CANCELED. ` +
      `${running} IN_PROGRESS will go on.`,
  },
  force: {
    button: 'Force',
    title: (id) => `Force-cancel job ${id}`,
    text: (queued, running) => `${count(queued, 'execution')} QUEUED and ${running} IN_PROGRESS will be CANCELED.`,
  },
  delete: {
    button: 'Delete',
    title: (id) => `Delete job ${id}`,
    text: () => 'The job and all its executions will be gone, and what the devices report of them is refused.',
  },
};

export class Jobs {
  #asked = null; // {name of the action, job} that the dialog asks about

  constructor() {
    byId('confirm-back').addEventListener('click', () => byId('confirm').close());
    byId('confirm-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#do();
    });
  }

  update(jobs, leftOut) {
    setText(byId('jobs-count'), leftOut ? `the newest ${jobs.length} of ${jobs.length + leftOut}`
      : String(jobs.length));
    byId('jobs-empty').hidden = jobs.length > 0;
    keyed(byId('jobs-rows'), jobs, (job) => job.jobId, (job) => this.#make(job), (row, job) => {
      const [, status, counts, actions] = row.cells;
      setText(status.firstChild, job.status);
      setAttribute(status.firstChild, 'data-status', job.status);
      setText(counts, countsText(job.counts) || 'none');
      setText(row.querySelector('.note'), [job.reasonCode, job.comment].filter(Boolean).join(': '));
      const over = job.status !== 'IN_PROGRESS' && job.status !== 'SCHEDULED';
      for (const button of actions.querySelectorAll('[data-action]')) {
        button.job = job;
        if (button.dataset.action !== 'delete') button.disabled = over;
      }
    });
  }

  #make({jobId, targetSelection, createdAt, timeoutInMinutes}) {
    const facts = [targetSelection === 'CONTINUOUS' && 'continuous', dateTime(createdAt),
      timeoutInMinutes && `timeout ${timeoutInMinutes} min`].filter(Boolean).join(', ');
    const button = (name) => el('button', {
      type: 'button',
      'data-action': name,
      'aria-label': ACTIONS[name].title(jobId),
      class: name === 'cancel' ? false : 'danger',
      click: (event) => this.#ask(name, event.currentTarget.job),
    }, ACTIONS[name].button);
    return el('tr', {},
      el('th', {scope: 'row'}, el('span', {class: 'name'}, jobId), el('span', {class: 'muted'}, facts),
        el('span', {class: 'note'})),
      el('td', {}, el('span', {class: 'status'})),
      el('td'),
      el('td', {}, el('div', {class: 'buttons'}, ...Object.keys(ACTIONS).map(button))));
  }

  #ask(name, job) {
    this.#asked = {name, job};
    const action = ACTIONS[name];
    byId('confirm-form').reset();
    setText(byId('confirm-title'), action.title(job.jobId));
    setText(byId('confirm-text'), action.text(job.counts.QUEUED ?? 0, job.counts.IN_PROGRESS ?? 0));
    setText(byId('confirm-do'), action.title(job.jobId));
    byId('confirm-cancel-fields').hidden = name === 'delete';
    byId('confirm-force-field').hidden = name !== 'delete';
    byId('confirm').showModal();
  }

  async #do() {
    const {name, job} = this.#asked;
    await act(byId('confirm-do'), byId('jobs-answer'), () => {
      if (name === 'delete') {
        return ask('DELETE', `${path('jobs', job.jobId)}${byId('confirm-force').checked ? '?force=true' : ''}`);
      }
      const body = {};
      if (byId('confirm-comment').value) body.comment = byId('confirm-comment').value;
      if (byId('confirm-reason').value) body.reasonCode = byId('confirm-reason').value;
      return ask('PUT', `${path('jobs', job.jobId, 'cancel')}${name === 'force' ? '?force=true' : ''}`, body);
    });
    byId('confirm').close();
  }
}

// Drydock's web page: makes its parts and lets them hear what drydock tells.

import {CreateJob} from './create_job.js';
import {byId, setText} from './dom.js';
import {Versions} from './events.js';
import {ExecutionPanel} from './execution.js';
import {Faults} from './faults.js';
import {Feed} from './feed.js';
import {Jobs} from './jobs.js';
import {startTheme} from './theme.js';
import {Things} from './things.js';
import {Timeline} from './timeline.js';
import {clockTime} from './words.js';

// Drydock's clock, which is not the browser's: it jumps when it is told to, and what is not heard of drydock
// does not go on either.
const clock = {
  ahead: 0, // ms
  stoppedAt: null,
  now() {
    return (this.stoppedAt ?? Date.now()) + this.ahead;
  },
};

let latest = null; // the state
const versions = new Versions();

const execution = new ExecutionPanel({now: () => clock.now()});
const jobs = new Jobs();
const faults = new Faults();
const createJob = new CreateJob();
const timeline = new Timeline({
  now: () => clock.now(),
  versions,
  onSelect: (selected) => {
    execution.select(selected);
    timeline.select(execution.key);
  },
});
const things = new Things({
  onFilter: (text) => {
    if (latest) timeline.update(latest, text);
    feed.refresh().catch(() => {}); // the feed notices by itself that there is no connection
  },
  onChoose: (thing) => {
    things.choose(thing);
    timeline.goTo(thing);
  },
});

function onState(state) {
  latest = state;
  clock.ahead = state.now - Date.now();
  versions.keepOnly(state.executions);
  things.update(state.things);
  timeline.update(state, things.filter);
  execution.update(state.executions, state.executionsLeftOut);
  jobs.update(state.jobs, state.jobsLeftOut);
  createJob.update(state);
}

function onEntries(entries, anew) {
  if (anew) versions.forget();
  versions.note(entries);
  execution.note(entries);
  if (anew || entries.some(({kind}) => kind === 'rule' || kind === 'fault')) faults.refresh();
}

function onConnection(up) {
  const indicator = byId('connection');
  if (up) clock.stoppedAt = null;
  else clock.stoppedAt ??= Date.now();
  indicator.dataset.connection = up ? 'up' : 'down';
  setText(indicator, up ? 'Connected' : `Drydock does not answer, since ${clockTime(clock.stoppedAt)}`);
}

const feed = new Feed({
  onEntries,
  onState,
  onConnection,
  stateQuery: () => new URLSearchParams({limit: 500, thing: things.filter}),
});

startTheme(byId('theme'));
feed.run();

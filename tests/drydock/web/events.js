// The history's entries (drydock's README, "See what happened"): which of them are of one execution, how they
// read, and the versions that they tell of.

const SHORT = /^(\$aws\/things\/[^/]+\/jobs|kedge\/things\/[^/]+)\//;

// Does the entry tell of this execution? Messages carry no execution number: those that came before this one
// was queued are of another.
export function isOf(entry, {thing, jobId, number, queuedAt}) {
  if (entry.thing !== thing || entry.at < queuedAt) return false;
  if (entry.number !== undefined) return entry.job === jobId && entry.number === number;
  if (entry.job !== undefined) return entry.job === jobId;
  if (entry.topic?.includes(`/jobs/${jobId}/`)) return true;
  if (entry.op) return entry.op.split(/[/?]/).includes(jobId);
  return Boolean(entry.payload?.includes(JSON.stringify(jobId)));
}

const SAID = {
  'mqtt-in': (e) => ['device', [`${e.operation}:`, statusIn(e.payload), e.decided, e.code].filter(Boolean).join(' ')],
  device: (e) => ['device', e.topic.replace(SHORT, '')],
  'mqtt-out': (e) => ['drydock', `${e.of}: ${e.topic.replace(SHORT, '')}${e.sent ? '' : ' (not sent: no broker)'}`],
  http: (e) => [OF_DEVICES.has(e.operation) ? 'device' : 'operator',
    `${e.operation ?? e.op.split(' ')[0]}: ${e.status}${e.code ? ` ${e.code}` : ''}`],
  execution: (e) => [BY[e.by] ?? e.by, change(e)],
  timer: (e) => ['timer', change(e)],
  fault: (e) => [`fault ${e.rule}`, `${e.did}${e.outcome ? `: ${e.outcome}` : ''}`],
};
const BY = {mqtt: 'device', http: 'HTTP'};
// DescribeJobExecution is of both planes, and an operator asks it more.
const OF_DEVICES = new Set(['GetPendingJobExecutions', 'StartNextPendingJobExecution', 'UpdateJobExecution']);

function change({from, to}) {
  if (!from) return `new: ${to}`;
  return to ? `${from} → ${to}` : `deleted (was ${from})`;
}

function statusIn(payload) {
  try {
    return JSON.parse(payload).status ?? '';
  } catch {
    return '';
  }
}

// {who, what, raw}; `raw` is the message as it was, or empty.
export function describe(entry) {
  const [who, what] = SAID[entry.kind]?.(entry) ?? [entry.kind, ''];
  const lines = [entry.op ?? entry.topic, entry.payload, entry.answer].filter(Boolean);
  return {who, what, raw: lines.join('\n')};
}

export const isDeletion = (entry) => entry.kind === 'execution' && entry.from && !entry.to;

// When the versions of executions began, for the marks in the timeline.
export class Versions {
  #of = new Map(); // by thing and job: [{at, version}]

  forget() {
    this.#of.clear();
  }

  note(entries) {
    for (const entry of entries) {
      if (entry.version === undefined || entry.job === undefined) continue;
      const key = `${entry.thing}/${entry.job}`;
      if (!this.#of.has(key)) this.#of.set(key, []);
      const list = this.#of.get(key);
      // An update that changes the status is told of twice.
      if (list.at(-1)?.version !== entry.version) list.push({at: entry.at, version: entry.version});
    }
  }

  of({thing, jobId, queuedAt, lastUpdatedAt}) {
    const all = this.#of.get(`${thing}/${jobId}`) ?? [];
    return all.filter(({at}) => at >= queuedAt && at <= lastUpdatedAt);
  }

  // Of what is not shown any more.
  keepOnly(executions) {
    const wanted = new Set(executions.map(({thing, jobId}) => `${thing}/${jobId}`));
    for (const key of this.#of.keys()) if (!wanted.has(key)) this.#of.delete(key);
  }
}

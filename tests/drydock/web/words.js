// How times, statuses and counts are written.

export const STATUSES =
  ['IN_PROGRESS', 'QUEUED', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'REJECTED', 'CANCELED', 'REMOVED'];

export const isOpen = (execution) => execution.status === 'QUEUED' || execution.status === 'IN_PROGRESS';
export const endOf = (execution, now) => (isOpen(execution) ? now : execution.lastUpdatedAt);
export const keyOf = (execution) => `${execution.thing}/${execution.jobId}/${execution.number}`;

export const byName = new Intl.Collator('en', {numeric: true}).compare;

export const count = (n, one, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

// {"QUEUED": 1, "FAILED": 2} as "1 QUEUED, 2 FAILED".
export const countsText = (counts) =>
  STATUSES.filter((status) => counts[status]).map((status) => `${counts[status]} ${status}`).join(', ');

const two = (n) => String(n).padStart(2, '0');

export function clockTime(ms, {millis = false} = {}) {
  const t = new Date(ms);
  const text = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
  return millis ? `${text}.${String(t.getMilliseconds()).padStart(3, '0')}` : text;
}

export function dateTime(ms) {
  const t = new Date(ms);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${clockTime(ms)}`;
}

// Does not break into two lines.
export function duration(ms) {
  const s = Math.max(0, ms) / 1000;
  const [minutes, hours] = [Math.floor(s / 60), Math.floor(s / 3600)];
  const parts = s < 10 ? [s.toFixed(1), 's'] : s < 60 ? [Math.floor(s), 's']
    : hours === 0 ? [minutes, 'min', Math.floor(s % 60), 's'] : [hours, 'h', minutes % 60, 'min'];
  return parts.join('\u00a0');
}

// The rules that make things go wrong: what is there, and the ones that are wanted most.

import {byId, el, keyed, setText} from './dom.js';
import {act, ask, show} from './service.js';

const PRESETS = [
  ['Lose the reply', {on: 'reply', do: 'drop'}],
  ['Lose the reply to SUCCEEDED', {on: 'reply', do: 'drop', operation: 'update', status: 'SUCCEEDED'}],
  ['Delay the reply by 15 s', {on: 'reply', do: 'delay', ms: 15000}],
  ['Lose the request', {on: 'request', do: 'drop'}],
  ['Answer RequestThrottled', {on: 'request', do: 'reject', code: 'RequestThrottled'}],
  ['Answer InternalError', {on: 'request', do: 'reject', code: 'InternalError'}],
  ['Cancel just before SUCCEEDED',
    {on: 'request', do: 'cancel-before', operation: 'update', status: 'SUCCEEDED'}],
  ['Cancel just after IN_PROGRESS',
    {on: 'request', do: 'cancel-after', operation: 'update', status: 'IN_PROGRESS'}],
  ['Stale $next', {on: 'request', do: 'stale', operation: 'describe-next'}],
  ['Lose notify', {on: 'notify', do: 'drop'}],
  ['Lose notify-next', {on: 'notify-next', do: 'drop'}],
  ['Send notify-next twice, 2 s apart', {on: 'notify-next', do: 'duplicate', ms: 2000}],
  ['Cut the connection at a request', {on: 'request', do: 'disconnect'}],
  ['Throttle the HTTP APIs', {on: 'http', do: 'reject', code: 'RequestThrottled'}],
];

function ruleText({id, on, do: act, ...more}) {
  const rest = Object.entries(more).map(([name, value]) => `${name} ${value}`);
  return [`${on}: ${act}`, rest.join(', ') || 'always'];
}

export class Faults {
  constructor() {
    const select = byId('fault-preset');
    for (const [index, [name]] of PRESETS.entries()) select.append(el('option', {value: index}, name));
    const form = byId('fault-form');
    const draw = () => setText(byId('fault-rule'), JSON.stringify(this.#rule()));
    form.addEventListener('input', draw);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      act(form.querySelector('button'), byId('faults-answer'),
        () => ask('POST', '/drydock/faults', this.#rule()));
    });
    byId('fault-count').value = 1;
    draw();
  }

  // After every fault too: it uses up a rule's count.
  async refresh() {
    const answer = await ask('GET', '/drydock/faults');
    if (answer.ok) this.#draw(answer.json.faults);
  }

  #rule() {
    const rule = {...PRESETS[byId('fault-preset').value][1]};
    const thing = byId('fault-thing').value.trim();
    const times = byId('fault-count').value;
    if (thing) rule.thing = thing;
    if (times) rule.count = Number(times);
    return rule;
  }

  #draw(rules) {
    setText(byId('faults-count'), rules.length ? String(rules.length) : 'none');
    keyed(byId('faults-list'), rules, ({id}) => id,
      (rule) => {
        const remove = async () => {
          const answer = await ask('DELETE', `/drydock/faults/${rule.id}`);
          if (!answer.ok) show(byId('faults-answer'), answer);
        };
        return el('li', {class: 'fault'}, el('div', {}, el('strong'), el('span', {class: 'muted'})),
          el('button', {type: 'button', click: remove, 'aria-label': `Remove rule ${rule.id}`}, 'Remove'));
      },
      (item, rule) => {
        const [what, rest] = ruleText(rule);
        setText(item.firstChild.firstChild, what);
        setText(item.firstChild.lastChild, rest);
      });
  }
}

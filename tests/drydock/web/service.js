// Requests to drydock: AWS's REST API, unsigned and so the control plane, and drydock's own beside it.

import {el} from './dom.js';

// path('jobs', id) = "/jobs/…", each part escaped.
export const path = (...parts) => parts.map((part) => `/${encodeURIComponent(part)}`).join('');

// Never throws. `status` 0: there was no answer.
export async function ask(method, target, body) {
  const request = `${method} ${target}`;
  try {
    const response = await fetch(target, {method, body: body === undefined ? null : JSON.stringify(body)});
    const text = await response.text();
    let json = null;
    try {
      json = JSON.parse(text);
    } catch {
      // An empty body is an answer too.
    }
    const code = response.headers.get('x-amzn-errortype') ?? '';
    return {request, ok: response.ok, status: response.status, code, text, json};
  } catch {
    return {request, ok: false, status: 0, code: 'no answer', text: '', json: null};
  }
}

// The answer as it came: the status, AWS's code and AWS's message.
export function show(output, answer) {
  const message = answer.json?.message ?? answer.text;
  output.dataset.answer = answer.ok ? 'ok' : 'refused';
  output.replaceChildren(
    el('code', {}, answer.request),
    el('strong', {}, [answer.status || '', answer.code].filter(Boolean).join(' ') || 'no answer'),
    el('span', {}, message || (answer.ok ? 'empty body' : '')));
}

export function clear(output) {
  delete output.dataset.answer;
  output.replaceChildren();
}

// Runs what a button does while it cannot be pressed again, and shows the answer.
export async function act(button, output, request) {
  clear(output);
  button.disabled = true;
  const answer = await request();
  button.disabled = false;
  show(output, answer);
  return answer;
}

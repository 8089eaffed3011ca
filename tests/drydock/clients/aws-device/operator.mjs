// The operator: drydock's REST side, called plainly. Everything throws when drydock refuses it.

const account = 'arn:aws:iot:us-east-1:000000000000';

export class Operator {
  #address;
  #jobs = [];

  constructor(address) {
    this.#address = address;
  }

  async #call(method, path, body) {
    const response = await fetch(this.#address + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`drydock refuses ${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  createThing(thing) {
    return this.#call('POST', `/things/${thing}`, {});
  }

  async createJob(job, thing, document) {
    await this.#call('PUT', `/jobs/${job}`,
      { targets: [`${account}:thing/${thing}`], document: JSON.stringify(document) });
    this.#jobs.push(job);
  }

  async execution(job, thing) {
    return (await this.#call('GET', `/things/${thing}/jobs/${job}`)).execution;
  }

  cancelByForce(job, thing, statusDetails) {
    return this.#call('PUT', `/things/${thing}/jobs/${job}/cancel?force=true`, { statusDetails });
  }

  // The next request of this kind is rejected so.
  rejectNext(operation, code) {
    return this.#call('POST', '/drydock/faults', { on: 'request', do: 'reject', operation, code, count: 1 });
  }

  // Leaves the bench as it was found.
  async clearUp() {
    await this.#call('DELETE', '/drydock/faults');
    for (const job of this.#jobs.splice(0)) await this.#call('DELETE', `/jobs/${job}?force=true`);
  }
}

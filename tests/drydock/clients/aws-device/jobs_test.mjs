// The AWS IoT Device SDK for JavaScript v2, which we did not write, drives drydock as a device would, over mutual TLS
// through the broker of `drydock broker`. run.sh brings both up and says in the environment where they are.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { connectors, Events } from './device.mjs';
import { Operator } from './operator.mjs';

const broker = {
  host: 'localhost',
  port: Number(process.env.BROKER_PORT),
  folder: process.env.BROKER_FOLDER,
};
const operator = new Operator(process.env.DRYDOCK);
const document = { version: '1.0', steps: [{ action: { name: 'look', type: 'runHandler' } }] };
const limit = { timeout: 60_000 }; // of all tests of a suite together

// The reply with which the request was rejected.
async function rejection(request) {
  try {
    await request;
  } catch (error) {
    assert.ok(error.modeledError, `no reply, but: ${error.internalError ?? error.message}`);
    return error.modeledError;
  }
  return assert.fail('the request was accepted');
}

const things = { 'MQTT 5': 'device-5', 'MQTT 3.1.1': 'device-311' };

for (const [version, connect] of Object.entries(connectors)) {
  describe(`the AWS SDK over ${version}`, limit, () => {
    const thingName = things[version];
    let device;
    let jobs;

    before(async () => {
      await operator.createThing(thingName);
      device = await connect(broker, thingName);
      jobs = device.jobs;
    });
    afterEach(() => operator.clearUp());
    after(() => device.close());

    const create = (jobId) => operator.createJob(jobId, thingName, document);
    const start = async (jobId) => {
      await create(jobId);
      return jobs.startNextPendingJobExecution({ thingName });
    };

    test('finds nothing to do', async () => {
      const pending = await jobs.getPendingJobExecutions({ thingName });
      assert.deepEqual(pending.inProgressJobs, []);
      assert.deepEqual(pending.queuedJobs, []);
      assert.equal((await jobs.startNextPendingJobExecution({ thingName })).execution, undefined);
      assert.equal((await jobs.describeJobExecution({ thingName, jobId: '$next' })).execution, undefined);
    });

    test('finds, starts, updates and completes jobs', async () => {
      await create('first');
      await create('second');
      const queued = (await jobs.getPendingJobExecutions({ thingName })).queuedJobs;
      assert.deepEqual(queued.map((job) => job.jobId), ['first', 'second']);
      assert.equal(queued[0].versionNumber, 1);

      const next = (await jobs.describeJobExecution({ thingName, jobId: '$next', includeJobDocument: true })).execution;
      assert.equal(next.jobId, 'first');
      assert.equal(next.status, 'QUEUED');
      assert.deepEqual(next.jobDocument, document);

      const started = (await jobs.startNextPendingJobExecution(
        { thingName, statusDetails: { step: '0/1' }, stepTimeoutInMinutes: 10 })).execution;
      assert.equal(started.jobId, 'first');
      assert.equal(started.status, 'IN_PROGRESS');
      assert.equal(started.versionNumber, 2);
      assert.deepEqual(started.jobDocument, document);
      assert.deepEqual(started.statusDetails, { step: '0/1' });

      const updated = await jobs.updateJobExecution({
        thingName,
        jobId: 'first',
        status: 'IN_PROGRESS',
        statusDetails: { step: '1/1' },
        expectedVersion: 2,
        includeJobExecutionState: true,
        includeJobDocument: true,
      });
      assert.deepEqual(updated.executionState,
        { status: 'IN_PROGRESS', statusDetails: { step: '1/1' }, versionNumber: 3 });
      assert.deepEqual(updated.jobDocument, document);

      const described = (await jobs.describeJobExecution({ thingName, jobId: 'first', executionNumber: 1 })).execution;
      assert.equal(described.status, 'IN_PROGRESS');
      assert.equal(described.versionNumber, 3);
      assert.deepEqual(described.statusDetails, { step: '1/1' });

      const both = await jobs.getPendingJobExecutions({ thingName });
      assert.deepEqual(both.inProgressJobs.map((job) => job.jobId), ['first']);
      assert.deepEqual(both.queuedJobs.map((job) => job.jobId), ['second']);

      await jobs.updateJobExecution({ thingName, jobId: 'first', status: 'SUCCEEDED', expectedVersion: 3 });
      await jobs.updateJobExecution({ thingName, jobId: 'second', status: 'REJECTED', statusDetails: { why: 'busy' } });
      await start('third');
      await jobs.updateJobExecution({ thingName, jobId: 'third', status: 'FAILED' });
      assert.equal((await operator.execution('first', thingName)).status, 'SUCCEEDED');
      const second = await operator.execution('second', thingName);
      assert.equal(second.status, 'REJECTED');
      assert.deepEqual(second.statusDetails.detailsMap, { why: 'busy' });
      assert.equal((await operator.execution('third', thingName)).status, 'FAILED');
    });

    test('hears of jobs that come and go', async () => {
      const changed = await Events.open(jobs.createJobExecutionsChangedStream({ thingName }));
      const next = await Events.open(jobs.createNextJobExecutionChangedStream({ thingName }));

      await create('first');
      assert.deepEqual((await changed.next()).jobs.QUEUED.map((job) => job.jobId), ['first']);
      const head = (await next.next()).execution;
      assert.equal(head.jobId, 'first');
      assert.equal(head.status, 'QUEUED');
      assert.deepEqual(head.jobDocument, document);

      await create('second');
      assert.deepEqual((await changed.next()).jobs.QUEUED.map((job) => job.jobId), ['first', 'second']);

      await jobs.startNextPendingJobExecution({ thingName });
      await jobs.updateJobExecution({ thingName, jobId: 'first', status: 'SUCCEEDED' });
      assert.deepEqual((await changed.next()).jobs.QUEUED.map((job) => job.jobId), ['second']);
      assert.equal((await next.next()).execution.jobId, 'second');

      await jobs.updateJobExecution({ thingName, jobId: 'second', status: 'REJECTED' });
      assert.deepEqual((await changed.next()).jobs, {});
      assert.equal((await next.next()).execution, undefined);
      assert.deepEqual([...changed.left, ...next.left], []);
      changed.close();
      next.close();
    });

    test('sees a forced cancel, and that its update comes too late', async () => {
      const next = await Events.open(jobs.createNextJobExecutionChangedStream({ thingName }));
      await start('taken');
      assert.equal((await next.next()).execution.jobId, 'taken');
      await operator.cancelByForce('taken', thingName, { reason: 'maintenance' });
      assert.equal((await next.next()).execution, undefined);

      const rejected = await rejection(jobs.updateJobExecution({ thingName, jobId: 'taken', status: 'SUCCEEDED' }));
      assert.equal(rejected.code, 'InvalidStateTransition');
      assert.deepEqual(rejected.executionState,
        { status: 'CANCELED', statusDetails: { reason: 'maintenance' }, versionNumber: 3 });
      next.close();
    });

    test('reads why a request was rejected', async () => {
      const unknown = await rejection(jobs.describeJobExecution({ thingName, jobId: 'nobody-made-it' }));
      assert.equal(unknown.code, 'ResourceNotFound');
      assert.equal(unknown.executionState, undefined);
      assert.ok(unknown.message.length > 0);
      assert.ok(Math.abs(unknown.timestamp - Date.now() / 1000) < 3600, 'the time is in seconds');

      await start('done');
      const stale = await rejection(
        jobs.updateJobExecution({ thingName, jobId: 'done', status: 'SUCCEEDED', expectedVersion: 99 }));
      assert.equal(stale.code, 'VersionMismatch');
      assert.deepEqual(stale.executionState, { status: 'IN_PROGRESS', versionNumber: 2 });

      const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`key-${i}`, 'value']));
      const wrong = await rejection(
        jobs.updateJobExecution({ thingName, jobId: 'done', status: 'IN_PROGRESS', statusDetails: eleven }));
      assert.equal(wrong.code, 'InvalidRequest');
      assert.equal(wrong.executionState, undefined);

      await jobs.updateJobExecution({ thingName, jobId: 'done', status: 'SUCCEEDED' });
      const late = await rejection(jobs.updateJobExecution({ thingName, jobId: 'done', status: 'IN_PROGRESS' }));
      assert.equal(late.code, 'InvalidStateTransition');
      assert.equal(late.executionState.status, 'SUCCEEDED');
      assert.equal(late.executionState.versionNumber, 3);
      const over = await rejection(jobs.describeJobExecution({ thingName, jobId: 'done' }));
      assert.equal(over.code, 'TerminalStateReached');
    });

    // The SDK can neither send what is not JSON nor use a topic that is none, and drydock is never overloaded by itself:
    // here it is told to say so.
    test('reads every code as the answer to every request', async () => {
      await create('asked');
      const requests = {
        get: () => jobs.getPendingJobExecutions({ thingName }),
        'start-next': () => jobs.startNextPendingJobExecution({ thingName }),
        describe: () => jobs.describeJobExecution({ thingName, jobId: 'asked' }),
        update: () => jobs.updateJobExecution({ thingName, jobId: 'asked', status: 'IN_PROGRESS' }),
      };
      for (const code of ['InvalidTopic', 'InvalidJson', 'InvalidRequest', 'InvalidStateTransition', 'ResourceNotFound',
        'VersionMismatch', 'TerminalStateReached', 'InternalError', 'RequestThrottled']) {
        for (const [operation, request] of Object.entries(requests)) {
          await operator.rejectNext(operation, code);
          assert.equal((await rejection(request())).code, code, `of ${operation}`);
        }
      }
      assert.equal((await operator.execution('asked', thingName)).status, 'QUEUED');
    });

    test('may not ask for another thing', async () => {
      const another = Object.values(things).find((thing) => thing !== thingName);
      await assert.rejects(jobs.getPendingJobExecutions({ thingName: another }), (error) => {
        assert.equal(error.modeledError, undefined);
        assert.match(String(error.internalError), /SUBSCRIBE_FAILURE/);
        return true;
      });
      // Over MQTT 3.1.1 the SDK takes a refused stream for a passing trouble: it tries again without a word.
      if (version === 'MQTT 5') {
        const stream = jobs.createJobExecutionsChangedStream({ thingName: another });
        await assert.rejects(Events.open(stream), /SUBSCRIBE_FAILURE/);
      }
    });
  });
}

describe('the AWS SDK with its first Jobs client', limit, () => {
  const thingName = 'device-classic';
  const qos = 1;
  let device;

  before(async () => {
    await operator.createThing(thingName);
    device = await connectors['MQTT 3.1.1'](broker, thingName);
  });
  afterEach(() => operator.clearUp());
  after(() => device.close());

  // It leaves subscribing to the device, and correlating too.
  async function ask(subscribeAccepted, subscribeRejected, publish, filter, request) {
    const jobs = device.classicJobs;
    let answered;
    const answer = new Promise((resolve) => { answered = resolve; });
    await jobs[subscribeAccepted](filter, qos, (error, accepted) => answered({ error, accepted }));
    await jobs[subscribeRejected](filter, qos, (error, rejected) => answered({ error, rejected }));
    await jobs[publish](request, qos);
    const { error, accepted, rejected } = await answer;
    assert.equal(error ?? undefined, undefined);
    assert.equal((accepted ?? rejected).clientToken, request.clientToken);
    return { accepted, rejected };
  }

  test('starts a job, completes it, and reads that it is over', async () => {
    await operator.createJob('classic', thingName, document);
    const started = await ask(
      'subscribeToStartNextPendingJobExecutionAccepted', 'subscribeToStartNextPendingJobExecutionRejected',
      'publishStartNextPendingJobExecution', { thingName }, { thingName, clientToken: 'start' });
    assert.equal(started.accepted.execution.jobId, 'classic');
    assert.deepEqual(started.accepted.execution.jobDocument, document);

    const update = (status, clientToken) => ask(
      'subscribeToUpdateJobExecutionAccepted', 'subscribeToUpdateJobExecutionRejected', 'publishUpdateJobExecution',
      { thingName, jobId: 'classic' }, { thingName, jobId: 'classic', status, clientToken });
    assert.ok((await update('SUCCEEDED', 'complete')).accepted);
    const { rejected } = await update('FAILED', 'too late');
    assert.equal(rejected.code, 'InvalidStateTransition');
    assert.equal(rejected.executionState.status, 'SUCCEEDED');
  });
});

// The SDK keeps the process alive once it had a stream, closed or not. The exit status is that of the tests.
after(() => setImmediate(() => process.exit()));

// Oracle's own SDK for TypeScript drives drydock's Resource Manager, every request signed and verified.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import common from "oci-common";
import resourcemanager from "oci-resourcemanager";

import { Bench, within } from "./bench.js";

const { Accepted, InProgress, Succeeded, Failed, Canceling, Canceled } = resourcemanager.models.Job.LifecycleState;
const KEY = { tenancy: "ocid1.tenancy.oc1..t", user: "ocid1.user.oc1..u", fingerprint: "aa:bb:cc" };
const COMPARTMENT = "ocid1.compartment.oc1..c";
const DIFFERENCE = "files /etc/app.conf: mode is 0644, was 0600";

const bench = new Bench();
const rsa = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

// Without retries, unless they are asked for: the SDK would go on with 409 IncorrectState for a minute and a half.
function client(privateKey, retryConfiguration = common.NoRetryConfigurationDetails) {
  const { tenancy, user, fingerprint } = KEY;
  const authenticationDetailsProvider = new common.SimpleAuthenticationDetailsProvider(
    tenancy, user, fingerprint, privateKey, null, common.Region.US_ASHBURN_1,
  );
  const made = new resourcemanager.ResourceManagerClient({ authenticationDetailsProvider }, { retryConfiguration });
  made.endpoint = bench.url;
  return made;
}

describe("OCI's SDK for TypeScript", () => {
  let oci;
  let patient; // the same client, but it tries again
  let waiters;
  let stackId;

  const execution = (job) => "oci-" + job.id.split(".").pop();
  const get = async (job) => (await oci.getJob({ jobId: job.id })).job;
  const waitFor = async (job, ...states) =>
    (await within(waiters.forJob({ jobId: job.id }, ...states), `${states} of ${job.id}`)).job;
  const create = async (more = {}) => {
    const createJobDetails = {
      stackId,
      jobOperationDetails: { operation: "APPLY", executionPlanStrategy: "AUTO_APPROVED" },
      ...more,
    };
    return (await oci.createJob({ createJobDetails })).job;
  };
  const running = async () => {
    const job = await create();
    assert.equal(await bench.update(execution(job), "IN_PROGRESS", { step: "1/2 stop" }), 200);
    return waitFor(job, InProgress);
  };
  const log = async (job) => (await oci.getJobLogs({ jobId: job.id })).items.map((l) => `${l.level} ${l.message}`);
  const createStack = async (compartmentId = COMPARTMENT) => {
    const createStackDetails = {
      compartmentId,
      displayName: "valves",
      configSource: { configSourceType: "ZIP_UPLOAD", zipFileBase64Encoded: "UEsFBg==" },
      variables: { thing: "pi-1", document: '{"version":"1.0","steps":[]}' },
    };
    return (await oci.createStack({ createStackDetails })).stack;
  };
  const refused = async (promise, statusCode, serviceCode) => {
    await assert.rejects(promise, (error) => {
      assert.equal(`${error.statusCode} ${error.serviceCode}`, `${statusCode} ${serviceCode}`);
      assert.ok(error.opcRequestId);
      return true;
    });
  };

  before(async () => {
    const { publicKey, privateKey } = rsa();
    const pem = bench.file("public.pem", publicKey);
    const keyId = `${KEY.tenancy}/${KEY.user}/${KEY.fingerprint}`;
    await bench.start(["--oci-auth", "verify", "--oci-key", `${keyId}=${pem}`, "--oci-stop-limit", "3"]);
    oci = client(privateKey);
    patient = client(privateKey, {
      terminationStrategy: new common.MaxAttemptsTerminationStrategy(3),
      delayStrategy: new common.FixedTimeDelayStrategy(0.05),
    });
    waiters = oci.createWaiters({ delayStrategy: new common.FixedTimeDelayStrategy(0.05) });
  });
  // One for each test: a stack has one job at a time.
  beforeEach(async () => {
    stackId = (await createStack()).id;
  });
  after(() => bench.stop());

  test("shows stacks, and forgets deleted ones", async () => {
    const { stack, etag } = await oci.getStack({ stackId });
    assert.equal(stack.variables.thing, "pi-1");
    assert.equal(stack.lifecycleState, resourcemanager.models.Stack.LifecycleState.Active);
    const changed = await oci.updateStack({ stackId, updateStackDetails: { description: "new" }, ifMatch: etag });
    assert.equal(changed.stack.description, "new");
    const other = await createStack("ocid1.compartment.oc1..other");
    const ids = [];
    for await (const each of oci.listStacksRecordIterator({ limit: 1 })) ids.push(each.id);
    assert.deepEqual(ids.slice(0, 2), [other.id, stackId]);
    const { items } = await oci.listStacks({ compartmentId: other.compartmentId });
    assert.deepEqual(items.map((each) => each.id), [other.id]);
    await oci.deleteStack({ stackId: other.id });
    const deleted = await oci.createWaiters().forStack({ stackId: other.id }, "DELETED");
    assert.equal(deleted.stack.lifecycleState, "DELETED");
  });

  test("creates a job and waits until the device has done it", async () => {
    const job = await create({ displayName: "roll out", freeformTags: { team: "edge" } });
    assert.equal(job.lifecycleState, Accepted);
    assert.equal(job.operation, "APPLY");
    assert.equal(job.freeformTags.team, "edge");
    const ended = waitFor(job, Succeeded, Failed, Canceled);
    assert.equal(await bench.update(execution(job), "IN_PROGRESS"), 200);
    await waitFor(job, InProgress);
    assert.equal(await bench.update(execution(job), "SUCCEEDED"), 200);
    const done = await ended;
    assert.equal(done.lifecycleState, Succeeded);
    assert.ok(new Date(done.timeFinished) >= new Date(done.timeCreated));
    assert.equal(done.cancellationDetails, undefined);
  });

  test("sees why a job failed", async () => {
    const job = await running();
    await bench.update(execution(job), "FAILED", { reason: "exit status 3", verdict: "unsafe", difference: DIFFERENCE });
    const failed = await waitFor(job, Failed);
    assert.equal(failed.failureDetails.code, "TERRAFORM_EXECUTION_ERROR");
    assert.match(failed.failureDetails.message, /exit status 3.*\/etc\/app\.conf: mode is 0644, was 0600/);
  });

  test("gets the same job for the same retry token", async () => {
    const request = { createJobDetails: { stackId, operation: "PLAN" }, opcRetryToken: "token-1" };
    const first = await oci.createJob(request);
    const again = await oci.createJob(request);
    assert.equal(again.job.id, first.job.id);
    assert.equal(again.etag, first.etag);
    await oci.cancelJob({ jobId: first.job.id });
  });

  test("cancels a waiting job at once", async () => {
    const job = await create();
    const reply = await oci.cancelJob({ jobId: job.id, opcRequestId: "cancel-1" });
    assert.equal(reply.opcRequestId, "cancel-1");
    assert.deepEqual((await get(job)).cancellationDetails, { isForced: false });
    assert.equal((await waitFor(job, Canceled)).lifecycleState, Canceled);
  });

  test("cancels a running job gracefully: the device is asked, and decides", async () => {
    const job = await running();
    await oci.cancelJob({ jobId: job.id, isForced: false });
    const request = await bench.requestToStop();
    assert.equal(request.jobId, execution(job));
    assert.equal(request.force, false);
    assert.equal((await get(job)).lifecycleState, Canceling);
    const ended = waitFor(job, Canceled, Failed, Succeeded);
    await bench.say("cancel/accepted", { clientToken: request.clientToken, message: "after step 1/2" });
    await bench.update(execution(job), "FAILED", { reason: "cancelled on the device", verdict: "safe" });
    const canceled = await ended;
    assert.equal(canceled.lifecycleState, Canceled);
    assert.equal(canceled.failureDetails, undefined);
    assert.ok((await log(job)).includes("INFO pi-1 will stop: after step 1/2"));
  });

  test("sees that the job had finished before the cancel", async () => {
    const job = await running();
    await oci.cancelJob({ jobId: job.id });
    await bench.requestToStop();
    await bench.update(execution(job), "SUCCEEDED");
    assert.equal((await waitFor(job, Succeeded, Canceled)).lifecycleState, Succeeded);
  });

  test("cancels by force: CANCELING until the device is at rest, and what differs there is told", async () => {
    const job = await running();
    await oci.cancelJob({ jobId: job.id, isForced: true });
    const canceling = await get(job);
    assert.equal(canceling.lifecycleState, Canceling);
    assert.deepEqual(canceling.cancellationDetails, { isForced: true });
    assert.equal(await bench.update(execution(job), "SUCCEEDED"), 409);
    const quarantine = { jobId: execution(job), executionNumber: 1, reason: `not undone: ${DIFFERENCE}`, since: 0 };
    await bench.rest(execution(job), "unsafe", { state: "quarantined", quarantine });
    const canceled = await waitFor(job, Canceled);
    assert.ok(canceled.failureDetails.message.includes(DIFFERENCE));
    const worst = await oci.getJobLogs({ jobId: job.id, levelGreaterThanOrEqualTo: "ERROR" });
    assert.ok(worst.items.some((line) => line.message.includes(DIFFERENCE)));
  });

  test("makes a graceful cancel a forced one, and is not held by a device that says nothing", async () => {
    const job = await running();
    await oci.cancelJob({ jobId: job.id });
    await bench.requestToStop();
    await oci.cancelJob({ jobId: job.id, isForced: true });
    assert.deepEqual((await get(job)).cancellationDetails, { isForced: true });
    await waitFor(job, Canceled);
    assert.ok((await log(job)).some((line) => line.startsWith("WARN pi-1 has not confirmed")));
  });

  test("is told 404, 409, 412 and 401", async () => {
    const nowhere = "ocid1.ormjob.oc1.us-east-1.nowhere";
    await refused(oci.getJob({ jobId: nowhere }), 404, "NotAuthorizedOrNotFound");
    await refused(oci.cancelJob({ jobId: nowhere }), 404, "NotAuthorizedOrNotFound");
    await refused(create({ stackId: "ocid1.ormstack.oc1.us-east-1.nowhere" }), 404, "NotAuthorizedOrNotFound");
    await refused(create({ displayName: "x".repeat(300) }), 400, "InvalidParameter");

    const job = await create();
    await refused(create(), 409, "IncorrectState");
    await refused(oci.deleteStack({ stackId }), 409, "IncorrectState");
    const { etag } = await oci.getJob({ jobId: job.id });
    const renamed = await oci.updateJob({ jobId: job.id, updateJobDetails: { displayName: "x" }, ifMatch: etag });
    assert.notEqual(renamed.etag, etag);
    await refused(oci.cancelJob({ jobId: job.id, ifMatch: etag }), 412, "NoEtagMatch");
    await oci.cancelJob({ jobId: job.id, ifMatch: renamed.etag });
    await refused(oci.cancelJob({ jobId: job.id }), 409, "Conflict");

    await refused(client(rsa().privateKey).listJobs({}), 401, "NotAuthenticated");
  });

  test("is throttled and meets an internal error, and what tries again gets through", async () => {
    const job = await create();
    const rule = { on: "http", do: "reject", thing: "pi-1", operation: "CancelJob", count: 1 };
    const refusals = { RequestThrottled: [429, "TooManyRequests"], InternalError: [500, "InternalServerError"] };
    for (const [code, refusal] of Object.entries(refusals)) {
      await bench.breaks({ ...rule, code });
      await refused(oci.cancelJob({ jobId: job.id }), ...refusal);
    }
    assert.equal((await get(job)).lifecycleState, Accepted);
    await bench.breaks({ ...rule, code: "InternalError" });
    await bench.breaks({ ...rule, code: "RequestThrottled", skip: 1 });
    await patient.cancelJob({ jobId: job.id });
    assert.equal((await get(job)).lifecycleState, Canceled);
  });

  test("lists jobs by every filter and page by page", async () => {
    const job = await create({ displayName: "a name with blanks" });
    const only = async (filter) => (await oci.listJobs(filter)).items.map((each) => each.id);
    const { Displayname } = resourcemanager.requests.ListJobsRequest.SortBy;
    assert.deepEqual(await only({ id: job.id }), [job.id]);
    assert.deepEqual(await only({ stackId, lifecycleState: "accepted" }), [job.id]);
    assert.deepEqual(await only({ displayName: "a name with blanks", sortBy: Displayname }), [job.id]);
    assert.deepEqual(await only({ compartmentId: "ocid1.compartment.oc1..other" }), []);
    const all = await only({});
    assert.ok(all.length > 5);
    assert.equal(all[0], job.id);
    const paged = [];
    for await (const each of oci.listJobsRecordIterator({ limit: 2 })) paged.push(each.id);
    assert.deepEqual(paged, all);
    const { Asc } = resourcemanager.requests.ListJobsRequest.SortOrder;
    assert.deepEqual(await only({ sortOrder: Asc }), [...all].reverse());
    await oci.cancelJob({ jobId: job.id });
  });

  test("reads a job's log, filtered, paged and as text", async () => {
    const job = await running();
    await bench.update(execution(job), "IN_PROGRESS", { step: "2/2 start" });
    await bench.update(execution(job), "FAILED", { reason: "exit status 3" });
    await waitFor(job, Failed);
    const lines = await log(job);
    assert.deepEqual(lines, [
      "INFO the job is ACCEPTED: APPLY on pi-1",
      `INFO queued on pi-1 as ${execution(job)}`,
      "INFO pi-1 has started the job",
      "INFO pi-1 reports step: 1/2 stop",
      "INFO pi-1 reports step: 2/2 start",
      "INFO pi-1 reports reason: exit status 3",
      "ERROR the job is FAILED: pi-1 reported FAILED: exit status 3",
    ]);
    const { TerraformConsole } = resourcemanager.models.LogEntry.Type;
    const { Desc } = resourcemanager.requests.GetJobLogsRequest.SortOrder;
    const paged = [];
    const request = { jobId: job.id, type: [TerraformConsole], sortOrder: Desc, limit: 2 };
    for await (const line of oci.getJobLogsRecordIterator(request)) paged.push(`${line.level} ${line.message}`);
    assert.deepEqual(paged, [...lines].reverse());
    const early = await oci.getJobLogs({ jobId: job.id, timestampLessThanOrEqualTo: new Date(0) });
    assert.deepEqual(early.items, []);
    const late = await oci.getJobLogs({ jobId: job.id, timestampGreaterThanOrEqualTo: new Date(job.timeCreated) });
    assert.equal(late.items.length, lines.length);

    const text = (await oci.getJobLogsContent({ jobId: job.id })).value;
    assert.equal(text.trimEnd().split("\n").length, lines.length);
    assert.ok(text.endsWith("ERROR the job is FAILED: pi-1 reported FAILED: exit status 3\n"));
    assert.equal((await oci.getJobDetailedLogContent({ jobId: job.id })).value, text);
  });
});

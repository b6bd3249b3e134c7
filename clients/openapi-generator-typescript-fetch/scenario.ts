// The scenario of docs/clients.md, with the classes that openapi-generator makes for typescript-fetch (`client/`).
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Configuration, EventsApi, FilesApi, JobsApi, JobTypesApi, LogsApi, ResponseError } from "./client/index.js";
import { Cause, RetentionApi, RetryPoliciesApi } from "./client/index.js";
import { type JobDetails, LogId, type Problem, ProblemFromJSON } from "./client/index.js";

const configuration = new Configuration({ basePath: process.env.JOBSVC_URL });
const files = new FilesApi(configuration);
const jobs = new JobsApi(configuration);
const jobTypes = new JobTypesApi(configuration);
const logs = new LogsApi(configuration);
const events = new EventsApi(configuration);
const policies = new RetryPoliciesApi(configuration);
const retention = new RetentionApi(configuration);

/** Queue a job; gives its id. */
async function submit(name: string, input: { [key: string]: unknown }): Promise<number> {
  const kind = await jobTypes.getJobType({ name, version: "1.0.0" });
  return (await jobs.createJob({ jobCreate: { jobTypeId: kind.id, input } })).id;
}

/** Wait until the job has one of the statuses. */
async function wait(jobId: number, ...statuses: string[]): Promise<JobDetails> {
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const job = await jobs.getJob({ jobId });
    if (statuses.includes(job.status)) return job;
    assert(Date.now() < deadline, `job ${jobId} is ${job.status}`);
  }
}

async function runAJob(): Promise<void> {
  const body = new Blob(["to be or not to be"]);
  const file = await files.uploadFile({ body, fileName: "hamlet.txt", mediaType: "text/plain" });
  const job = await wait(await submit("word-count", { files: { TEXT: [file.id] } }), "COMPLETED", "FAILED");
  assert.equal(job.status, "COMPLETED");
  assert.deepEqual(job.output.json, { TOTAL_WORDS: 6, DISTINCT_WORDS: 4 });
  assert(job.node !== null && job.error === null);
  assert(job.started !== null && job.ended !== null && job.started < job.ended);
  await seeItsExecution(job.id);
}

async function seeItsExecution(jobId: number): Promise<void> {
  const page = await jobs.listJobExecutions({ jobId, status: ["COMPLETED"] });
  assert.deepEqual(page.results.map((each) => [each.exeNum, each.status]), [[1, "COMPLETED"]]);
  const log = await logs.getExecutionLog({ executionId: page.results[0].id, logId: LogId.Stdout });
  assert.equal(log?.at(-1)?.message, "wrote report.csv with the 4 most frequent words");
}

async function listSome(): Promise<void> {
  const page = await jobs.listJobs({
    status: ["PENDING", "RUNNING"],
    jobTypeName: ["bare"],
    isSuperseded: false,
    started: "2026-01-01T00:00:00Z",
    order: ["-id"],
  });
  assert.deepEqual(page.results.map((job) => [job.id, job.status]), [[1003, "RUNNING"], [1001, "PENDING"]]);
}

/** Job 1001 leaves out all that a job can, job 1002 nothing. */
async function readNulls(): Promise<void> {
  const [bare, full] = [await jobs.getJob({ jobId: 1001 }), await jobs.getJob({ jobId: 1002 })];
  const nulls = (Object.keys(bare) as (keyof JobDetails)[]).filter((name) => bare[name] === null);
  for (const name of ["event", "recipe", "batch", "node", "error", "started", "ended", "execution"] as const) {
    assert(nulls.includes(name), name);
  }
  assert.deepEqual(nulls.filter((name) => full[name] === null), []);
  assert.deepEqual([full.error?.name, full.error?.category], ["bad-table", "DATA"]);
  const running = await jobs.getJobExecution({ jobId: 1003, exeNum: 1 });
  assert.deepEqual([running.ended, running.node, running.error, running.output], [null, null, null, null]);
}

async function cancelAndRequeue(): Promise<void> {
  const id = await submit("countdown", { json: { SECONDS: 25 } });
  await wait(id, "RUNNING");
  const { raw } = await jobs.cancelJobsRaw({ cancelJobs: { jobIds: [id] } });
  assert.equal(raw.status, 202);
  assert.match(raw.headers.get("Location") ?? "", /\/v6\/bulk-operations\//);
  assert.equal((await wait(id, "CANCELED")).numExes, 1);
  await jobs.requeueJobs({ requeueJobs: { jobIds: [id] } });
  assert.equal((await wait(id, "RUNNING")).numExes, 2);
  await jobs.cancelJobs({ cancelJobs: { jobIds: [id] } });
  await wait(id, "CANCELED");
}

/** The status and the body of the error that a call is answered with. */
async function refusal(call: Promise<unknown>): Promise<[number, Problem]> {
  const error = await call.then(() => assert.fail("no error"), (error: unknown) => error);
  assert(error instanceof ResponseError);
  return [error.response.status, ProblemFromJSON(await error.response.json())];
}

async function readErrors(): Promise<void> {
  const [refused, why] = await refusal(submit("word-count", {}));
  assert.equal(refused, 400);
  assert.match(why.detail, /TEXT/);
  const [missing, what] = await refusal(jobs.getJob({ jobId: 999_999_999 }));
  assert.equal(missing, 404);
  assert.match(what.detail, /999999999/);
}

async function runOneAfterAnother(): Promise<void> {
  const first = await submit("countdown", { json: { SECONDS: 0 } });
  const kind = await jobTypes.getJobType({ name: "countdown", version: "1.0.0" });
  const labels = { "made-by": "typescript-fetch" };
  const job = { jobTypeId: kind.id, input: { json: { SECONDS: 0 } }, after: [first], labels };
  const { id: jobId } = await jobs.createJob({ jobCreate: job });
  assert.deepEqual((await wait(jobId, "COMPLETED", "FAILED")).labels, labels);
  const page = await jobs.listJobs({ label: ["made-by:typescript-fetch"], jobId: [first, jobId] });
  assert.deepEqual(page.results.map((job) => job.id), [jobId]);
  const types = (await events.listJobEvents({ jobId })).results.map((event) => event.type);
  assert(types.includes("job.started"));
  assert.equal(types.at(-1), "job.completed");
  const groups = (await jobs.getJobStats({ groupBy: ["status"], jobId: [first, jobId] })).results;
  assert.deepEqual(groups.map((group) => [group.status, group.count]), [["COMPLETED", 2]]);
  await keep(jobId);
}

async function keep(jobId: number): Promise<void> {
  const hold = await retention.holdJob({ jobId, jobHoldChange: { reason: "an example" } });
  assert.equal(hold.reason, "an example");
  await retention.releaseJob({ jobId });
  assert.equal((await refusal(retention.getJobHold({ jobId })))[0], 404);
  assert.equal((await retention.previewPurge()).jobs, 0);
}

async function makeRules(): Promise<void> {
  const webhookCreate = { url: "https://hooks.example.org/typescript-fetch", types: ["job.failed"] };
  const { id: webhookId } = await events.createWebhook({ webhookCreate });
  assert.deepEqual((await events.getWebhook({ webhookId })).types, ["job.failed"]);
  await events.deleteWebhook({ webhookId });
  const policy = "typescript-fetch";
  const retryPolicySet = { rules: [{ causes: [Cause.Oom], maxTries: 5 }] };
  assert.equal((await policies.setRetryPolicy({ policy, retryPolicySet })).version, 1);
  assert.deepEqual((await policies.getRetryPolicy({ policy })).rules[0].causes, ["oom"]);
  const simulation = await policies.simulateRetryPolicy({ policy, simulatePolicy: { limit: 100 } });
  assert.deepEqual([simulation.policy, simulation.version], [policy, 1]);
  await policies.deleteRetryPolicy({ policy });
}

await runAJob();
await listSome();
await readNulls();
await cancelAndRequeue();
await readErrors();
await runOneAfterAnother();
await makeRules();

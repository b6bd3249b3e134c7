// The scenario of docs/clients.md, with the functions that hey-api makes (`client/`).
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as jobsvc from "./client/index.js";
import { client } from "./client/client.gen.js";

client.setConfig({ baseUrl: process.env.JOBSVC_URL! });

async function typeId(name: string): Promise<number> {
  const { data } = await jobsvc.getJobType({ path: { name, version: "1.0.0" }, throwOnError: true });
  return data.id;
}

/** Queue a job; gives its id. */
async function submit(name: string, input: Record<string, unknown>): Promise<number> {
  const body = { job_type_id: await typeId(name), input };
  return (await jobsvc.createJob({ body, throwOnError: true })).data.id;
}

async function details(job_id: number): Promise<jobsvc.JobDetails> {
  return (await jobsvc.getJob({ path: { job_id }, throwOnError: true })).data;
}

/** Wait until the job has one of the statuses. */
async function wait(id: number, ...statuses: string[]): Promise<jobsvc.JobDetails> {
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const job = await details(id);
    if (statuses.includes(job.status)) return job;
    assert(Date.now() < deadline, `job ${id} is ${job.status}`);
  }
}

async function runAJob(): Promise<void> {
  const { data: file } = await jobsvc.uploadFile({
    query: { file_name: "hamlet.txt", media_type: "text/plain" },
    body: new Blob(["to be or not to be"]),
    throwOnError: true,
  });
  const job = await wait(await submit("word-count", { files: { TEXT: [file.id] } }), "COMPLETED", "FAILED");
  assert.equal(job.status, "COMPLETED");
  assert.deepEqual(job.output.json, { TOTAL_WORDS: 6, DISTINCT_WORDS: 4 });
  assert(job.node !== null && job.error === null);
  assert(job.started !== null && job.ended !== null && job.started < job.ended);
  await seeItsExecution(job.id);
}

async function seeItsExecution(job_id: number): Promise<void> {
  const query = { status: ["COMPLETED" as const] };
  const { data: page } = await jobsvc.listJobExecutions({ path: { job_id }, query, throwOnError: true });
  assert.deepEqual(page.results.map((each) => [each.exe_num, each.status]), [[1, "COMPLETED"]]);
  const path = { execution_id: page.results[0].id, log_id: "stdout" as const };
  const { data: log } = await jobsvc.getExecutionLog({ path, throwOnError: true });
  assert(Array.isArray(log)); // an execution without lines has no content
  assert.equal(log.at(-1)?.message, "wrote report.csv with the 4 most frequent words");
}

async function listSome(): Promise<void> {
  const { data: page } = await jobsvc.listJobs({
    query: {
      status: ["PENDING", "RUNNING"],
      job_type_name: ["bare"],
      is_superseded: false,
      started: "2026-01-01T00:00:00Z",
      order: ["-id"],
    },
    throwOnError: true,
  });
  assert.deepEqual(page.results.map((job) => [job.id, job.status]), [[1003, "RUNNING"], [1001, "PENDING"]]);
}

/** Job 1001 leaves out all that a job can, job 1002 nothing. */
async function readNulls(): Promise<void> {
  const [bare, full] = [await details(1001), await details(1002)];
  const nulls = (Object.keys(bare) as (keyof jobsvc.JobDetails)[]).filter((name) => bare[name] === null);
  for (const name of ["event", "recipe", "batch", "node", "error", "started", "ended", "execution"] as const) {
    assert(nulls.includes(name), name);
  }
  assert.deepEqual(nulls.filter((name) => full[name] === null), []);
  assert.deepEqual([full.error?.name, full.error?.category], ["bad-table", "DATA"]);
  const { data: running } = await jobsvc.getJobExecution({ path: { job_id: 1003, exe_num: 1 }, throwOnError: true });
  assert.deepEqual([running.ended, running.node, running.error, running.output], [null, null, null, null]);
}

async function cancelAndRequeue(): Promise<void> {
  const id = await submit("countdown", { json: { SECONDS: 25 } });
  await wait(id, "RUNNING");
  const { response } = await jobsvc.cancelJobs({ body: { job_ids: [id] }, throwOnError: true });
  assert.equal(response.status, 202);
  assert.match(response.headers.get("Location") ?? "", /\/v6\/bulk-operations\//);
  assert.equal((await wait(id, "CANCELED")).num_exes, 1);
  await jobsvc.requeueJobs({ body: { job_ids: [id] }, throwOnError: true });
  assert.equal((await wait(id, "RUNNING")).num_exes, 2);
  await jobsvc.cancelJobs({ body: { job_ids: [id] }, throwOnError: true });
  await wait(id, "CANCELED");
}

async function readErrors(): Promise<void> {
  const refused = await jobsvc.createJob({ body: { job_type_id: await typeId("word-count"), input: {} } });
  assert.equal(refused.response?.status, 400);
  assert.match(refused.error?.detail ?? "", /TEXT/);
  const missing = await jobsvc.getJob({ path: { job_id: 999_999_999 } });
  assert.equal(missing.response?.status, 404);
  assert.match(missing.error?.detail ?? "", /999999999/);
}

async function runOneAfterAnother(): Promise<void> {
  const first = await submit("countdown", { json: { SECONDS: 0 } });
  const labels = { "made-by": "hey-api" };
  const body = { job_type_id: await typeId("countdown"), input: { json: { SECONDS: 0 } }, after: [first], labels };
  const { id: job_id } = (await jobsvc.createJob({ body, throwOnError: true })).data;
  assert.deepEqual((await wait(job_id, "COMPLETED", "FAILED")).labels, labels);
  const query = { label: ["made-by:hey-api"], job_id: [first, job_id] };
  const { data: page } = await jobsvc.listJobs({ query, throwOnError: true });
  assert.deepEqual(page.results.map((job) => job.id), [job_id]);
  const { data: events } = await jobsvc.listJobEvents({ path: { job_id }, throwOnError: true });
  assert(events.results.some((event) => event.type === "job.started"));
  assert.equal(events.results.at(-1)?.type, "job.completed");
  const both = { group_by: ["status"], job_id: [first, job_id] };
  const { data: groups } = await jobsvc.getJobStats({ query: both, throwOnError: true });
  assert.deepEqual(groups.results.map((group) => [group.status, group.count]), [["COMPLETED", 2]]);
  await keep(job_id);
}

async function keep(job_id: number): Promise<void> {
  const { data: hold } = await jobsvc.holdJob({ path: { job_id }, body: { reason: "an example" }, throwOnError: true });
  assert.equal(hold.reason, "an example");
  await jobsvc.releaseJob({ path: { job_id }, throwOnError: true });
  assert.equal((await jobsvc.getJobHold({ path: { job_id } })).response?.status, 404);
  assert.equal((await jobsvc.previewPurge({ throwOnError: true })).data.jobs, 0);
}

async function makeRules(): Promise<void> {
  const asked = { url: "https://hooks.example.org/hey-api", types: ["job.failed"] };
  const { data: hook } = await jobsvc.createWebhook({ body: asked, throwOnError: true });
  const place = { path: { webhook_id: hook.id }, throwOnError: true as const };
  assert.deepEqual((await jobsvc.getWebhook(place)).data.types, ["job.failed"]);
  await jobsvc.deleteWebhook(place);
  const policy = { path: { policy: "hey-api" }, throwOnError: true as const };
  const body = { rules: [{ causes: ["oom" as const], max_tries: 5 }] };
  assert.equal((await jobsvc.setRetryPolicy({ ...policy, body })).data.version, 1);
  assert.deepEqual((await jobsvc.getRetryPolicy(policy)).data.rules[0].causes, ["oom"]);
  const { data: simulation } = await jobsvc.simulateRetryPolicy({ ...policy, body: { limit: 100 } });
  assert.deepEqual([simulation.policy, simulation.version], ["hey-api", 1]);
  await jobsvc.deleteRetryPolicy(policy);
}

await runAJob();
await listSome();
await readNulls();
await cancelAndRequeue();
await readErrors();
await runOneAfterAnother();
await makeRules();

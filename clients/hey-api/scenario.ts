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

await runAJob();
await listSome();
await readNulls();
await cancelAndRequeue();
await readErrors();

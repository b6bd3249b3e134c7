// The scenario of docs/clients.md in the older generation, with the types of openapi-typescript (`client.ts`) and openapi-fetch.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./client.js";

type JobDetails = components["schemas"]["JobDetails"];
const client = createClient<paths>({ baseUrl: process.env.JOBSVC_URL });

/** What is wrong: this generation has errors as plain text, too. */
const text = (error?: { detail: string } | string) => (typeof error === "object" ? error.detail : error);

/** What a call answered. */
async function ok<T>(call: Promise<{ data?: T; error?: { detail: string } | string }>): Promise<T> {
  const { data, error } = await call;
  assert(data !== undefined, text(error));
  return data;
}

async function typeId(name: string): Promise<number> {
  const page = await ok(client.GET("/job-types/", { params: { query: { name: [name] } } }));
  const [first] = page.results;
  assert(first !== undefined);
  return first.id;
}

/** Queue a job that counts down; gives its id. */
async function submit(seconds: number): Promise<number> {
  const job_data = { version: "1.0", input_data: [{ name: "SECONDS", value: String(seconds) }] };
  return (await ok(client.POST("/queue/new-job/", { body: { job_type_id: await typeId("countdown"), job_data } }))).id;
}

const details = (job_id: number) => ok(client.GET("/jobs/{job_id}/", { params: { path: { job_id } } }));

/** Wait until the job has one of the statuses. */
async function wait(id: number, ...statuses: string[]): Promise<JobDetails> {
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const job = await details(id);
    if (statuses.includes(job.status)) return job;
    assert(Date.now() < deadline, `job ${id} is ${job.status}`);
  }
}

async function runAJob(): Promise<void> {
  const job = await wait(await submit(1), "COMPLETED", "FAILED");
  assert.equal(job.status, "COMPLETED");
  const [input] = job.inputs;
  assert(input?.type === "property" && Number(input.value) === 1);
  assert(job.started !== null && job.ended !== null && job.started < job.ended);
  const path = { job_id: job.id };
  const page = await ok(client.GET("/jobs/{job_id}/executions/", { params: { path } }));
  assert.deepEqual(page.results.map((each) => each.status), ["COMPLETED"]);
}

async function listSome(): Promise<void> {
  const query = { status: ["PENDING", "RUNNING"], job_type_name: ["bare"], order: ["-id"] };
  const page = await ok(client.GET("/jobs/", { params: { query } }));
  assert.deepEqual(page.results.map((job) => [job.id, job.status]), [[1003, "RUNNING"], [1001, "PENDING"]]);
}

/** Job 1001 leaves out all that a job can, job 1002 nothing. */
async function readNulls(): Promise<void> {
  const [bare, full] = [await details(1001), await details(1002)];
  assert(bare.error === null && bare.started === null && bare.ended === null);
  assert.equal(full.error?.name, "bad-table");
}

async function cancelAndRequeue(): Promise<void> {
  const id = await submit(25);
  await wait(id, "RUNNING");
  const { response } = await client.POST("/jobs/cancel/", { body: { job_ids: [id] } });
  assert.equal(response.status, 202);
  await wait(id, "CANCELED");
  await ok(client.POST("/queue/requeue-jobs/", { body: { job_ids: [id] } }));
  await wait(id, "RUNNING");
  await ok(client.PATCH("/jobs/{job_id}/", { params: { path: { job_id: id } }, body: { status: "CANCELED" } }));
  await wait(id, "CANCELED");
}

async function readErrors(): Promise<void> {
  const refused = await client.POST("/queue/new-job/", { body: { job_type_id: await typeId("word-count") } });
  assert.equal(refused.response.status, 400);
  assert(text(refused.error)?.length);
  const missing = await client.GET("/jobs/{job_id}/", { params: { path: { job_id: 999_999_999 } } });
  assert.equal(missing.response.status, 404);
}

await runAJob();
await listSome();
await readNulls();
await cancelAndRequeue();
await readErrors();

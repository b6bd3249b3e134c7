// The scenario of docs/clients.md, with the types of openapi-typescript (`client.ts`) and openapi-fetch.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./client.js";

type JobDetails = components["schemas"]["JobDetails"];
const client = createClient<paths>({ baseUrl: process.env.JOBSVC_URL });

/** What a call answered, or an error with its `detail`. */
async function ok<T>(call: Promise<{ data?: T; error?: { detail: string } }>): Promise<T> {
  const { data, error } = await call;
  assert(data !== undefined, error?.detail);
  return data;
}

async function typeId(name: string): Promise<number> {
  const path = { name, version: "1.0.0" };
  return (await ok(client.GET("/v6/job-types/{name}/{version}/", { params: { path } }))).id;
}

/** Queue a job; gives its id. */
async function submit(name: string, input: Record<string, unknown>): Promise<number> {
  return (await ok(client.POST("/v6/jobs/", { body: { job_type_id: await typeId(name), input } }))).id;
}

const details = (job_id: number) => ok(client.GET("/v6/jobs/{job_id}/", { params: { path: { job_id } } }));

/** Wait until the job has one of the statuses. */
async function wait(id: number, ...statuses: string[]): Promise<JobDetails> {
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const job = await details(id);
    if (statuses.includes(job.status)) return job;
    assert(Date.now() < deadline, `job ${id} is ${job.status}`);
  }
}

async function runAJob(): Promise<void> {
  const file = await ok(
    client.POST("/v6/files/upload/", {
      params: { query: { file_name: "hamlet.txt", media_type: "text/plain" } },
      body: "to be or not to be",
      bodySerializer: (body) => body,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );
  const job = await wait(await submit("word-count", { files: { TEXT: [file.id] } }), "COMPLETED", "FAILED");
  assert.equal(job.status, "COMPLETED");
  assert.deepEqual(job.output.json, { TOTAL_WORDS: 6, DISTINCT_WORDS: 4 });
  assert(job.node !== null && job.error === null);
  assert(job.started !== null && job.ended !== null && job.started < job.ended);
  await seeItsExecution(job.id);
}

async function seeItsExecution(job_id: number): Promise<void> {
  const query = { status: ["COMPLETED" as const] };
  const page = await ok(client.GET("/v6/jobs/{job_id}/executions/", { params: { path: { job_id }, query } }));
  assert.deepEqual(page.results.map((each) => [each.exe_num, each.status]), [[1, "COMPLETED"]]);
  const path = { execution_id: page.results[0].id, log_id: "stdout" as const };
  const log = await ok(client.GET("/v6/job-executions/{execution_id}/logs/{log_id}/", { params: { path } }));
  assert(Array.isArray(log)); // other forms of the log are texts
  assert.equal(log.at(-1)?.message, "wrote report.csv with the 4 most frequent words");
}

async function listSome(): Promise<void> {
  const page = await ok(
    client.GET("/v6/jobs/", {
      params: {
        query: {
          status: ["PENDING", "RUNNING"],
          job_type_name: ["bare"],
          is_superseded: false,
          started: "2026-01-01T00:00:00Z",
          order: ["-id"],
        },
      },
    }),
  );
  assert.deepEqual(page.results.map((job) => [job.id, job.status]), [[1003, "RUNNING"], [1001, "PENDING"]]);
}

/** Job 1001 leaves out all that a job can, job 1002 nothing. */
async function readNulls(): Promise<void> {
  const [bare, full] = [await details(1001), await details(1002)];
  const nulls = (Object.keys(bare) as (keyof JobDetails)[]).filter((name) => bare[name] === null);
  for (const name of ["event", "recipe", "batch", "node", "error", "started", "ended", "execution"] as const) {
    assert(nulls.includes(name), name);
  }
  assert.deepEqual(nulls.filter((name) => full[name] === null), []);
  assert.deepEqual([full.error?.name, full.error?.category], ["bad-table", "DATA"]);
  const path = { job_id: 1003, exe_num: 1 };
  const running = await ok(client.GET("/v6/jobs/{job_id}/executions/{exe_num}/", { params: { path } }));
  assert.deepEqual([running.ended, running.node, running.error, running.output], [null, null, null, null]);
}

async function cancelAndRequeue(): Promise<void> {
  const id = await submit("countdown", { json: { SECONDS: 25 } });
  await wait(id, "RUNNING");
  const { response } = await client.POST("/v6/jobs/cancel/", { body: { job_ids: [id] } });
  assert.equal(response.status, 202);
  assert.match(response.headers.get("Location") ?? "", /\/v6\/bulk-operations\//);
  assert.equal((await wait(id, "CANCELED")).num_exes, 1);
  await client.POST("/v6/jobs/requeue/", { body: { job_ids: [id] } });
  assert.equal((await wait(id, "RUNNING")).num_exes, 2);
  await client.POST("/v6/jobs/cancel/", { body: { job_ids: [id] } });
  await wait(id, "CANCELED");
}

async function readErrors(): Promise<void> {
  const refused = await client.POST("/v6/jobs/", { body: { job_type_id: await typeId("word-count"), input: {} } });
  assert.equal(refused.response.status, 400);
  assert.match(refused.error?.detail ?? "", /TEXT/);
  const missing = await client.GET("/v6/jobs/{job_id}/", { params: { path: { job_id: 999_999_999 } } });
  assert.equal(missing.response.status, 404);
  assert.match(missing.error?.detail ?? "", /999999999/);
}

async function runOneAfterAnother(): Promise<void> {
  const first = await submit("countdown", { json: { SECONDS: 0 } });
  const labels = { "made-by": "openapi-typescript" };
  const body = { job_type_id: await typeId("countdown"), input: { json: { SECONDS: 0 } }, after: [first], labels };
  const { id: job_id } = await ok(client.POST("/v6/jobs/", { body }));
  assert.deepEqual((await wait(job_id, "COMPLETED", "FAILED")).labels, labels);
  const query = { label: ["made-by:openapi-typescript"], job_id: [first, job_id] };
  const page = await ok(client.GET("/v6/jobs/", { params: { query } }));
  assert.deepEqual(page.results.map((job) => job.id), [job_id]);
  const events = await ok(client.GET("/v6/jobs/{job_id}/events/", { params: { path: { job_id } } }));
  assert(events.results.some((event) => event.type === "job.started"));
  assert.equal(events.results.at(-1)?.type, "job.completed");
  const both = { group_by: ["status"], job_id: [first, job_id] };
  const groups = await ok(client.GET("/v6/jobs/stats/", { params: { query: both } }));
  assert.deepEqual(groups.results.map((group) => [group.status, group.count]), [["COMPLETED", 2]]);
  await keep(job_id);
}

async function keep(job_id: number): Promise<void> {
  const params = { path: { job_id } };
  const hold = await ok(client.PUT("/v6/jobs/{job_id}/hold/", { params, body: { reason: "an example" } }));
  assert.equal(hold.reason, "an example");
  assert.equal((await client.DELETE("/v6/jobs/{job_id}/hold/", { params })).response.status, 204);
  assert.equal((await client.GET("/v6/jobs/{job_id}/hold/", { params })).response.status, 404);
  assert.equal((await ok(client.GET("/v6/retention/preview/"))).jobs, 0);
}

async function makeRules(): Promise<void> {
  const asked = { url: "https://hooks.example.org/openapi-typescript", types: ["job.failed"] };
  const { id: webhook_id } = await ok(client.POST("/v6/webhooks/", { body: asked }));
  const place = { params: { path: { webhook_id } } };
  assert.deepEqual((await ok(client.GET("/v6/webhooks/{webhook_id}/", place))).types, ["job.failed"]);
  assert.equal((await client.DELETE("/v6/webhooks/{webhook_id}/", place)).response.status, 204);
  const params = { path: { policy: "openapi-typescript" } };
  const body = { rules: [{ causes: ["oom" as const], max_tries: 5 }] };
  assert.equal((await ok(client.PUT("/v6/retry-policies/{policy}/", { params, body }))).version, 1);
  const shown = await ok(client.GET("/v6/retry-policies/{policy}/", { params }));
  assert.deepEqual(shown.rules[0].causes, ["oom"]);
  const simulation = await ok(client.POST("/v6/retry-policies/{policy}/simulate/", { params, body: { limit: 100 } }));
  assert.deepEqual([simulation.policy, simulation.version], ["openapi-typescript", 1]);
  assert.equal((await client.DELETE("/v6/retry-policies/{policy}/", { params })).response.status, 204);
}

await runAJob();
await listSome();
await readNulls();
await cancelAndRequeue();
await readErrors();
await runOneAfterAnother();
await makeRules();

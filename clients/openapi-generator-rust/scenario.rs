//! The scenario of docs/clients.md, with the package that openapi-generator makes for Rust, on reqwest.
#![deny(warnings)]

use std::collections::HashMap;
use std::fmt::Debug;
use std::time::Duration;

use jobsvc::apis::configuration::Configuration;
use jobsvc::apis::{events_api::*, files_api::*, job_types_api::*, jobs_api::*, logs_api::*, retention_api::*, retry_policies_api::*};
use jobsvc::apis::{Error, ResponseContent};
use jobsvc::models::{self, JobStatus};
use serde_json::{json, Value};

/// What a call answered with this status.
macro_rules! answer {
    ($call:expr, $status:path) => {
        match $call.await.unwrap_or_else(|error| panic!("{error:?}")).entity {
            Some($status(body)) => body,
            other => panic!("{other:?}"),
        }
    };
}

/// What the service says of an error.
fn refusal<T: Debug, E>(result: Result<T, Error<E>>) -> (u16, String) {
    match result {
        Err(Error::ResponseError(ResponseContent { status, content, .. })) => {
            let problem: models::Problem = serde_json::from_str(&content).expect("a Problem");
            (status.as_u16(), problem.detail)
        }
        Err(_) => panic!("no answer"),
        Ok(answer) => panic!("no error: {answer:?}"),
    }
}

struct Scenario {
    service: Configuration,
}

impl Scenario {
    async fn new_job(&self, job_type: &str, input: Value) -> models::JobCreate {
        let (name, version) = (job_type.to_string(), "1.0.0".to_string());
        let kind = answer!(get_job_type(&self.service, GetJobTypeParams { name, version }), GetJobTypeSuccess::Status200);
        let input: HashMap<String, Value> = serde_json::from_value(input).expect("an object");
        models::JobCreate { input: Some(Some(input)), ..models::JobCreate::new(kind.id) }
    }

    async fn submit(&self, job: models::JobCreate) -> i64 {
        let params = CreateJobParams { job_create: job, idempotency_key: None };
        answer!(create_job(&self.service, params), CreateJobSuccess::Status201).id
    }

    async fn details(&self, job_id: i64) -> models::JobDetails {
        answer!(get_job(&self.service, GetJobParams { job_id }), GetJobSuccess::Status200)
    }

    /// Waits until the job has one of the statuses.
    async fn wait(&self, job_id: i64, statuses: &[JobStatus]) -> models::JobDetails {
        for _ in 0..600 {
            let job = self.details(job_id).await;
            if statuses.contains(&job.status) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("job {job_id} is not {statuses:?}");
    }

    async fn upload(&self, name: &str, content: &str) -> i64 {
        let body = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
        std::fs::write(&body, content).expect("a file to upload");
        let (file_name, media_type) = (Some(name.to_string()), Some("text/plain".to_string()));
        let params = UploadFileParams { body: body.clone(), file_name, media_type, ..Default::default() };
        let file = answer!(upload_file(&self.service, params), UploadFileSuccess::Status201);
        std::fs::remove_file(body).expect("the file is there");
        file.id
    }

    async fn run_a_job(&self) {
        let file = self.upload("hamlet.txt", "to be or not to be").await;
        let id = self.submit(self.new_job("word-count", json!({"files": {"TEXT": [file]}})).await).await;
        let job = self.wait(id, &[JobStatus::Completed, JobStatus::Failed]).await;
        assert_eq!(job.status, JobStatus::Completed);
        assert_eq!(json!(job.output.json), json!({"TOTAL_WORDS": 6, "DISTINCT_WORDS": 4}));
        assert!(job.node.is_some() && job.error.is_none());
        assert!(job.started.expect("a start") < job.ended.expect("an end"));
        self.see_its_execution(id).await;
    }

    async fn see_its_execution(&self, job_id: i64) {
        let completed = ListJobExecutionsParams { job_id, status: Some(vec!["COMPLETED".into()]), ..Default::default() };
        let page = answer!(list_job_executions(&self.service, completed), ListJobExecutionsSuccess::Status200);
        assert_eq!(page.results.iter().map(|execution| execution.exe_num).collect::<Vec<_>>(), [1]);
        let whole = GetExecutionLogParams { execution_id: page.results[0].id, log_id: models::LogId::Stdout, ..Default::default() };
        let log = answer!(get_execution_log(&self.service, whole), GetExecutionLogSuccess::Status200);
        assert_eq!(log.last().expect("lines").message, "wrote report.csv with the 4 most frequent words");
    }

    async fn list_some(&self) {
        let some = ListJobsParams {
            status: Some(vec!["PENDING".into(), "RUNNING".into()]),
            job_type_name: Some(vec!["bare".into()]),
            is_superseded: Some(false),
            started: Some("2026-01-01T00:00:00Z".into()),
            order: Some(vec!["-id".into()]),
            ..Default::default()
        };
        let page = answer!(list_jobs(&self.service, some), ListJobsSuccess::Status200);
        let seen: Vec<_> = page.results.iter().map(|job| (job.id, job.status)).collect();
        assert_eq!(seen, [(1003, JobStatus::Running), (1001, JobStatus::Pending)]);
    }

    /// Job 1001 leaves out all that a job can, job 1002 nothing.
    async fn read_nulls(&self) {
        let (bare, full) = (self.details(1001).await, self.details(1002).await);
        assert!(bare.event.is_none() && bare.recipe.is_none() && bare.batch.is_none() && bare.node.is_none());
        assert!(bare.error.is_none() && bare.started.is_none() && bare.execution.is_none());
        assert!(full.event.is_some() && full.recipe.is_some() && full.batch.is_some() && full.node.is_some());
        assert!(full.started.is_some() && full.execution.is_some());
        let error = full.error.expect("an error");
        assert_eq!((error.name.as_str(), error.category), ("bad-table", models::ErrorCategory::Data));
        let running = GetJobExecutionParams { job_id: 1003, exe_num: 1 };
        let running = answer!(get_job_execution(&self.service, running), GetJobExecutionSuccess::Status200);
        assert!(running.ended.is_none() && running.node.is_none() && running.error.is_none() && running.output.is_none());
    }

    async fn cancel(&self, job_id: i64) {
        let params = CancelJobsParams { cancel_jobs: Some(models::CancelJobs { job_ids: Some(Some(vec![job_id])), ..Default::default() }) };
        assert_eq!(cancel_jobs(&self.service, params).await.expect("an answer").status.as_u16(), 202);
    }

    async fn cancel_and_requeue(&self) {
        let id = self.submit(self.new_job("countdown", json!({"json": {"SECONDS": 25}})).await).await;
        self.wait(id, &[JobStatus::Running]).await;
        self.cancel(id).await;
        assert_eq!(self.wait(id, &[JobStatus::Canceled]).await.num_exes, 1);
        let again = RequeueJobsParams { requeue_jobs: Some(models::RequeueJobs { job_ids: Some(Some(vec![id])), ..Default::default() }) };
        assert_eq!(requeue_jobs(&self.service, again).await.expect("an answer").status.as_u16(), 202);
        assert_eq!(self.wait(id, &[JobStatus::Running]).await.num_exes, 2);
        self.cancel(id).await;
        self.wait(id, &[JobStatus::Canceled]).await;
    }

    async fn read_errors(&self) {
        let job_create = self.new_job("word-count", json!({})).await;
        let (status, detail) = refusal(create_job(&self.service, CreateJobParams { job_create, idempotency_key: None }).await);
        assert!(status == 400 && detail.contains("TEXT"), "{status}: {detail}");
        let (status, detail) = refusal(get_job(&self.service, GetJobParams { job_id: 999_999_999 }).await);
        assert!(status == 404 && detail.contains("999999999"), "{status}: {detail}");
    }

    async fn run_one_after_another(&self) {
        let job = self.new_job("countdown", json!({"json": {"SECONDS": 0}})).await;
        let first = self.submit(job.clone()).await;
        let labels = HashMap::from([("made-by".to_string(), "rust".to_string())]);
        let second = self.submit(models::JobCreate { after: Some(Some(vec![first])), labels: Some(Some(labels.clone())), ..job }).await;
        assert_eq!(self.wait(second, &[JobStatus::Completed, JobStatus::Failed]).await.labels, labels);
        let labeled = ListJobsParams { label: Some(vec!["made-by:rust".into()]), job_id: Some(vec![first, second]), ..Default::default() };
        let page = answer!(list_jobs(&self.service, labeled), ListJobsSuccess::Status200);
        assert_eq!(page.results.iter().map(|job| job.id).collect::<Vec<_>>(), [second]);
        let params = ListJobEventsParams { job_id: second, ..Default::default() };
        let events = answer!(list_job_events(&self.service, params), ListJobEventsSuccess::Status200).results;
        assert!(events.iter().any(|event| event.r#type == "job.started"));
        assert_eq!(events.last().expect("events").r#type, "job.completed");
        let both = GetJobStatsParams { group_by: Some(vec!["status".into()]), job_id: Some(vec![first, second]), ..Default::default() };
        let groups = answer!(get_job_stats(&self.service, both), GetJobStatsSuccess::Status200).results;
        assert_eq!(groups.iter().map(|group| (group.status, group.count)).collect::<Vec<_>>(), [(Some(JobStatus::Completed), 2)]);
        self.keep(second).await;
    }

    async fn keep(&self, job_id: i64) {
        let job_hold_change = models::JobHoldChange { reason: Some(Some("an example".into())) };
        let hold = answer!(hold_job(&self.service, HoldJobParams { job_id, job_hold_change }), HoldJobSuccess::Status200);
        assert_eq!((hold.job_id, hold.reason.as_deref()), (job_id, Some("an example")));
        release_job(&self.service, ReleaseJobParams { job_id }).await.expect("no hold any more");
        let (status, _) = refusal(get_job_hold(&self.service, GetJobHoldParams { job_id }).await);
        assert_eq!(status, 404);
        assert_eq!(answer!(preview_purge(&self.service), PreviewPurgeSuccess::Status200).jobs, 0);
    }

    async fn make_rules(&self) {
        let url = "https://hooks.example.org/rust".to_string();
        let webhook_create = models::WebhookCreate { types: Some(Some(vec!["job.failed".into()])), ..models::WebhookCreate::new(url) };
        let hook = answer!(create_webhook(&self.service, CreateWebhookParams { webhook_create }), CreateWebhookSuccess::Status201);
        let params = GetWebhookParams { webhook_id: hook.id };
        let shown = answer!(get_webhook(&self.service, params), GetWebhookSuccess::Status200);
        assert_eq!(shown.types, Some(vec!["job.failed".to_string()]));
        delete_webhook(&self.service, DeleteWebhookParams { webhook_id: hook.id }).await.expect("no webhook any more");
        self.make_a_policy("rust".to_string()).await;
    }

    async fn make_a_policy(&self, policy: String) {
        let causes = vec![models::Cause::Oom];
        let rules = vec![models::RetryRule { causes: Some(causes.clone()), max_tries: Some(Some(5)), ..Default::default() }];
        let retry_policy_set = models::RetryPolicySet { rules, ..Default::default() };
        let params = SetRetryPolicyParams { policy: policy.clone(), retry_policy_set };
        assert_eq!(answer!(set_retry_policy(&self.service, params), SetRetryPolicySuccess::Status200).version, 1);
        let params = GetRetryPolicyParams { policy: policy.clone() };
        let shown = answer!(get_retry_policy(&self.service, params), GetRetryPolicySuccess::Status200);
        assert_eq!(shown.rules[0].causes, causes);
        let simulate_policy = Some(models::SimulatePolicy { limit: Some(100), ..Default::default() });
        let params = SimulateRetryPolicyParams { policy: policy.clone(), simulate_policy };
        let simulation = answer!(simulate_retry_policy(&self.service, params), SimulateRetryPolicySuccess::Status200);
        assert_eq!((simulation.policy.as_deref(), simulation.version), (Some("rust"), Some(1)));
        let params = DeleteRetryPolicyParams { policy, replacement: None };
        delete_retry_policy(&self.service, params).await.expect("no policy any more");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::var("JOBSVC_URL").expect("JOBSVC_URL is the address of a service");
    let scenario = Scenario { service: Configuration { base_path: url, ..Configuration::new() } };
    scenario.run_a_job().await;
    scenario.list_some().await;
    scenario.read_nulls().await;
    scenario.cancel_and_requeue().await;
    scenario.read_errors().await;
    scenario.run_one_after_another().await;
    scenario.make_rules().await;
}

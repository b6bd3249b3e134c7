import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import jobsvc.ApiClient;
import jobsvc.ApiException;
import jobsvc.api.EventsApi;
import jobsvc.api.JobTypesApi;
import jobsvc.api.JobsApi;
import jobsvc.api.JobsApi.APIGetJobStatsRequest;
import jobsvc.api.JobsApi.APIListJobExecutionsRequest;
import jobsvc.api.JobsApi.APIListJobsRequest;
import jobsvc.api.LogsApi;
import jobsvc.api.LogsApi.APIGetExecutionLogRequest;
import jobsvc.api.RetentionApi;
import jobsvc.api.RetryPoliciesApi;
import jobsvc.model.CancelJobs;
import jobsvc.model.Cause;
import jobsvc.model.ErrorCategory;
import jobsvc.model.FileDetails;
import jobsvc.model.JobCreate;
import jobsvc.model.JobDetails;
import jobsvc.model.JobHoldChange;
import jobsvc.model.JobStatus;
import jobsvc.model.LogId;
import jobsvc.model.Problem;
import jobsvc.model.RequeueJobs;
import jobsvc.model.RetryPolicySet;
import jobsvc.model.RetryRule;
import jobsvc.model.SimulatePolicy;
import jobsvc.model.WebhookCreate;

/** The scenario of docs/clients.md, with the package that openapi-generator makes for Java, on java.net.http. */
public final class Scenario {
  private final ApiClient client = new ApiClient();
  private final JobsApi jobs;
  private final JobTypesApi jobTypes;
  private final LogsApi logs;
  private final EventsApi events;
  private final RetryPoliciesApi policies;
  private final RetentionApi retention;

  private Scenario(String url) {
    client.updateBaseUri(url);
    jobs = new JobsApi(client);
    jobTypes = new JobTypesApi(client);
    logs = new LogsApi(client);
    events = new EventsApi(client);
    policies = new RetryPoliciesApi(client);
    retention = new RetentionApi(client);
  }

  public static void main(String[] arguments) throws Exception {
    Scenario scenario = new Scenario(System.getenv("JOBSVC_URL"));
    check(scenario.client.getHttpClient().version() == HttpClient.Version.HTTP_2, "it does not offer HTTP/2");
    scenario.runAJob();
    scenario.listSome();
    scenario.readNulls();
    scenario.cancelAndRequeue();
    scenario.readErrors();
    scenario.runOneAfterAnother();
    scenario.makeRules();
  }

  private static void check(boolean is, String message) {
    if (!is) {
      throw new AssertionError(message);
    }
  }

  private static void equal(Object seen, Object expected) {
    check(Objects.equals(seen, expected), seen + " is not " + expected);
  }

  private long submit(String jobType, Map<String, Object> input) throws ApiException {
    JobCreate job = new JobCreate().jobTypeId(jobTypes.getJobType(jobType, "1.0.0").getId()).input(input);
    return jobs.createJob(job, null).getId();
  }

  /** Waits until the job has one of the statuses. */
  private JobDetails await(long id, JobStatus... statuses) throws Exception {
    for (int look = 0; look < 600; look++) {
      JobDetails job = jobs.getJob(id);
      if (Arrays.asList(statuses).contains(job.getStatus())) {
        return job;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("job " + id + " is not " + Arrays.toString(statuses));
  }

  /** Not by FilesApi: it would send the path of the file instead of what is in it. */
  private long upload(String name, String content) throws Exception {
    URI place = URI.create(client.getBaseUri() + "/v6/files/upload/?media_type=text/plain&file_name=" + name);
    HttpRequest request = HttpRequest.newBuilder(place).POST(HttpRequest.BodyPublishers.ofString(content)).build();
    HttpResponse<String> answer = client.getHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    equal(answer.statusCode(), 201);
    return client.getObjectMapper().readValue(answer.body(), FileDetails.class).getId();
  }

  private void runAJob() throws Exception {
    long text = upload("hamlet.txt", "to be or not to be");
    long id = submit("word-count", Map.of("files", Map.of("TEXT", List.of(text))));
    JobDetails job = await(id, JobStatus.COMPLETED, JobStatus.FAILED);
    equal(job.getStatus(), JobStatus.COMPLETED);
    equal(job.getOutput().getJson(), Map.of("TOTAL_WORDS", 6, "DISTINCT_WORDS", 4));
    check(job.getNode() != null, "it ran nowhere");
    equal(job.getError(), null);
    check(job.getStarted().isBefore(job.getEnded()), "it ended before it started");
    seeItsExecution(id);
  }

  private void seeItsExecution(long job) throws ApiException {
    var completed = APIListJobExecutionsRequest.newBuilder().jobId(job).status(List.of("COMPLETED")).build();
    var page = jobs.listJobExecutions(completed).getResults();
    equal(page.stream().map(execution -> execution.getExeNum()).toList(), List.of(1L));
    var whole = APIGetExecutionLogRequest.newBuilder().executionId(page.get(0).getId()).logId(LogId.STDOUT).build();
    var log = logs.getExecutionLog(whole);
    equal(log.get(log.size() - 1).getMessage(), "wrote report.csv with the 4 most frequent words");
  }

  private void listSome() throws ApiException {
    var some = APIListJobsRequest.newBuilder().status(List.of("PENDING", "RUNNING")).jobTypeName(List.of("bare"))
        .isSuperseded(false).started("2026-01-01T00:00:00Z").order(List.of("-id")).build();
    var page = jobs.listJobs(some).getResults();
    equal(page.stream().map(job -> job.getId()).toList(), List.of(1003L, 1001L));
    equal(page.stream().map(job -> job.getStatus()).toList(), List.of(JobStatus.RUNNING, JobStatus.PENDING));
  }

  /** Job 1001 leaves out all that a job can, job 1002 nothing. */
  private void readNulls() throws ApiException {
    JobDetails bare = jobs.getJob(1001L);
    JobDetails full = jobs.getJob(1002L);
    Stream<Object> absent = Stream.of(bare.getEvent(), bare.getRecipe(), bare.getBatch(), bare.getNode(), bare.getError(),
        bare.getStarted(), bare.getEnded(), bare.getSupersededByJob(), bare.getExecution());
    check(absent.allMatch(Objects::isNull), "not bare");
    Stream<Object> there = Stream.of(full.getEvent(), full.getRecipe(), full.getBatch(), full.getNode(), full.getError(),
        full.getStarted(), full.getEnded(), full.getSupersededByJob(), full.getExecution());
    check(there.allMatch(Objects::nonNull), "not full");
    equal(full.getError().getName(), "bad-table");
    equal(full.getError().getCategory(), ErrorCategory.DATA);
    var running = jobs.getJobExecution(1003L, 1L);
    Stream<Object> later = Stream.of(running.getEnded(), running.getNode(), running.getError(), running.getOutput());
    check(later.allMatch(Objects::isNull), "not running");
  }

  private void cancelAndRequeue() throws Exception {
    long id = submit("countdown", Map.of("json", Map.of("SECONDS", 25)));
    await(id, JobStatus.RUNNING);
    var answer = jobs.cancelJobsWithHttpInfo(new CancelJobs().jobIds(List.of(id)));
    equal(answer.getStatusCode(), 202);
    check(answer.getHeaders().get("location").get(0).contains("/v6/bulk-operations/"), "no Location");
    equal(await(id, JobStatus.CANCELED).getNumExes(), 1L);
    jobs.requeueJobs(new RequeueJobs().jobIds(List.of(id)));
    equal(await(id, JobStatus.RUNNING).getNumExes(), 2L);
    jobs.cancelJobs(new CancelJobs().jobIds(List.of(id)));
    await(id, JobStatus.CANCELED);
  }

  private interface Call {
    void run() throws ApiException;
  }

  /** What the service says of an error. */
  private String detail(int status, Call call) throws IOException {
    try {
      call.run();
    } catch (ApiException refusal) {
      equal(refusal.getCode(), status);
      return client.getObjectMapper().readValue(refusal.getResponseBody(), Problem.class).getDetail();
    }
    throw new AssertionError("no error");
  }

  private void readErrors() throws IOException {
    check(detail(400, () -> submit("word-count", Map.of())).contains("TEXT"), "it does not name the input");
    check(detail(404, () -> jobs.getJob(999_999_999L)).contains("999999999"), "it does not name the job");
  }

  private void runOneAfterAnother() throws Exception {
    long first = submit("countdown", Map.of("json", Map.of("SECONDS", 0)));
    long kind = jobTypes.getJobType("countdown", "1.0.0").getId();
    var labels = Map.of("made-by", "java");
    var job = new JobCreate().jobTypeId(kind).input(Map.of("json", Map.of("SECONDS", 0))).after(List.of(first)).labels(labels);
    long second = jobs.createJob(job, null).getId();
    equal(await(second, JobStatus.COMPLETED, JobStatus.FAILED).getLabels(), labels);
    var labeled = APIListJobsRequest.newBuilder().label(List.of("made-by:java")).jobId(List.of(first, second)).build();
    equal(jobs.listJobs(labeled).getResults().stream().map(listed -> listed.getId()).toList(), List.of(second));
    var types = events.listJobEvents(second, null, null).getResults().stream().map(event -> event.getType()).toList();
    check(types.contains("job.started"), "it did not start");
    equal(types.get(types.size() - 1), "job.completed");
    var both = APIGetJobStatsRequest.newBuilder().groupBy(List.of("status")).jobId(List.of(first, second)).build();
    var groups = jobs.getJobStats(both).getResults();
    equal(groups.stream().map(group -> List.of(group.getStatus(), group.getCount())).toList(),
        List.of(List.of(JobStatus.COMPLETED, 2L)));
    keep(second);
  }

  private void keep(long job) throws ApiException, IOException {
    equal(retention.holdJob(job, new JobHoldChange().reason("an example")).getReason(), "an example");
    retention.releaseJob(job);
    check(detail(404, () -> retention.getJobHold(job)).contains(Long.toString(job)), "it does not name the job");
    equal(retention.previewPurge().getJobs(), 0L);
  }

  private void makeRules() throws ApiException {
    var hook = events.createWebhook(new WebhookCreate().url("https://hooks.example.org/java").types(List.of("job.failed")));
    equal(events.getWebhook(hook.getId()).getTypes(), List.of("job.failed"));
    events.deleteWebhook(hook.getId());
    var rules = new RetryPolicySet().addRulesItem(new RetryRule().causes(List.of(Cause.OOM)).maxTries(5L));
    equal(policies.setRetryPolicy("java", rules).getVersion(), 1L);
    equal(policies.getRetryPolicy("java").getRules().get(0).getCauses(), List.of(Cause.OOM));
    var simulation = policies.simulateRetryPolicy("java", new SimulatePolicy().limit(100L));
    equal(List.of(simulation.getPolicy(), simulation.getVersion()), List.of("java", 1L));
    policies.deleteRetryPolicy("java", null);
  }
}

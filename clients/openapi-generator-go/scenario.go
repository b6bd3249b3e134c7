// The scenario of docs/clients.md, with the package that openapi-generator makes for Go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"scenario/jobsvc"
)

var (
	ctx = context.Background()
	api = connect(os.Getenv("JOBSVC_URL"))
)

func connect(url string) *jobsvc.APIClient {
	configuration := jobsvc.NewConfiguration()
	configuration.Servers = jobsvc.ServerConfigurations{{URL: url}}
	return jobsvc.NewAPIClient(configuration)
}

func must[T any](answer T, _ *http.Response, err error) T {
	check(err == nil, "%v", err)
	return answer
}

func check(is bool, message string, about ...any) {
	if !is {
		panic(fmt.Sprintf(message, about...))
	}
}

func equal(found any, expected any) {
	check(reflect.DeepEqual(found, expected), "%v is not %v", found, expected)
}

func newJob(jobType string, input map[string]any) jobsvc.ApiCreateJobRequest {
	kind := must(api.JobTypesAPI.GetJobType(ctx, jobType, "1.0.0").Execute())
	job := jobsvc.NewJobCreate(kind.Id)
	job.Input = input
	return api.JobsAPI.CreateJob(ctx).JobCreate(*job)
}

func details(id int64) *jobsvc.JobDetails {
	return must(api.JobsAPI.GetJob(ctx, id).Execute())
}

// Waits until the job has one of the statuses.
func wait(id int64, statuses ...jobsvc.JobStatus) *jobsvc.JobDetails {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		job := details(id)
		for _, status := range statuses {
			if job.Status == status {
				return job
			}
		}
	}
	panic(fmt.Sprintf("job %d is not %v", id, statuses))
}

func upload(name string, content string) int64 {
	file, err := os.CreateTemp("", name)
	check(err == nil, "%v", err)
	defer os.Remove(file.Name())
	file.WriteString(content)
	file.Seek(0, 0)
	return must(api.FilesAPI.UploadFile(ctx).FileName(name).MediaType("text/plain").Body(file).Execute()).Id
}

func runAJob() {
	file := upload("hamlet.txt", "to be or not to be")
	input := map[string]any{"files": map[string]any{"TEXT": []int64{file}}}
	id := must(newJob("word-count", input).Execute()).Id
	job := wait(id, jobsvc.JOBSTATUS_COMPLETED, jobsvc.JOBSTATUS_FAILED)
	equal(job.Status, jobsvc.JOBSTATUS_COMPLETED)
	equal(job.Output.Json, map[string]any{"TOTAL_WORDS": 6.0, "DISTINCT_WORDS": 4.0})
	check(job.Node.Get() != nil, "it ran nowhere")
	check(job.Error.Get() == nil, "it has an error")
	check(job.Started.Get().Before(*job.Ended.Get()), "it ended before it started")
	seeItsExecution(id)
}

func seeItsExecution(job int64) {
	page := must(api.JobsAPI.ListJobExecutions(ctx, job).Status([]string{"COMPLETED"}).Execute())
	equal(len(page.Results), 1)
	equal(page.Results[0].ExeNum, int64(1))
	log := must(api.LogsAPI.GetExecutionLog(ctx, page.Results[0].Id, jobsvc.LOGID_STDOUT).Execute())
	equal(log[len(log)-1].Message, "wrote report.csv with the 4 most frequent words")
}

func listSome() {
	page := must(api.JobsAPI.ListJobs(ctx).
		Status([]string{"PENDING", "RUNNING"}).
		JobTypeName([]string{"bare"}).
		IsSuperseded(false).
		Started("2026-01-01T00:00:00Z").
		Order([]string{"-id"}).
		Execute())
	equal(len(page.Results), 2)
	equal([]any{page.Results[0].Id, page.Results[0].Status}, []any{int64(1003), jobsvc.JOBSTATUS_RUNNING})
	equal([]any{page.Results[1].Id, page.Results[1].Status}, []any{int64(1001), jobsvc.JOBSTATUS_PENDING})
}

// The members of a job as JSON.
func members(job *jobsvc.JobDetails) (members map[string]any) {
	text, err := json.Marshal(job)
	check(err == nil && json.Unmarshal(text, &members) == nil, "%v", err)
	return members
}

// Job 1001 leaves out all that a job can, job 1002 nothing.
func readNulls() {
	bare, full := details(1001), details(1002)
	check(bare.Event.Get() == nil && bare.Recipe.Get() == nil && bare.Batch.Get() == nil && bare.Node.Get() == nil, "not bare")
	check(bare.Error.Get() == nil && bare.Started.Get() == nil && bare.Execution.Get() == nil, "not bare")
	for name, value := range members(bare) {
		check(value != nil || members(full)[name] != nil, "no job has %s", name)
	}
	equal(full.Error.Get().Name, "bad-table")
	equal(full.Error.Get().Category, jobsvc.ERRORCATEGORY_DATA)
	running := must(api.JobsAPI.GetJobExecution(ctx, 1003, 1).Execute())
	check(running.Ended.Get() == nil && running.Node.Get() == nil && running.Error.Get() == nil, "not running")
	check(running.Output == nil, "it has an output")
}

func cancelAndRequeue() {
	id := must(newJob("countdown", map[string]any{"json": map[string]any{"SECONDS": 25}}).Execute()).Id
	wait(id, jobsvc.JOBSTATUS_RUNNING)
	_, answer, err := api.JobsAPI.CancelJobs(ctx).CancelJobs(jobsvc.CancelJobs{JobIds: []int64{id}}).Execute()
	check(err == nil && answer.StatusCode == http.StatusAccepted, "%v", err)
	check(strings.Contains(answer.Header.Get("Location"), "/v6/bulk-operations/"), "no Location")
	equal(wait(id, jobsvc.JOBSTATUS_CANCELED).NumExes, int64(1))
	must(api.JobsAPI.RequeueJobs(ctx).RequeueJobs(jobsvc.RequeueJobs{JobIds: []int64{id}}).Execute())
	equal(wait(id, jobsvc.JOBSTATUS_RUNNING).NumExes, int64(2))
	must(api.JobsAPI.CancelJobs(ctx).CancelJobs(jobsvc.CancelJobs{JobIds: []int64{id}}).Execute())
	wait(id, jobsvc.JOBSTATUS_CANCELED)
}

// What the service says of an error.
func detail(err error) string {
	var refusal *jobsvc.GenericOpenAPIError
	check(errors.As(err, &refusal), "no refusal: %v", err)
	return refusal.Model().(jobsvc.Problem).Detail
}

func readErrors() {
	_, answer, err := newJob("word-count", map[string]any{}).Execute()
	equal(answer.StatusCode, 400)
	check(strings.Contains(detail(err), "TEXT"), "%s", detail(err))
	_, answer, err = api.JobsAPI.GetJob(ctx, 999_999_999).Execute()
	equal(answer.StatusCode, 404)
	check(strings.Contains(detail(err), "999999999"), "%s", detail(err))
}

func runOneAfterAnother() {
	nothing := map[string]any{"json": map[string]any{"SECONDS": 0}}
	first := must(newJob("countdown", nothing).Execute()).Id
	job := jobsvc.NewJobCreate(must(api.JobTypesAPI.GetJobType(ctx, "countdown", "1.0.0").Execute()).Id)
	job.Input, job.After, job.Labels = nothing, []int64{first}, map[string]string{"made-by": "go"}
	second := must(api.JobsAPI.CreateJob(ctx).JobCreate(*job).Execute()).Id
	equal(wait(second, jobsvc.JOBSTATUS_COMPLETED, jobsvc.JOBSTATUS_FAILED).Labels, job.Labels)
	both := []int64{first, second}
	page := must(api.JobsAPI.ListJobs(ctx).Label([]string{"made-by:go"}).JobId(both).Execute())
	equal(len(page.Results), 1)
	equal(page.Results[0].Id, second)
	var types []string
	for _, event := range must(api.EventsAPI.ListJobEvents(ctx, second).Execute()).Results {
		types = append(types, event.Type)
	}
	check(slices.Contains(types, "job.started"), "it did not start")
	equal(types[len(types)-1], "job.completed")
	groups := must(api.JobsAPI.GetJobStats(ctx).GroupBy([]string{"status"}).JobId(both).Execute()).Results
	equal(len(groups), 1)
	equal(groups[0].GetStatus(), jobsvc.JOBSTATUS_COMPLETED)
	equal(groups[0].Count, int64(2))
	keep(second)
}

func keep(job int64) {
	change := jobsvc.NewJobHoldChange()
	change.SetReason("an example")
	equal(*must(api.RetentionAPI.HoldJob(ctx, job).JobHoldChange(*change).Execute()).Reason.Get(), "an example")
	_, err := api.RetentionAPI.ReleaseJob(ctx, job).Execute()
	check(err == nil, "%v", err)
	_, answer, _ := api.RetentionAPI.GetJobHold(ctx, job).Execute()
	equal(answer.StatusCode, 404)
	equal(must(api.RetentionAPI.PreviewPurge(ctx).Execute()).Jobs, int64(0))
}

func makeRules() {
	asked := jobsvc.NewWebhookCreate("https://hooks.example.org/go")
	asked.Types = []string{"job.failed"}
	hook := must(api.EventsAPI.CreateWebhook(ctx).WebhookCreate(*asked).Execute())
	equal(must(api.EventsAPI.GetWebhook(ctx, hook.Id).Execute()).Types, asked.Types)
	_, err := api.EventsAPI.DeleteWebhook(ctx, hook.Id).Execute()
	check(err == nil, "%v", err)
	rule := jobsvc.RetryRule{Causes: []jobsvc.Cause{jobsvc.CAUSE_OOM}}
	rule.SetMaxTries(5)
	rules := *jobsvc.NewRetryPolicySet([]jobsvc.RetryRule{rule})
	equal(must(api.RetryPoliciesAPI.SetRetryPolicy(ctx, "go").RetryPolicySet(rules).Execute()).Version, int64(1))
	equal(must(api.RetryPoliciesAPI.GetRetryPolicy(ctx, "go").Execute()).Rules[0].Causes, rule.Causes)
	simulation := must(api.RetryPoliciesAPI.SimulateRetryPolicy(ctx, "go").SimulatePolicy(*jobsvc.NewSimulatePolicy()).Execute())
	equal([]any{*simulation.Policy.Get(), *simulation.Version.Get()}, []any{"go", int64(1)})
	_, err = api.RetryPoliciesAPI.DeleteRetryPolicy(ctx, "go").Execute()
	check(err == nil, "%v", err)
}

func main() {
	runAJob()
	listSome()
	readNulls()
	cancelAndRequeue()
	readErrors()
	runOneAfterAnother()
	makeRules()
}

"""Examples of jobs, executions and logs (docs/spec/services/README.md#v6)."""

from typing import Any

from jobsvc.api.v6.examples.common import (
    BATCH,
    CONFIGURATION,
    CREATED,
    ENDED,
    EVENT,
    JOB_TYPE,
    MANIFEST,
    MODIFIED,
    NODE,
    QUEUED,
    RECIPE,
    RESOURCES,
    SOURCE,
    STARTED,
    page,
)
from jobsvc.api.v6.examples.files import FILE

Json = dict[str, Any]

JOB: Json = {
    "id": 3,
    "job_type": JOB_TYPE,
    "job_type_rev": {"id": 5, "job_type": {"id": 1}, "revision_num": 1},
    "event": EVENT,
    "ingest_event": None,
    "recipe": RECIPE,
    "batch": BATCH,
    "is_superseded": False,
    "superseded_job": None,
    "status": "COMPLETED",
    "node": NODE,
    "error": None,
    "max_tries": 3,
    "num_exes": 1,
    "input_file_size": 64.0,
    "input_files": {"INPUT_FILE": ["my-file.file"]},
    **SOURCE,
    "created": CREATED,
    "queued": QUEUED,
    "started": STARTED,
    "ended": ENDED,
    "last_status_change": "2015-08-28T17:58:45.906000Z",
    "superseded": None,
    "last_modified": MODIFIED,
}
EXECUTION: Json = {
    "id": 3,
    "status": "COMPLETED",
    "exe_num": 1,
    "cluster_id": "scale_job_1234_263x0",
    "created": "2015-08-28T17:57:41.033000Z",
    "queued": "2015-08-28T17:57:41.010000Z",
    "started": "2015-08-28T17:57:44.494000Z",
    "ended": "2015-08-28T17:57:45.906000Z",
    "job": {"id": 3},
    "node": {"id": 1, "hostname": "machine.com"},
    "error": None,
    "job_type": JOB_TYPE,
    "timeout": 1800,
    "input_file_size": 10.0,
    "last_modified": "2015-08-28T17:57:45.992000Z",
}
EXECUTION_DETAILS: Json = {
    **EXECUTION,
    "task_results": None,
    "resources": RESOURCES,
    "configuration": {"tasks": []},
    "output": {
        "version": "7",
        "files": {"output_file": [3]},
        "json": {},
        "output_data": [{"name": "output_file", "file_id": 3}],
    },
}
JOB_DETAILS: Json = {
    **JOB,
    "job_type_rev": {
        "id": 5,
        "job_type": {**JOB_TYPE, "num_versions": 1, "latest_version": "1.0.0"},
        "revision_num": 1,
        "docker_image": "scale-ingest-1.0.0-seed:1.0.0",
        "created": CREATED,
        "manifest": MANIFEST,
    },
    "superseded_by_job": None,
    "resources": RESOURCES,
    "execution": EXECUTION_DETAILS,
    "input": {
        "files": {"input_a": [1234], "input_b": [1235, 1236]},
        "json": {"input_c": 999, "input_d": {"greeting": "hello"}},
    },
    "output": {"files": {"output_a": [456]}, "json": {"output_b": "success"}},
    "configuration": CONFIGURATION,
    "pending": {"reasons": [], "place": None, "estimate": None},
    "labels": {"project": "survey"},
    "retry": {
        "is_expected": False,
        "reason": "It is completed.",
        "at": None,
        "tries_left": 2,
        "policy": None,
        "rule": None,
    },
    "after": [],
}
QUEUED_JOB: Json = {
    **JOB_DETAILS,
    "id": 1,
    "event": {"id": 1, "type": "USER", "occurred": "2018-11-01T13:30:22.522060Z"},
    "recipe": None,
    "batch": None,
    "status": "QUEUED",
    "node": None,
    "num_exes": 0,
    "input_file_size": 1.0,
    "input_files": {"input_a": ["my-file.file"]},
    **dict.fromkeys(SOURCE),
    "created": "2018-11-01T13:30:22.530638Z",
    "queued": "2018-11-01T13:30:22.593052Z",
    "started": None,
    "ended": None,
    "last_status_change": "2018-11-01T13:30:22.593052Z",
    "last_modified": "2018-11-01T13:30:23.026289Z",
    "execution": None,
    "input": {"files": {"input_a": [1]}, "json": {}},
    "output": {"files": {}, "json": {}},
    "pending": {
        "reasons": [{"name": "job-type-paused", "description": "The job type is paused.", "since": "2018-11-01T12:00:00Z"}],
        "place": {"number": 12, "is_exact": True},
        "estimate": {
            "runs": 200,
            "start_p50": "2018-11-01T13:31:00Z",
            "start_p95": "2018-11-01T13:52:30Z",
            "run_seconds_p50": 61.5,
            "run_seconds_p95": 240.0,
        },
    },
    "retry": {
        "is_expected": None,
        "reason": "If it fails with an error that is tried again.",
        "at": None,
        "tries_left": 2,
        "policy": None,
        "rule": None,
    },
    "after": [],
}
LOG_RECORD: Json = {
    "message": "<log from job execution>",
    "@timestamp": "2015-08-28T17:57:41.033000Z",
    "scale_order_num": 1,
    "scale_task": 123,
    "scale_job_exe": "scale_job_1234_263x0",
    "scale_node": "machine.com",
    "stream": "stdout",
}
MATCHING_LINE: Json = {
    **LOG_RECORD,
    "scale_job_id": 3,
    "scale_job_exe_num": 1,
    "scale_job_type": "scale-ingest",
    "scale_job_version": "1.0.0",
}
NEW_JOB: Json = {"job_type_id": 1, "input": {"files": {"input_a": [1]}, "json": {}}, "configuration": {"priority": 50}}

EXAMPLES: dict[str, Json] = {
    "list_jobs": {"200": page(JOB)},
    "create_job": {"request": NEW_JOB, "201": QUEUED_JOB},
    "create_jobs": {
        "request": {"jobs": [NEW_JOB, {"job_type_id": 99}], "mode": "each"},
        "200": {
            "created": 1,
            "refused": 1,
            "results": [
                {"index": 0, "id": 1, "error": None},
                {"index": 1, "id": None, "error": {"status": 404, "detail": "Job type 99 does not exist."}},
            ],
        },
    },
    "get_job": {"200": JOB_DETAILS},
    "update_job": {
        "request": {"priority": 5, "not_before": "2018-11-01T22:00:00Z", "labels": {"project": "survey", "draft": None}},
        "200": QUEUED_JOB,
    },
    "create_job_by_other_path": {"request": NEW_JOB, "201": QUEUED_JOB},
    "get_job_by_other_path": {"200": JOB_DETAILS},
    "list_job_input_files": {"200": page(FILE)},
    "list_job_executions": {"200": page(EXECUTION)},
    "get_job_execution": {"200": EXECUTION_DETAILS},
    "get_execution_log": {"200": [LOG_RECORD]},
    "search_logs": {"200": {"results": [MATCHING_LINE], "next": None}},
}

"""Examples of cancel and requeue requests (docs/spec/services/README.md#v6), and of what they start."""

from typing import Any

from jobsvc.api.v6.examples.common import JOB_TYPE, page
from jobsvc.api.v6.examples.jobs import JOB

Json = dict[str, Any]

FAILED_JOB: Json = {**JOB, "id": 101, "status": "FAILED"}
SELECTION: Json = {
    "started": "2016-01-01T00:00:00Z",
    "ended": "2016-01-02T00:00:00Z",
    "status": "FAILED",
    "job_ids": [101, 102, 103],
    "job_type_ids": [1, 2, 3],
    "job_types": [{"name": "my-job-type", "version": "1.0.0"}],
    "job_type_names": ["test-job-type"],
    "batch_ids": [201, 202, 203],
    "recipe_ids": [301, 302, 303],
    "error_categories": ["SYSTEM"],
    "error_ids": [11, 22, 33],
    "is_superseded": True,
}
PREVIEW: Json = {
    "matched": 3,
    "eligible": 2,
    "by_status": {"FAILED": 2, "COMPLETED": 1},
    "by_job_type": [{"job_type": JOB_TYPE, "count": 3}],
    "sample": [FAILED_JOB],
}
OPERATION: Json = {
    "id": 7,
    "kind": "REQUEUE",
    "state": "RUNNING",
    "filter": {"statuses": ["FAILED"], "job_type_names": ["test-job-type"]},
    "priority": 101,
    "requested_by": "jane",
    "created": "2016-01-02T00:00:00.125000Z",
    "started": "2016-01-02T00:00:00.250000Z",
    "ended": None,
    "matched": 5000,
    "processed": 2000,
    "done": 1990,
    "not_eligible": 8,
    "conflict": 2,
    "error": 0,
    "rate": 1000.0,
    "expected_end": "2016-01-02T00:00:05.250000Z",
}
STOPPED: Json = {**OPERATION, "state": "STOPPED", "ended": "2016-01-02T00:00:02.250000Z", "expected_end": None}

EXAMPLES: dict[str, Json] = {
    "cancel_jobs": {"request": SELECTION, "200": PREVIEW},
    "requeue_jobs": {"request": {**SELECTION, "priority": 101}, "200": PREVIEW},
    "list_bulk_operations": {"200": page(OPERATION)},
    "get_bulk_operation": {"200": OPERATION},
    "stop_bulk_operation": {"200": STOPPED},
}

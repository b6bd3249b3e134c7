"""Examples of what is queued (docs/spec/behaviour/cancel-and-requeue.md#requeue and docs/spec/behaviour/siblings.md)."""

from jobsvc.api.v3.examples.job_details import JOB_DETAILS, QUEUED_JOB
from jobsvc.api.v3.examples.jobs import JOB, page

EXAMPLES = {
    "queue_new_job": {"request": {"job_type_id": 8, "job_data": JOB_DETAILS["data"]}, "201": QUEUED_JOB},
    "requeue_jobs": {
        "request": {"status": "FAILED", "job_type_names": ["scale-ingest"], "error_categories": ["SYSTEM"], "priority": 5},
        "200": page({**JOB, "status": "QUEUED", "num_exes": 2, "started": None, "ended": None}),
    },
}

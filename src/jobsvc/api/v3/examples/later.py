"""Examples of what later releases added, and of job types."""

from typing import Any

from jobsvc.api.v3.examples.executions import EXECUTION, EXECUTION_DETAILS
from jobsvc.api.v3.examples.job_details import JOB_DETAILS, JOB_TYPE
from jobsvc.api.v3.examples.jobs import FILE, page

COUNT = {"status": "COMPLETED", "count": 3, "most_recent": "2015-08-28T18:00:00Z", "category": None}
DETAILS: dict[str, Any] = {
    **JOB_TYPE,
    "interface": JOB_DETAILS["job_type_rev"]["interface"],
    "error_mapping": {"version": "1.0", "exit_codes": {"1": "bad-input"}},
    "errors": [],
    "trigger_rule": None,
    "job_counts_6h": [],
    "job_counts_12h": [COUNT],
    "job_counts_24h": [COUNT],
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "cancel_jobs": {"request": {"status": "RUNNING", "job_type_ids": [8]}},
    "requeue_jobs_later": {"request": {"status": "FAILED", "error_categories": ["SYSTEM"], "priority": 5}},
    "list_executions_of_job": {"200": page(EXECUTION)},
    "get_execution_of_job": {"200": EXECUTION_DETAILS},
    "list_input_files_of_job": {"200": page(FILE)},
    "list_job_types": {"200": page(JOB_TYPE)},
    "get_job_type": {"200": DETAILS},
}

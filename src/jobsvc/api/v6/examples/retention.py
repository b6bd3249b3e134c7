"""Examples of retention, holds and purges."""

from typing import Any

from jobsvc.api.v6.examples.common import CREATED, JOB_TYPE

Json = dict[str, Any]

POLICY: Json = {"job_days": 30, "failed_job_days": None, "product_days": 90, "log_days": None, "is_held": False}
RETENTION: Json = {**POLICY, "effective": {"job_days": 30, "failed_job_days": 30, "product_days": 90, "log_days": 90}}
HELD: Json = {"job_id": 3, "reason": "Looked into by the team.", "held_by": "jane", "created": CREATED}
NUMBERS: Json = {"jobs": 1200, "executions": 1250, "files": 0, "log_lines": 48000}
PREVIEW: Json = {**NUMBERS, "is_cut": False, "by_job_type": [{"job_type": JOB_TYPE, **NUMBERS}]}

EXAMPLES: dict[str, Json] = {
    "get_job_type_retention": {"200": RETENTION},
    "set_job_type_retention": {"request": POLICY, "200": RETENTION},
    "get_job_hold": {"200": HELD},
    "hold_job": {"request": {"reason": "Looked into by the team."}, "200": HELD},
    "preview_purge": {"200": PREVIEW},
    "purge_jobs": {"request": {"job_types": [{"name": "my-job-type", "version": "1.0.0"}], "dry_run": True}, "200": PREVIEW},
}

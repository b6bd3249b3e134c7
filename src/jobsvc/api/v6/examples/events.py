"""Examples of events."""

from typing import Any

Json = dict[str, Any]

EVENT: Json = {
    "id": 41217,
    "time": "2026-03-01T12:00:04.250000Z",
    "type": "job.failed",
    "job_id": 12,
    "job_type": {"id": 1, "name": "word-count", "version": "1.0.0"},
    "batch_id": None,
    "recipe_id": None,
    "execution_id": None,
    "exe_num": 3,
    "bulk_operation_id": None,
    "node_id": 1,
    "worker_id": None,
    "actor": None,
    "data": {"status": "FAILED", "status_before": "RUNNING", "error": "bad-input"},
}
PAGE: Json = {"results": [EVENT], "next": 41217, "last": 41217}
EXAMPLES: dict[str, Json] = {"list_events": {"200": PAGE}, "list_job_events": {"200": PAGE}}

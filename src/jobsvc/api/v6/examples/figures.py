"""Examples of figures."""

from typing import Any

Json = dict[str, Any]

GROUP: Json = {
    "count": 412,
    "oldest_queued": "2026-03-01T11:58:20.104000Z",
    "status": "QUEUED",
    "job_type_id": None,
    "job_type_name": "word-count",
    "job_type_version": None,
    "error_id": None,
    "error_name": None,
    "error_category": None,
    "is_superseded": None,
    "executions": 100,
    "waiting": {"p50": 4.1, "p95": 31.8},
    "running": {"p50": 12.6, "p95": 20.4},
}
BAR: Json = {
    "started": "2026-03-01T11:00:00Z",
    "ended": "2026-03-01T11:59:59.999999Z",
    "count": 87,
    "counts": {"COMPLETED": 85, "FAILED": 2},
}
EXAMPLES: dict[str, Json] = {
    "get_job_stats": {"200": {"count": 1, "next": None, "previous": None, "results": [GROUP]}},
    "get_job_histogram": {"200": {"interval": "hour", "split": "status", "results": [BAR]}},
}

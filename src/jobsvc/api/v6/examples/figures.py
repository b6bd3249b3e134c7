"""Examples of figures."""

from typing import Any

from jobsvc.api.v6.examples.common import JOB_TYPE

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
    "executions": 50,
    "waiting": {"p50": 4.1, "p95": 31.8},
    "running": {"p50": 12.6, "p95": 20.4},
}
BAR: Json = {
    "started": "2026-03-01T11:00:00Z",
    "ended": "2026-03-01T11:59:59.999999Z",
    "count": 87,
    "counts": {"COMPLETED": 85, "FAILED": 2},
}
COLUMN: Json = {
    "name": "completed_count",
    "title": "Completed Count",
    "description": "Jobs that completed.",
    "units": "count",
    "group": "overview",
    "aggregate": "sum",
}
METRICS: Json = {
    "name": "job-types",
    "title": "Job Types",
    "description": "Numbers of jobs and times of executions by job type and day.",
    "filters": [{"param": "name", "type": "string"}],
    "groups": [{"name": "overview", "title": "Overview", "description": "What became of jobs."}],
    "columns": [COLUMN],
}
PLOT: Json = {
    "column": COLUMN,
    "min_x": "2026-03-01",
    "max_x": "2026-03-02",
    "min_y": 85,
    "max_y": 140,
    "values": [{"id": None, "date": "2026-03-01", "value": 85}, {"id": None, "date": "2026-03-02", "value": 140}],
}
EXAMPLES: dict[str, Json] = {
    "get_job_stats": {"200": {"count": 1, "next": None, "previous": None, "results": [GROUP]}},
    "get_job_histogram": {"200": {"interval": "hour", "split": "status", "results": [BAR]}},
    "list_metrics": {"200": {"count": 1, "next": None, "previous": None, "results": [METRICS]}},
    "get_metrics": {"200": {**METRICS, "choices": [JOB_TYPE]}},
    "get_plot_data": {"200": {"count": 1, "next": None, "previous": None, "results": [PLOT]}},
}

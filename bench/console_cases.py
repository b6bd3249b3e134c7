"""Pages of the console whose cost is measured: each one that there is, and the lists as people look at them."""

from collections.abc import Iterator

CONSOLE = "/console/"
PAGES = {
    "overview": "",
    "overview of a month": "?started=P30D",
    "jobs, any time": "jobs/?started=",
    "failed jobs": "jobs/?started=&status=FAILED",
    "jobs by type": "jobs/?started=&group_by=job_type_name",
    "failed jobs by error": "jobs/?started=&status=FAILED&group_by=error_id",
    "20 jobs": "jobs/?started=&page_size=20",
    "a job": "jobs/1000/",
    "a log": "executions/1000/log/",
    "words in logs": "search/?q=word",
    "job types": "job-types/",
    "a job type": "job-types/type-1/1.0.0/",
    "a form for a job": "job-types/type-1/1.0.0/submit/?from=1000",
    "a form for a job type": "job-types/register/",
    "bulk operations": "bulk/",
    "a preview": "bulk/preview/?kind=requeue&status=FAILED&job_type_name=type-25",
    "errors": "errors/",
    "files": "files/",
    "a file": "files/1000/",
    "workspaces": "workspaces/",
    "workers": "nodes/",
    "policies": "policies/",
    "retention": "retention/",
    "webhooks": "webhooks/",
    "tokens": "tokens/",
    "audit": "audit/",
    "signing in": "sign-in/",
}


def console_pages() -> Iterator[tuple[str, str]]:
    """What a page is, and its path."""
    for name, path in PAGES.items():
        yield name, f"{CONSOLE}{path}"

"""Examples of tokens and of the audit."""

from typing import Any

from jobsvc.api.v6.examples.common import CREATED, page

Json = dict[str, Any]

TOKEN: Json = {
    "id": 3,
    "name": "nightly",
    "role": "submitter",
    "scopes": ["jobs:read", "jobs:submit"],
    "job_types": ["word-count"],
    "created": CREATED,
    "created_by": "jane",
    "expires": None,
    "revoked": None,
    "last_used": None,
}
ENTRY: Json = {
    "id": 81,
    "at": CREATED,
    "user": "jane",
    "source": "token",
    "operation": "cancel_jobs",
    "method": "POST",
    "path": "/v6/jobs/cancel/",
    "query": "",
    "subject": "/v6/bulk-operations/5/",
    "filter": {"job_type_names": ["word-count"], "statuses": ["QUEUED"]},
    "digest": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "status": 202,
    "request_id": "0b7c3f1e6d5f4f8a",
    "address": "192.0.2.7",
}
EXAMPLES: dict[str, Json] = {
    "list_tokens": {"200": page(TOKEN)},
    "create_token": {
        "request": {"name": "nightly", "role": "submitter", "job_types": ["word-count"]},
        "201": {**TOKEN, "token": "jobsvc_V6Jj6l0r3mB4lq1u8bVb8xqk0l4f9bT7cW2yA5nQe1s"},
    },
    "revoke_token": {"200": {**TOKEN, "revoked": CREATED}},
    "list_audit_entries": {"200": page(ENTRY)},
}

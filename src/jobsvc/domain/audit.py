"""What is written down of each change that was asked for, and of each refusal."""

from datetime import datetime
from typing import Any, NamedTuple


class AuditEntry(NamedTuple):
    """Who asked for what, and what came of it.

    Args:
        at: When it was answered.
        user: The name of the caller.
        source: How the caller was known (see `access.Source`).
        operation: The id of the operation in the OpenAPI document; null where there is none.
        method: The method of the request.
        path: The path of the request.
        query: Its query.
        subject: What was made or changed, as the path of the service.
        filter: The criteria of a cancel or requeue request.
        digest: SHA-256 of the body in hexadecimal; null without one, and for bodies of more than 10 MiB.
        status: The status of the answer.
        request_id: The id that the request came with.
        address: Where it came from.

    """

    at: datetime
    user: str
    source: str
    operation: str | None
    method: str
    path: str
    query: str
    subject: str | None
    filter: dict[str, Any] | None
    digest: str | None
    status: int
    request_id: str | None
    address: str | None


class AuditItem(NamedTuple):
    """An entry with its number."""

    id: int
    entry: AuditEntry

"""Reads the bodies of cancel and requeue requests as leniently as existing clients need it (docs/spec/decisions.md)."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from jobsvc.api import body
from jobsvc.api.context import services_of, user_of
from jobsvc.api.v6.filters import JOB_BULK
from jobsvc.api.wire import Bool, Ids, Int, Text, Texts, build, flat
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.status import BulkKind
from jobsvc.services.bulk import BulkRequest

LISTS = ("status", "job_ids", "job_type_ids", "job_type_names", "batch_ids", "recipe_ids", "error_categories", "error_ids")
SCALARS = ("started", "ended", "is_superseded", "priority", "dry_run", "expected_count")
FILTERS = {*JOB_BULK, "job_types"}
TOLERATED = {"url", "format"}
"""What existing clients add to every body or query."""


class _JobTypeName(BaseModel):
    name: Text
    version: Text


class _Members(BaseModel):
    """The members as they are read."""

    model_config = ConfigDict(extra="ignore")

    started: str | None = None
    ended: str | None = None
    status: Texts | None = None
    job_ids: Ids | None = None
    job_type_ids: Ids | None = None
    job_types: Annotated[list[_JobTypeName], BeforeValidator(flat)] | None = None
    job_type_names: Texts | None = None
    batch_ids: Ids | None = None
    recipe_ids: Ids | None = None
    error_categories: Texts | None = None
    error_ids: Ids | None = None
    is_superseded: Bool | None = None
    priority: Annotated[Int, Field(ge=1, le=2**31 - 1)] | None = None
    dry_run: Bool = False
    expected_count: Annotated[Int, Field(ge=0)] | None = None


@dataclass(frozen=True)
class BulkCommand:
    """What was asked for, and whether it is only to be previewed."""

    request: BulkRequest
    is_dry_run: bool


async def parse_bulk_request(request: Request, kind: BulkKind) -> BulkCommand:
    """The request's order; raises InvalidRequest that names the member."""
    services = services_of(request)
    raw = await body.read_members(request, lists=LISTS, scalars=SCALARS, keep_null=True, selects=FILTERS)
    known = set(_Members.model_fields) - ({"priority"} if kind is BulkKind.CANCEL else set())
    # `?job_id=3` selects in a list and nothing here.
    unread = set(request.query_params) - {*LISTS, *SCALARS}
    unknown = (set(raw) - known | unread) - TOLERATED
    if unknown and not set(raw) & FILTERS:
        # A typo must not cancel the world.
        raise InvalidRequest(f"None of these members is known: {', '.join(sorted(unknown))}.")
    members = body.validated(_Members, {name: raw[name] for name in set(raw) & known if raw[name] is not None})
    provided: dict[str, Any] = members.model_dump(exclude_none=True, include=set(JOB_BULK))
    criteria = build(JobFilter, JOB_BULK, provided, services.clock())
    job_types = [(item.name, item.version) for item in members.job_types or []]
    if services.options.bulk_require_filter and criteria.is_empty() and not job_types:
        raise InvalidRequest("At least one filter is required by this installation.")
    result = BulkRequest(kind, criteria, job_types, members.priority, members.expected_count, user_of(request))
    return BulkCommand(result, members.dry_run)

"""Many new jobs at once (docs/guide/submitting.md)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from jobsvc.api.context import principal_of, services_of, to_json
from jobsvc.api.envelope import record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.problems import by_preference
from jobsvc.api.responses import REPLAYED, responses
from jobsvc.api.shapes import shape_of
from jobsvc.api.v6.jobs import Key
from jobsvc.api.v6.schemas import job_submission as schemas
from jobsvc.domain.access import Permission
from jobsvc.services.submitting import ManyJobs

router = APIRouter(tags=["jobs"])
CREATE = responses(schemas.JobsCreated, "What became of the jobs.", 404, 413, 415, 422, headers=REPLAYED)
CREATE[200]["content"] = {schemas.NDJSON: {"schema": {"type": "string", "description": "A `JobResult` a line."}}}


@router.post("/jobs/bulk/", operation_id="create_jobs", summary="Queue New Jobs", responses=CREATE)
@requires(Permission.JOBS_SUBMIT, Reach.NARROWED)
async def create_jobs(
    request: Request,
    new: Annotated[schemas.JobsCreate, Depends(schemas.JobsCreate.read)],
    mode: Annotated[schemas.SubmitMode | None, Query(description=f"{schemas.MODE} Counts more than the body's.")] = None,
    idempotency_key: Key = None,
) -> Response:
    """Create up to 5,000 jobs and place them onto the queue. The body may be `application/x-ndjson`, too: one job a line."""
    caller, is_atomic = principal_of(request), (mode or new.mode) is schemas.SubmitMode.ATOMIC
    jobs = ManyJobs(new.new_jobs(caller), caller.name, new.body(is_atomic=is_atomic), is_atomic)
    submitted = await services_of(request).jobs.submit_many(jobs, idempotency_key)
    record = schemas.created_record(submitted)
    headers = {"Idempotent-Replayed": "true"} if submitted.is_replayed else {}
    if not _prefers_lines(request.headers.get("accept", "")):
        return record_response(request, record, headers=headers)
    shape = shape_of(schemas.JobResult)
    lines = b"".join(to_json(shape.of(result)) + b"\n" for result in record.results)
    return Response(lines, headers=headers, media_type=schemas.NDJSON)


def _prefers_lines(accept: str) -> bool:
    """Whether the first media type of `Accept` that can be had is that of lines."""
    known = (name for name in by_preference(accept) if name in schemas.LINES | {"*/*", "application/*", "application/json"})
    return next(known, "") in schemas.LINES

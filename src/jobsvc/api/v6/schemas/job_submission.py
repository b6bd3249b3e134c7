"""Many jobs in one request, and what becomes of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, Self

from fastapi import HTTPException, Request
from pydantic import Field, WithJsonSchema

from jobsvc.api.body import RequestBody, parse_json, read_bytes, require_none_announced, validated
from jobsvc.api.errors import status_of
from jobsvc.api.models import ApiModel, Source
from jobsvc.api.problems import media_range
from jobsvc.api.v6.schemas.jobs import LABELS, JobCreate, NewLabels
from jobsvc.domain.access import Principal
from jobsvc.domain.errors import InvalidRequest, JobsvcError
from jobsvc.domain.labels import Labels, parse_labels
from jobsvc.domain.limits import MAX_SUBMITTED_JOBS
from jobsvc.services.submission import NewJob
from jobsvc.services.submitting import Refused, Submitted

NDJSON = "application/x-ndjson"
LINES = frozenset({NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"})
"""What clients call JSON texts that are lines."""
TOO_LARGE = 413
MODE = "`atomic` makes all of the jobs or none, `each` those that are valid, and says of each other one why it is not."
JOBS = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/JobCreate"},
    "minItems": 1,
    "maxItems": MAX_SUBMITTED_JOBS,
}


class SubmitMode(StrEnum):
    """What becomes of valid jobs when others are not."""

    ATOMIC = "atomic"
    EACH = "each"


class JobsCreate(RequestBody):
    """The definitions of new jobs; as `application/x-ndjson` one a line, without anything around them."""

    jobs: Annotated[list[object], Field(min_length=1), WithJsonSchema(JOBS)] = Field(description="The definitions.")
    mode: SubmitMode = Field(SubmitMode.ATOMIC, description=MODE)
    labels: NewLabels | None = Field(None, description=f"{LABELS} All of the jobs have them; what a job says itself counts more.")

    @classmethod
    async def read(cls, request: Request) -> Self:
        """Read the request; a line that cannot be read is an InvalidRequest among the jobs.

        Raises:
            InvalidRequest: The text names what is wrong.
        """
        try:
            read = await cls._read_lines(request) if _has_lines(request) else await super().read(request)
        except HTTPException as exc:
            if exc.status_code == TOO_LARGE:
                raise HTTPException(TOO_LARGE, f"{exc.detail} Send the jobs in several requests.") from None
            raise
        if len(read.jobs) > MAX_SUBMITTED_JOBS:
            raise HTTPException(
                TOO_LARGE,
                f"jobs: {len(read.jobs)} jobs are too many for one request; send {MAX_SUBMITTED_JOBS} at most, and the others "
                "in further requests.",
            )
        return read

    @classmethod
    async def _read_lines(cls, request: Request) -> Self:
        body = await read_bytes(request)
        if not body.strip():
            require_none_announced(request)
        return validated(cls, {"jobs": await asyncio.to_thread(_parsed_lines, body)})

    def new_jobs(self, caller: Principal) -> list[NewJob | JobsvcError]:
        """The jobs of a caller, with what is wrong in place of those that are none.

        Raises:
            InvalidRequest: Labels of all are none.
        """
        labels = {} if self.labels is None else parse_labels(self.labels)
        jobs = [_new_job(document, caller) for document in self.jobs]
        return [_labelled(job, labels) for job in jobs] if labels else jobs

    def body(self, *, is_atomic: bool) -> Any:
        """What was asked for, however it was written."""
        texts = [item.detail if isinstance(item, JobsvcError) else item for item in self.jobs]
        return {"jobs": texts, "is_atomic": is_atomic} | ({} if self.labels is None else {"labels": self.labels})


class Refusal(ApiModel):
    """Why a job was not made."""

    status: int = Field(description="The status that a request for this job alone would be answered with.")
    detail: str = Field(description="What is wrong, where, and what to do about it.")


class JobResult(ApiModel):
    """What became of one of the jobs."""

    index: Annotated[int, Source("place")] = Field(description="Its place in the request, from 0.")
    id: int | None = Field(description="The unique identifier of the job that was made.")
    error: Refusal | None = Field(description="Why none was made.")


class JobsCreated(ApiModel):
    """What became of the jobs of a request."""

    created: int = Field(description="How many were made and queued.")
    refused: int = Field(description="How many were not made.")
    results: list[JobResult] = Field(description="What became of each, in the sequence of the request.")


class ResultRecord(NamedTuple):
    """One result, as it is shown."""

    place: int
    id: int | None
    error: "RefusalRecord | None"


class RefusalRecord(NamedTuple):
    """Why there is no job."""

    status: int
    detail: str


class CreatedRecord(NamedTuple):
    """All results."""

    created: int
    refused: int
    results: Sequence[ResultRecord]


def created_record(submitted: Submitted) -> CreatedRecord:
    """What became of jobs, as it is shown."""
    results = [_result(index, result) for index, result in enumerate(submitted.results)]
    refused = sum(item.error is not None for item in results)
    return CreatedRecord(len(results) - refused, refused, results)


def _result(index: int, result: int | Refused) -> ResultRecord:
    if isinstance(result, Refused):
        return ResultRecord(index, None, RefusalRecord(status_of(result.kind), result.detail))
    return ResultRecord(index, result, None)


def _has_lines(request: Request) -> bool:
    return media_range(request.headers.get("content-type", ""))[0] in LINES


def _parsed_lines(body: bytes) -> list[object]:
    """The documents of the lines that are not empty, with what is wrong in place of those that are none."""
    return [_parsed(line) for line in body.split(b"\n") if line.strip()]


def _parsed(line: bytes) -> object:
    try:
        return parse_json(line)
    except InvalidRequest as exc:
        return exc


def _new_job(document: object, caller: Principal) -> NewJob | JobsvcError:
    if isinstance(document, JobsvcError):
        return document
    if not isinstance(document, dict):
        return InvalidRequest("must be an object.")
    try:
        job = validated(JobCreate, {name: value for name, value in document.items() if value is not None})
    except InvalidRequest as exc:
        return exc
    return job.new_job(caller)


def _labelled(job: NewJob | JobsvcError, labels: Labels) -> NewJob | JobsvcError:
    """The job with labels of all; its own ones are checked with the job, as they came."""
    if not isinstance(job, NewJob) or not isinstance(job.labels, dict | None):
        return job
    return replace(job, labels={**labels, **(job.labels or {})})

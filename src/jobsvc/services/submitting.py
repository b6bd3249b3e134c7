"""Submitting jobs, one or many at a time: checked, stored and queued, and once only for each `Idempotency-Key`."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from jobsvc.db.database import Database, Transaction
from jobsvc.db.idempotency_keys import KnownKey
from jobsvc.domain.errors import InvalidRequest, JobsvcError, NotFound
from jobsvc.domain.iso8601 import write_timestamp
from jobsvc.domain.records import JobDetails
from jobsvc.domain.writes import RequestKey
from jobsvc.services.clock import Clock
from jobsvc.services.queued_details import queued_details
from jobsvc.services.request_keys import known_result, request_key
from jobsvc.services.submission import Draft, NewJob, Submissions

REFUSALS: Mapping[str, type[JobsvcError]] = {kind.__name__: kind for kind in (InvalidRequest, NotFound)}
"""What may be wrong with one of many jobs."""


class Refused(NamedTuple):
    """Why a job was not made: the kind of the error, and its text."""

    kind: type[JobsvcError]
    detail: str


class ManyJobs(NamedTuple):
    """Many jobs as they were asked for; with `is_atomic` all of them are made, or none.

    A problem stands for what is no job at all. `body` is what was sent, for a repeated request to be known by.
    """

    jobs: Sequence[NewJob | JobsvcError]
    user: str
    body: Any
    is_atomic: bool = True


class Submitted(NamedTuple):
    """What became of many jobs, in their sequence; `is_replayed` when an earlier request has made them."""

    results: Sequence[int | Refused]
    is_replayed: bool = False


class SubmitService:
    """Use cases around new jobs."""

    def __init__(self, database: Database, clock: Clock, submissions: Submissions) -> None:
        self._db = database
        self._clock = clock
        self._submissions = submissions

    async def one(self, new: NewJob, idempotency_key: str | None = None) -> JobDetails | int:
        """Create a job and queue it; its details, or the id of the job that an earlier request with this key has made.

        Raises:
            InvalidRequest: The text names the member.
            NotFound: For the job type.
            IdempotencyMismatch: The key came with something else before (docs/spec/services/v6-submit-job.md and
                docs/spec/behaviour/submit.md).
        """
        body = {"job_type_id": new.job_type_id, "input": new.input, "configuration": new.configuration}
        if new.not_before is not None:
            body["not_before"] = write_timestamp(new.not_before)
        if new.after_items:
            raise InvalidRequest("after_items: is for jobs of the same request (POST .../jobs/bulk/); name others in `after`.")
        if new.after:
            body["after"] = list(new.after)
        if new.labels is not None:
            body["labels"] = new.labels
        key = request_key(new.user, idempotency_key, body)
        async with self._opened([new]) as tx:
            if known := await known_result(tx, key):
                return _job_of(known)
            draft, state = await self._submissions.checked(tx, new)
            now = self._clock()
            row = await tx.submissions.store_one(draft.insert(), new.user, now, key)
            return _job_of(await _faster(tx, key)) if row is None else queued_details(draft, state, row, now)

    async def many(self, new: ManyJobs, idempotency_key: str | None = None) -> Submitted:
        """Create jobs and queue them, with one statement.

        Raises:
            InvalidRequest: With `is_atomic`; the text names the first job that is refused, and why it is.
            NotFound: With `is_atomic`; for its job type.
            IdempotencyMismatch: The key came with something else before.
        """
        key = request_key(new.user, idempotency_key, new.body, is_many=True)
        async with self._opened(new.jobs) as tx:
            if known := await known_result(tx, key):
                return Submitted(_results_of(known), is_replayed=True)
            drafts = await self._drafts(tx, new.jobs)
            _choose_siblings(drafts)
            problems = {place: problem for place, item in enumerate(drafts) if (problem := _problem(item))}
            if problems and new.is_atomic:
                raise _first_of(problems)
            good = [item for item in drafts if isinstance(item, Draft) and item.problem is None]
            ids = await self._store(tx, good, new.user, key and _with_refused(key, problems)) if good else []
            if good and not ids:
                return Submitted(_results_of(await _faster(tx, key)), is_replayed=True)
            return Submitted(_merged(ids, _refused(problems)))

    def _opened(self, jobs: Sequence[NewJob | JobsvcError]) -> AbstractAsyncContextManager[Transaction]:
        """A transaction where jobs wait for others, which are locked until these are stored; else the one statement is one."""
        has_parents = any(isinstance(item, NewJob) and item.after for item in jobs)
        return self._db.transaction() if has_parents else self._db.reading()

    async def _drafts(self, tx: Transaction, jobs: Sequence[NewJob | JobsvcError]) -> list[Draft | JobsvcError]:
        checked, _ = await self._submissions.check(tx, [item for item in jobs if isinstance(item, NewJob)])
        drafts = iter(checked)
        return [next(drafts) if isinstance(item, NewJob) else item for item in jobs]

    async def _store(self, tx: Transaction, drafts: Sequence[Draft], user: str, key: RequestKey | None) -> list[int]:
        rows = await tx.submissions.store([draft.insert(drafts) for draft in drafts], user, self._clock(), key)
        return [row.id for row in rows]


def _choose_siblings(drafts: Sequence[Draft | JobsvcError]) -> None:
    for place, draft in enumerate(drafts):
        if isinstance(draft, Draft) and draft.problem is None and draft.new.after_items:
            try:
                draft.choose_siblings(place, drafts)
            except InvalidRequest as exc:
                draft.problem = exc


async def _faster(tx: Transaction, key: RequestKey | None) -> KnownKey:
    """What another request with the key has led to, which was faster."""
    known = await known_result(tx, key)
    assert known is not None  # noqa: S101 - nothing is stored only when its key is
    return known


def _job_of(known: KnownKey) -> int:
    assert known.job_id is not None  # noqa: S101 - requests for many jobs have other digests
    return known.job_id


def _results_of(known: KnownKey) -> list[int | Refused]:
    refused = {int(place): Refused(REFUSALS[item["kind"]], item["detail"]) for place, item in (known.refused or {}).items()}
    return _merged(known.job_ids or (), refused)


def _merged(ids: Sequence[int], refused: Mapping[int, Refused]) -> list[int | Refused]:
    made = iter(ids)
    return [refused[place] if place in refused else next(made) for place in range(len(ids) + len(refused))]


def _problem(item: Draft | JobsvcError) -> JobsvcError | None:
    return item.problem if isinstance(item, Draft) else item


def _refused(problems: Mapping[int, JobsvcError]) -> dict[int, Refused]:
    return {place: Refused(type(problem), problem.detail) for place, problem in problems.items()}


def _with_refused(key: RequestKey, problems: Mapping[int, JobsvcError]) -> RequestKey:
    refused = {str(place): {"kind": type(item).__name__, "detail": item.detail} for place, item in problems.items()}
    return key._replace(refused=refused)


def _first_of(problems: Mapping[int, JobsvcError]) -> JobsvcError:
    """The first problem; its text says where it is, and what it means for the others."""
    place, problem = next(iter(problems.items()))
    others = f" {len(problems) - 1} more are refused, too." if len(problems) > 1 else ""
    problem.detail = f"jobs[{place}]: {problem.detail.rstrip('.')}.{others} No job was made."
    return problem

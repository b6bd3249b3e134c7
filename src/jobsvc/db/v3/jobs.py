"""What the older generation shows of jobs; which jobs, and in what sequence, is said by `jobs`."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, any_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import mappers
from jobsvc.db.compiled import CompiledStatement
from jobsvc.db.job_statements import IDS, as_one_text, joined
from jobsvc.db.json_rows import rendered
from jobsvc.db.queue_rules import TYPE_PRIORITY, TYPE_TIMEOUT
from jobsvc.db.row_mapper import Column, RowMapper, mapper_of
from jobsvc.db.tables import (
    EventRow,
    ExecutionRow,
    IngestEventRow,
    JobRow,
    JobTypeRow,
    QueueRow,
    TriggerRuleRow,
)
from jobsvc.db.v3.columns import LATEST, PRIORITY, SCALARS, TIMEOUT, amounts, needs_of
from jobsvc.domain.ids import storable_id
from jobsvc.domain.records import Document, ErrorRef, EventRef, JobColumns, JobTypeRef, RevisionRef
from jobsvc.domain.response_shape import ResponseShape
from jobsvc.domain.seed import read_resources
from jobsvc.domain.v3.records import (
    V3Columns,
    V3Event,
    V3Job,
    V3JobShort,
    V3JobTypeColumns,
    V3Record,
    V3Rule,
)
from jobsvc.domain.v3.resources import required, type_required

_Newer = aliased(JobRow)
_SUPERSEDED_BY = select(_Newer.id).where(_Newer.superseded_job_id == JobRow.id).correlate(JobRow).scalar_subquery()


# These two are called once a row of a list: positions are faster than keywords.
def _v3_columns(  # noqa: PLR0917
    scalars: Sequence[Any] | None,
    size: float | None,
    priority: int,
    timeout: int | None,
    root_superseded_job_id: int | None,
    superseded_by_job_id: int | None,
    delete_superseded: bool,  # noqa: FBT001
) -> V3Columns:
    amounts = required(read_resources(scalars or ()), size)
    return V3Columns(priority, timeout, *amounts, root_superseded_job_id, superseded_by_job_id, delete_superseded)


def _item(  # noqa: PLR0917
    job: JobColumns,
    job_type: JobTypeRef,
    revision: RevisionRef,
    event: EventRef | None,
    ingest_event: EventRef | None,
    error: ErrorRef | None,
    more: V3Columns,
) -> V3Job:
    return V3Job(job, job_type, revision, event or ingest_event, error, more)


def _job_type_columns(*, scalars: Sequence[Any] | None, **columns: Any) -> V3JobTypeColumns:
    amounts = type_required(read_resources(scalars or ()))
    return V3JobTypeColumns(
        cpus_required=amounts.cpus,
        mem_required=amounts.mem,
        disk_out_const_required=amounts.disk_out_const,
        disk_out_mult_required=amounts.disk_out_mult,
        **columns,
    )


def _record(*, item: V3Job, rule: V3Rule | None, event_description: Document, **parts: Any) -> V3Record:
    event = item.event
    with_rule = V3Event(event.id, event.type, rule, event.occurred, event_description) if event else None
    return V3Record(item=item, event=with_rule, **parts)


_MORE = RowMapper(
    _v3_columns,
    scalars=SCALARS,
    size=JobRow.input_file_size,
    priority=PRIORITY,
    timeout=TIMEOUT,
    root_superseded_job_id=JobRow.root_superseded_job_id,
    superseded_by_job_id=_SUPERSEDED_BY,
    delete_superseded=JobRow.delete_superseded,
)
TYPE_COLUMNS = RowMapper(
    _job_type_columns,
    scalars=SCALARS,
    uses_docker=JobTypeRow.uses_docker,
    docker_privileged=JobTypeRow.docker_privileged,
    docker_image=JobTypeRow.docker_image,
    priority=TYPE_PRIORITY,
    max_scheduled=JobTypeRow.max_scheduled,
    timeout=TYPE_TIMEOUT,
    max_tries=JobTypeRow.max_tries,
    created=JobTypeRow.created,
    archived=JobTypeRow.deprecated,
    paused=JobTypeRow.paused,
    last_modified=JobTypeRow.last_modified,
)
_SHORT = mapper_of(
    V3JobShort,
    JobRow,
    job_type=mappers.JOB_TYPE,
    revision_id=JobRow.job_type_rev_id,
    event_id=func.coalesce(JobRow.event_id, JobRow.ingest_event_id),
    priority=PRIORITY,
)
_ITEM = RowMapper(
    _item,
    job=mapper_of(JobColumns, JobRow),
    job_type=mappers.JOB_TYPE,
    revision=mappers.REVISION,
    event=mappers.EVENT.optional,
    ingest_event=mappers.INGEST_EVENT.optional,
    error=mappers.ERROR.optional,
    more=_MORE,
)
_RECORD = RowMapper(
    _record,
    item=_ITEM,
    job_type=TYPE_COLUMNS,
    revision=mappers.REVISION_DETAILS,
    rule=mapper_of(V3Rule, TriggerRuleRow).optional,
    event_description=func.coalesce(EventRow.description, IngestEventRow.description),
    error=mappers.ERROR_ITEM.optional,
    input=JobRow.input,
    output=JobRow.output,
    configuration=JobRow.configuration,
    type_configuration=JobTypeRow.configuration,
)


class V3JobRepository:
    """Reads jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def json_items(self, ids: Sequence[int], shape: ResponseShape) -> list[str]:
        """The jobs with these ids, in this sequence, each rendered in a shape of a V3Job."""
        return [await _rendered_items(shape).value(self._connection, ids=ids)] if ids else []

    async def items(self, ids: Sequence[int]) -> list[V3Job]:
        """The jobs with these ids, in this sequence."""
        if not ids:
            return []
        jobs = {item.job.id: item for item in await _ITEM.all(self._connection, _ITEMS, {"ids": ids})}
        return [jobs[job_id] for job_id in ids if job_id in jobs]

    async def get(self, job_id: int) -> V3Record:
        """A job with what its details are made of.

        Raises:
            NotFound: There is none.
        """
        return await _RECORD.one(self._connection, _ONE, "Job", job_id, {"ids": [storable_id(job_id)]})

    async def shorts(self, ids: Collection[int | None]) -> dict[int, V3JobShort]:
        """The jobs with these ids as other things show them; None is the id of nothing."""
        expected = sorted({job_id for job_id in ids if job_id is not None})
        if not expected:
            return {}
        return {job.id: job for job in await _SHORT.all(self._connection, _SHORTS, {"ids": expected})}


def _joined(*columns: Column) -> Select[Any]:
    return joined(select(*columns)).outerjoin(QueueRow, QueueRow.job_id == JobRow.id).outerjoin(ExecutionRow, LATEST)


def _query(mapper: RowMapper[Any]) -> Select[Any]:
    return _joined(*mapper.columns).where(JobRow.id == any_(IDS))


_NEEDS = needs_of(JobTypeRow.id.in_(select(JobRow.job_type_id).where(JobRow.id == any_(IDS))))


def _paths() -> Mapping[str, Column]:
    """What `_item` and `_v3_columns` compute of a row, computed in SQL."""
    event, ingest_event = mappers.EVENT.by_path, mappers.INGEST_EVENT.by_path
    needed = amounts(_NEEDS)
    more = {
        "cpus_required": needed.cpus,
        "mem_required": needed.mem,
        "disk_in_required": needed.disk_in,
        "disk_out_required": needed.disk_out,
    }
    return {
        **_ITEM.by_path,
        **{f"event.{name}": _either(event["id"], column, ingest_event.get(name)) for name, column in event.items()},
        **{f"more.{name}": column for name, column in more.items()},
    }


def _either(key: Column, column: Column, other: Column | None) -> Column:
    return case((key.is_not(None), column), else_=other)


@cache
def _rendered_items(shape: ResponseShape) -> CompiledStatement:
    query = _joined(rendered(shape, _paths()).label("item"))
    return as_one_text(query.outerjoin(_NEEDS, _NEEDS.c.id == JobRow.job_type_id))


# Statements are built once: building them costs more than running them.
_ITEMS = _query(_ITEM)
_ONE = _query(_RECORD).outerjoin(TriggerRuleRow, TriggerRuleRow.id == EventRow.rule_id)
_SHORTS = _query(_SHORT)

"""Jobs as they are read: pages, counts, details."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Row, Select, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import parts
from jobsvc.db.clauses import JOB_CLAUSES, MAX_ID, where
from jobsvc.db.json_rows import rendered
from jobsvc.db.orders import ordered
from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    FileRow,
    IngestEventRow,
    JobInputFileRow,
    JobRow,
    JobTypeRevisionRow,
    JobTypeRow,
    NodeRow,
    RecipeNodeRow,
    RecipeRow,
    RecipeTypeRow,
)
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.ordering import OrderBy
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.shapes import Shape
from jobsvc.domain.views import JobItem, JobShort

ITEM_PARTS: tuple[parts.Part[Any], ...] = (
    parts.JOB,
    parts.JOB_TYPE,
    parts.REVISION,
    parts.EVENT,
    parts.INGEST_EVENT,
    parts.RECIPE,
    parts.BATCH,
    parts.NODE,
    parts.ERROR,
)
_AT = parts.offsets(*ITEM_PARTS)
ITEM_WIDTH = _AT[-1] + len(parts.ERROR.columns)

_live = (
    select(RecipeNodeRow.recipe_id)
    .join(RecipeRow, RecipeRow.id == RecipeNodeRow.recipe_id)
    .where(RecipeNodeRow.job_id == JobRow.id, ~RecipeRow.is_superseded, JobRow.recipe_id.is_not(None))
    .order_by(RecipeNodeRow.recipe_id.desc())
    .limit(1)
    .correlate(JobRow)
    .scalar_subquery()
)
RECIPE_OF_JOB = func.coalesce(_live, JobRow.recipe_id)
"""The live recipe that holds the job, else the one that created it (behaviour.md, section 17, row 30)."""


def item_query(*more: Any) -> Select[Any]:
    """All columns of job items, joined."""
    return _joined(select(*parts.columns(*ITEM_PARTS), *more))


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(JobRow)
        .join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)
        .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
        .outerjoin(EventRow, EventRow.id == JobRow.event_id)
        .outerjoin(IngestEventRow, IngestEventRow.id == JobRow.ingest_event_id)
        .outerjoin(RecipeRow, RecipeRow.id == RECIPE_OF_JOB)
        .outerjoin(RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id)
        .outerjoin(BatchRow, BatchRow.id == JobRow.batch_id)
        .outerjoin(NodeRow, NodeRow.id == JobRow.node_id)
        .outerjoin(ErrorRow, ErrorRow.id == JobRow.error_id)
    )


class JobRepository:
    """Reads jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self, wanted: JobFilter) -> int:
        """How many jobs match."""
        query = select(func.count()).select_from(JobRow).where(*where(JOB_CLAUSES, wanted))
        return (await self._connection.execute(query)).scalar_one()

    async def page(self, wanted: JobFilter, order: Sequence[OrderBy], request: PageRequest) -> Page[JobItem]:
        """A page of jobs; raises InvalidPage beyond the end."""
        ids = await self._ids_of_page(wanted, order, request)
        return ids.of(await self.items(ids.items))

    async def json_page(self, wanted: JobFilter, order: Sequence[OrderBy], request: PageRequest, shape: Shape) -> Page[str]:
        """A page of jobs, each rendered in the shape of a JobItem; raises InvalidPage beyond the end."""
        ids = await self._ids_of_page(wanted, order, request)
        if not ids.items:
            return ids.of([])
        rows = await self._connection.execute(_rendered_items(shape), {"ids": ids.items})
        return ids.of([text for (text,) in rows])

    async def items(self, ids: Sequence[int]) -> list[JobItem]:
        """The jobs with these ids, in this sequence."""
        if not ids:
            return []
        rows = (await self._connection.execute(_ITEMS, {"ids": ids})).all()
        names = await self.input_file_names(ids)
        found = {row[0]: _item(row, names.get(row[0], {})) for row in rows}
        return [found[job_id] for job_id in ids if job_id in found]

    async def input_file_names(self, job_ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
        """By job and input name the names of the input files, in the order in which the input gives them."""
        names: dict[int, dict[str, list[str]]] = {}
        for job_id, job_input, file_name in await self._connection.execute(_INPUT_FILE_NAMES, {"ids": job_ids}):
            names.setdefault(job_id, {}).setdefault(job_input, []).append(file_name)
        return names

    async def exists(self, job_id: int) -> bool:
        """Whether there is such a job."""
        if not 0 < job_id <= MAX_ID:
            return False
        return (await self._connection.execute(select(JobRow.id).where(JobRow.id == job_id))).first() is not None

    async def get(self, job_id: int) -> tuple[JobItem, Mapping[str, Any]] | None:
        """A job with the documents that its details need beside: see `_DETAILS` for their names."""
        if not 0 < job_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_ONE, {"job_id": job_id})).first()
        if row is None:
            return None
        names = await self.input_file_names([job_id])
        return _item(row, names.get(job_id, {})), dict(zip(_DETAILS, row[ITEM_WIDTH:], strict=True))

    async def neighbours(self, job_id: int, superseded_job_id: int | None) -> dict[str, JobShort]:
        """The job that this one replaced (`superseded_job`) and the one that replaced it (`superseded_by_job`)."""
        query = (
            select(JobRow.id, JobRow.status, *parts.JOB_TYPE.columns)
            .join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)
            .where((JobRow.superseded_job_id == job_id) | (JobRow.id == superseded_job_id))
        )
        found = {}
        for row in await self._connection.execute(query):
            name = "superseded_job" if row[0] == superseded_job_id else "superseded_by_job"
            found[name] = JobShort(row[0], row[1], parts.JOB_TYPE.required(row, 2))
        return found

    async def _ids_of_page(self, wanted: JobFilter, order: Sequence[OrderBy], request: PageRequest) -> Page[int]:
        count = await self.count(wanted)
        number = request.locate(count)
        if count == 0:
            return Page([], count, number, request.size)
        query = ordered(select(JobRow.id).where(*where(JOB_CLAUSES, wanted)), order)
        rows = await self._connection.execute(query.limit(request.size).offset((number - 1) * request.size))
        return Page(rows.scalars().all(), count, number, request.size)


_versions = aliased(JobTypeRow)
_same_name = select(_versions).where(_versions.name == JobTypeRow.name).correlate(JobTypeRow)
_DETAILS: Mapping[str, Any] = {
    "input": JobRow.input,
    "output": JobRow.output,
    "configuration": JobRow.configuration,
    "manifest": JobTypeRow.manifest,
    "type_configuration": JobTypeRow.configuration,
    "type_revision": JobTypeRow.revision_num,
    "rev_docker_image": JobTypeRevisionRow.docker_image,
    "rev_created": JobTypeRevisionRow.created,
    "rev_manifest": JobTypeRevisionRow.manifest,
    "num_versions": _same_name.with_only_columns(func.count()).scalar_subquery(),
    "latest_version": (
        _same_name.with_only_columns(_versions.version)
        .order_by(_versions.version_array.desc().nulls_last(), _versions.id.desc())
        .limit(1)
        .scalar_subquery()
    ),
}

# Statements are built once: building them costs more than running them.
_ids = bindparam("ids", type_=ARRAY(BigInteger))
_ITEMS = item_query().where(JobRow.id == any_(_ids))
_ONE = item_query(*_DETAILS.values()).where(JobRow.id == bindparam("job_id"))
_INPUT_FILE_NAMES = (
    select(JobInputFileRow.job_id, JobInputFileRow.job_input, FileRow.file_name)
    .join(FileRow, FileRow.id == JobInputFileRow.file_id)
    .where(JobInputFileRow.job_id == any_(_ids))
    .order_by(JobInputFileRow.job_id, JobInputFileRow.job_input, JobInputFileRow.position)
)
_names_of_input = (
    select(
        JobInputFileRow.job_input.label("name"),
        func.json_agg(aggregate_order_by(FileRow.file_name, JobInputFileRow.position)).label("files"),
    )
    .join(FileRow, FileRow.id == JobInputFileRow.file_id)
    .where(JobInputFileRow.job_id == JobRow.id)
    .group_by(JobInputFileRow.job_input)
    .correlate(JobRow)
    .subquery()
)
_input_files_of_job = func.coalesce(
    select(func.json_object_agg(_names_of_input.c.name, _names_of_input.c.files)).scalar_subquery(),
    func.json_build_object(),
)


_BY_PATH: Mapping[str, parts.Column] = {
    f"{name}.{field}": column
    for name, part in zip(JobItem._fields, ITEM_PARTS, strict=False)
    for field, column in zip(part.fields, part.columns, strict=True)
} | {"input_files": _input_files_of_job}


@cache
def _rendered_items(shape: Shape) -> Select[Any]:
    """The jobs of some ids, in the sequence of the ids."""
    text = rendered(shape, _BY_PATH)
    return _joined(select(text)).where(JobRow.id == any_(_ids)).order_by(func.array_position(_ids, JobRow.id))


def _item(row: Row[Any], input_files: dict[str, list[str]]) -> JobItem:
    job, job_type, revision, event, ingest, recipe, batch, node, error = _AT
    return JobItem(
        job=parts.JOB.required(row, job),
        job_type=parts.JOB_TYPE.required(row, job_type),
        revision=parts.REVISION.required(row, revision),
        event=parts.EVENT.optional(row, event),
        ingest_event=parts.INGEST_EVENT.optional(row, ingest),
        recipe=parts.RECIPE.optional(row, recipe),
        batch=parts.BATCH.optional(row, batch),
        node=parts.NODE.optional(row, node),
        error=parts.ERROR.optional(row, error),
        input_files=input_files,
    )

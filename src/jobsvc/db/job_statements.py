"""What is selected of jobs: their columns with those of all that they point to, and the statements made of them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, ColumnElement, Select, any_, bindparam, func, literal_column, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import aliased

from jobsvc.db import mappers
from jobsvc.db.compiled import CompiledStatement
from jobsvc.db.json_rows import rendered
from jobsvc.db.row_mapper import Column, RowMapper, mapper_of
from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    FileRow,
    IngestEventRow,
    JobInputFileRow,
    JobLabelRow,
    JobRow,
    JobTypeRevisionRow,
    JobTypeRow,
    NodeRow,
    RecipeNodeRow,
    RecipeRow,
    RecipeTypeRow,
)
from jobsvc.db.versions import newest_first
from jobsvc.domain.records import JobColumns, JobItem, StoredJob
from jobsvc.domain.response_shape import ResponseShape

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
"""The live recipe that holds the job, else the one that created it (docs/spec/decisions.md#shown-recipe)."""


def joined(query: Select[Any]) -> Select[Any]:
    """A query over jobs with all that they point to; PostgreSQL leaves out the joins that the columns do not need."""
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
_input_files = type_coerce(_input_files_of_job, JSON)
"""By input name the names of the input files, in the order of the input."""

_versions = aliased(JobTypeRow)
_newer = aliased(JobRow)
_same_name = select(_versions).where(_versions.name == JobTypeRow.name).correlate(JobTypeRow)
NUM_VERSIONS = _same_name.with_only_columns(func.count()).scalar_subquery()
LATEST_VERSION = _same_name.with_only_columns(_versions.version).order_by(*newest_first(_versions)).limit(1).scalar_subquery()

ITEM = RowMapper(
    JobItem,
    job=mapper_of(JobColumns, JobRow),
    job_type=mappers.JOB_TYPE,
    revision=mappers.REVISION,
    event=mappers.EVENT.optional,
    ingest_event=mappers.INGEST_EVENT.optional,
    recipe=mappers.RECIPE.optional,
    batch=mappers.BATCH.optional,
    node=mappers.NODE.optional,
    error=mappers.ERROR.optional,
    input_files=_input_files,
)
_LABELS = func.coalesce(
    select(func.jsonb_object_agg(JobLabelRow.key, JobLabelRow.value, type_=JSONB))
    .where(JobLabelRow.job_id == JobRow.id)
    .correlate(JobRow)
    .scalar_subquery(),
    literal_column("'{}'::jsonb", JSONB),
    type_=JSONB,
)
ONE = mapper_of(
    StoredJob,
    JobRow,
    item=ITEM,
    revision=mappers.REVISION_DETAILS,
    manifest=JobTypeRow.manifest,
    type_configuration=JobTypeRow.configuration,
    num_versions=NUM_VERSIONS,
    latest_version=LATEST_VERSION,
    labels=_LABELS,
    superseded_by_job_id=select(_newer.id).where(_newer.superseded_job_id == JobRow.id).correlate(JobRow).scalar_subquery(),
)

# Statements are built once: building them costs more than running them.
IDS = bindparam("ids", type_=ARRAY(BigInteger))
SELECT_ITEMS = joined(select(*ITEM.columns)).where(JobRow.id == any_(IDS))
SELECT_ONE = joined(select(*ONE.columns)).where(JobRow.id == bindparam("job_id"))

_COMMA: ColumnElement[str] = literal_column("','")
_NOTHING: ColumnElement[str] = literal_column("''")
_BY_PATH: Mapping[str, Column] = ITEM.by_path | {"input_files": _input_files_of_job}


@cache
def rendered_items(shape: ResponseShape) -> CompiledStatement:
    """The jobs of some `ids` in the sequence of the ids, as one text with commas between them."""
    return as_one_text(joined(select(rendered(shape, _BY_PATH).label("item"))))


def as_one_text(query: Select[Any]) -> CompiledStatement:
    """The texts that a query over jobs gives for those of some `ids`, in the sequence of the ids, with commas between them.

    A row for each would come in as many pieces as PostgreSQL has buffers full, and each wakes the process up.
    """
    placed = query.add_columns(func.array_position(IDS, JobRow.id)).where(JobRow.id == any_(IDS)).subquery()
    item, place = placed.c
    return CompiledStatement(select(func.coalesce(func.string_agg(item, aggregate_order_by(_COMMA, place)), _NOTHING)))

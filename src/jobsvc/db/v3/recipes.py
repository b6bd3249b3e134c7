"""Recipes, as the older generation shows them with their jobs."""

from typing import Any

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db import mappers
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import EventRow, IngestEventRow, JobRow, RecipeNodeRow, RecipeRow, RecipeTypeRevisionRow, RecipeTypeRow
from jobsvc.domain.records import EventRef
from jobsvc.domain.v3.records import V3Recipe

_Newer = aliased(RecipeRow)


def _recipe(*, event: EventRef | None, ingest_event: EventRef | None, **columns: Any) -> V3Recipe:
    return V3Recipe(event=event or ingest_event, **columns)


_RECIPE = RowMapper(
    _recipe,
    id=RecipeRow.id,
    type_id=RecipeTypeRow.id,
    type_name=RecipeTypeRow.name,
    type_version=RecipeTypeRow.version,
    type_title=RecipeTypeRow.title,
    type_description=RecipeTypeRow.description,
    revision_id=RecipeTypeRevisionRow.id,
    revision_num=RecipeTypeRevisionRow.revision_num,
    event=mappers.EVENT.optional,
    ingest_event=mappers.INGEST_EVENT.optional,
    is_superseded=RecipeRow.is_superseded,
    root_superseded_recipe_id=RecipeRow.root_superseded_recipe_id,
    superseded_recipe_id=RecipeRow.superseded_recipe_id,
    superseded_by_recipe_id=_Newer.id,
    created=RecipeRow.created,
    completed=RecipeRow.completed,
    superseded=RecipeRow.superseded,
    last_modified=RecipeRow.last_modified,
)
_JOB = bindparam("job_id", type_=BigInteger)
_OF_JOB = (
    select(*_RECIPE.columns)
    .select_from(RecipeRow)
    .join(RecipeTypeRow, RecipeTypeRow.id == RecipeRow.recipe_type_id)
    .join(RecipeTypeRevisionRow, RecipeTypeRevisionRow.id == RecipeRow.recipe_type_rev_id)
    .outerjoin(EventRow, EventRow.id == RecipeRow.event_id)
    .outerjoin(IngestEventRow, IngestEventRow.id == RecipeRow.ingest_event_id)
    .outerjoin(_Newer, _Newer.superseded_recipe_id == RecipeRow.id)
    .where(
        RecipeRow.id.in_(
            select(RecipeNodeRow.recipe_id)
            .where(RecipeNodeRow.job_id == _JOB)
            .union(select(JobRow.recipe_id).where(JobRow.id == _JOB))
        )
    )
    .order_by(RecipeRow.last_modified, RecipeRow.id)
)


class V3RecipeRepository:
    """Reads recipes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_job(self, job_id: int) -> list[V3Recipe]:
        """The recipes that a job stands in, and the one that it was made for, by their last change."""
        return await _RECIPE.all(self._connection, _OF_JOB, {"job_id": job_id})

"""What many queries select, and the records that are made of it."""

from typing import Any

from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    ExecutionRow,
    IngestEventRow,
    JobTypeRevisionRow,
    JobTypeRow,
    NodeRow,
    RecipeRow,
    RecipeTypeRevisionRow,
    RecipeTypeRow,
    WorkspaceRow,
)
from jobsvc.domain import provenance_records, records

JOB_TYPE = mapper_of(records.JobTypeRef, JobTypeRow)
REVISION = mapper_of(records.RevisionRef, JobTypeRevisionRow)
REVISION_DETAILS = mapper_of(records.RevisionDetails, JobTypeRevisionRow)
EVENT = mapper_of(records.EventRef, EventRow)
INGEST_EVENT = mapper_of(records.EventRef, IngestEventRow)
BATCH = mapper_of(records.BatchRef, BatchRow)
NODE = mapper_of(records.NodeRef, NodeRow)
ERROR = mapper_of(records.ErrorRef, ErrorRow)
ERROR_ITEM = mapper_of(records.ErrorItem, ErrorRow, error=ERROR)
EXECUTION = mapper_of(records.ExecutionColumns, ExecutionRow)
WORKSPACE = mapper_of(records.WorkspaceItem, WorkspaceRow)
RECIPE_TYPE = mapper_of(records.RecipeTypeRef, RecipeTypeRow)
RECIPE_TYPE_REVISION = mapper_of(provenance_records.RecipeTypeRevisionItem, RecipeTypeRevisionRow)


def recipe_ref(recipe: Any, recipe_type: Any) -> RowMapper[records.RecipeRef]:
    """A recipe as other things show it, of the two tables or of aliases of them."""
    return mapper_of(
        records.RecipeRef,
        recipe,
        type_id=recipe_type.id,
        type_name=recipe_type.name,
        type_title=recipe_type.title,
        type_description=recipe_type.description,
        type_revision_num=recipe_type.revision_num,
    )


RECIPE = recipe_ref(RecipeRow, RecipeTypeRow)

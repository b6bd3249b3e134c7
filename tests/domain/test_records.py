"""What records say beyond their columns."""

from datetime import UTC, datetime

from jobsvc.domain.provenance_records import RecipeItem, RecipeNode
from jobsvc.domain.records import JobShort, RecipeTypeItem, RecipeTypeRef, WorkspaceItem

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_workspace_says_where_its_files_lie() -> None:
    configuration = {"broker": {"type": "host", "host_path": "/data/jobs"}}
    workspace = WorkspaceItem(1, "data", None, None, None, True, NOON, None, NOON, configuration)  # noqa: FBT003 - a row's column
    assert workspace.host_path == "/data/jobs"


def test_a_recipe_type_is_shown_by_others_without_its_dates() -> None:
    item = RecipeTypeItem(1, "name", "Title", None, True, False, 2, NOON, None, NOON)  # noqa: FBT003 - a row's columns
    assert item.ref == RecipeTypeRef(1, "name", "Title", None, 2)


def test_a_node_of_a_recipe_says_what_stands_there() -> None:
    job, recipe = JobShort._make([None] * len(JobShort._fields)), RecipeItem._make([None] * len(RecipeItem._fields))
    assert RecipeNode("a", job, 1, None).node_type == "job"
    assert RecipeNode("b", None, None, recipe).node_type == "recipe"
    assert RecipeNode("c", None, None, None).node_type is None

"""Rows of everything that can be listed, which differ in all that the lists select by."""

from typing import Any

from jobsvc.db.tables import BatchRow, ErrorRow, FileRow, NodeRow, RecipeRow, RecipeTypeRevisionRow, RecipeTypeRow, WorkspaceRow
from tests.api.rows import hour, job_row
from tests.factories import Factory

SOURCE = {"source_sensor_class": "radar", "source_sensor": "s1", "source_collection": "c1", "source_task": "t1"}


async def fill(make: Factory) -> dict[str, int]:
    """Store the rows; gives the ids of some of them."""
    await make.row(ErrorRow, name="boom", job_type_name="alpha", category="ALGORITHM", last_modified=hour(1))
    await make.row(ErrorRow, name="garbage", job_type_name="beta", category="DATA", last_modified=hour(2))
    attic = {"title": "Attic", "is_active": False, "last_modified": hour(1)}
    await make.row(WorkspaceRow, name="attic", configuration={"broker": {"type": "host", "host_path": "/attic"}}, **attic)
    await make.row(NodeRow, hostname="north", last_modified=hour(2))
    await make.row(NodeRow, hostname="south", last_modified=hour(1), is_active=False)
    await make.job_type("alpha", "1.0.0", columns={"is_active": False})
    await make.job_type("alpha", "2.0.0")
    kind = await make.job_type("beta", description="The second one")
    ids = {"beta": kind.item.job_type.id, "job": await job_row(make, kind)}
    ids |= await _recipes(make)
    return ids | await _files(make, ids)


async def _recipes(make: Factory) -> dict[str, int]:
    """Recipe types `inner` and `outer`, batches `first` and `second`, recipes 1 and 2 of them."""
    inner = await make.row(RecipeTypeRow, name="inner", title="Inner one", is_active=False)
    outer = await make.row(RecipeTypeRow, name="outer", title="Another", description="Holds the other", is_system=True)
    inner_rev = await make.row(RecipeTypeRevisionRow, recipe_type_id=inner, revision_num=1)
    outer_rev = await make.row(RecipeTypeRevisionRow, recipe_type_id=outer, revision_num=1)
    first = await make.row(BatchRow, title="first", recipe_type_id=inner, recipe_type_rev_id=inner_rev, last_modified=hour(1))
    replaced = {"is_superseded": True, "superseded": hour(3), "root_batch_id": first, "is_creation_done": False}
    second = await make.row(BatchRow, title="second", recipe_type_id=outer, last_modified=hour(2), **replaced)
    times = {"source_started": hour(1), "source_ended": hour(2), "last_modified": hour(1)}
    old = {"recipe_type_id": inner, "recipe_type_rev_id": inner_rev, "batch_id": first, "is_superseded": True}
    one = await make.row(RecipeRow, **old, superseded=hour(1), **SOURCE, **times)
    new = {"recipe_type_id": outer, "recipe_type_rev_id": outer_rev, "is_completed": True, "root_recipe_id": one}
    two = await make.row(RecipeRow, **new, last_modified=hour(2))
    return {"inner": inner, "outer": outer, "first": first, "second": second, "one": one, "two": two}


async def _files(make: Factory, ids: dict[str, int]) -> dict[str, int]:
    """An uploaded file `in.txt`, and `out.tif` which a job made of it."""
    source: dict[str, Any] = {**SOURCE, "source_started": hour(1), "source_ended": hour(2)}
    provided = await make.file("in.txt", **source, created=hour(1), last_modified=hour(1))
    origin = {"job_id": ids["job"], "job_type_id": ids["beta"], "job_output": "OUT", "recipe_node": "a"}
    recipe = {"recipe_id": ids["one"], "recipe_type_id": ids["inner"], "batch_id": ids["first"]}
    times = {"data_started": hour(3), "data_ended": hour(4), "created": hour(2), "last_modified": hour(2)}
    kind = {"file_type": "PRODUCT", "media_type": "image/tiff", "file_size": 3, "countries": ["TCY", "TCT"]}
    name = {"file_name": "out.tif", "file_path": "products/out.tif", "workspace_id": provided.workspace.id}
    return {"made": await make.row(FileRow, **name, **kind, **origin, **recipe, **times), "given": provided.file.id}

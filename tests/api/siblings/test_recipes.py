"""Recipes and recipe types with all that belongs to them."""

from typing import Any

import pytest

from jobsvc.db.tables import EventRow, RecipeNodeRow, RecipeRow, RecipeTypeRevisionRow, RecipeTypeRow
from jobsvc.domain.provenance_records import JobCounts
from jobsvc.domain.records import JobTypeDetails
from tests.api.rows import COMPLETED, T0, batch_row, hour, job_row
from tests.api.siblings.asking import column, results
from tests.factories import Factory
from tests.support import Client

BEGUN = "2020-01-01T00:00:00Z"
DEFINITION = {
    "input": {"files": [], "json": []},
    "nodes": {
        "a": {"dependencies": [], "node_type": {"node_type": "job", "job_type_name": "echo", "job_type_version": "1.0.0"}},
        "b": {"dependencies": [{"name": "a"}], "node_type": {"node_type": "recipe", "recipe_type_name": "inner"}},
    },
}
JOBS = dict.fromkeys(JobCounts._fields, 0)


@pytest.fixture
async def kinds(make: Factory) -> dict[str, dict[str, int]]:
    """The columns that a recipe of the type `outer` or `inner` has."""
    columns = {}
    for name, definition in (("outer", DEFINITION), ("inner", {})):
        members = {"name": name, "title": name.title(), "definition": definition, "created": T0, "last_modified": T0}
        kind = await make.row(RecipeTypeRow, **members)
        revision = await make.row(RecipeTypeRevisionRow, recipe_type_id=kind, revision_num=1, definition=definition, created=T0)
        columns[name] = {"recipe_type_id": kind, "recipe_type_rev_id": revision}
    return columns


def kind_of(name: str, columns: dict[str, int]) -> dict[str, Any]:
    return {"id": columns["recipe_type_id"], "name": name, "title": name.title(), "description": None, "revision_num": 1}


async def test_a_recipe_is_shown(client: Client, make: Factory, kinds: dict[str, dict[str, int]]) -> None:
    event = await make.row(EventRow, type="USER", description={"user": "jane"}, occurred=T0)
    above = await make.row(RecipeRow, **kinds["outer"])
    older = await make.row(RecipeRow, **kinds["inner"], is_superseded=True, superseded=hour(1))
    batch = await batch_row(make)
    references = {"event_id": event, "recipe_id": above, "superseded_recipe_id": older, "batch_id": batch}
    recipe_id = await make.row(RecipeRow, **kinds["inner"], **references, jobs_total=2, created=T0, last_modified=hour(2))
    [recipe] = await results(client, f"/v6/recipes/?recipe_id={recipe_id}")
    inner, outer = kind_of("inner", kinds["inner"]), kind_of("outer", kinds["outer"])
    source = ("source_started", "source_ended", "source_sensor_class", "source_sensor", "source_collection", "source_task")
    unknown = dict.fromkeys([*source, "input_file_size", "ingest_event", "completed", "superseded"])
    assert recipe == JOBS | unknown | {
        "id": recipe_id,
        "recipe_type": inner,
        "recipe_type_rev": {"id": kinds["inner"]["recipe_type_rev_id"], "recipe_type": {"id": inner["id"]}, "revision_num": 1},
        "event": {"id": event, "type": "USER", "occurred": BEGUN},
        "recipe": {
            "id": above,
            "recipe_type": outer,
            "recipe_type_rev": {"id": kinds["outer"]["recipe_type_rev_id"]},
            "event": None,
        },
        "batch": {"id": batch, "title": "A batch", "description": "Of recipes", "created": BEGUN},
        "is_superseded": False,
        "superseded_recipe": {"id": older},
        "jobs_total": 2,
        "sub_recipes_total": 0,
        "sub_recipes_completed": 0,
        "is_completed": False,
        "created": BEGUN,
        "last_modified": "2020-01-01T02:00:00Z",
    }
    single = (await client.get(f"/v6/recipes/{recipe_id}/")).json()
    assert single["superseded_recipe"]["id"] == older
    assert single["event"] == recipe["event"] | {"description": {"user": "jane"}}
    assert (await client.get(f"/v6/recipes/{older}/")).json()["superseded_by_recipe"]["id"] == recipe_id


async def test_what_stands_at_the_nodes(
    client: Client, make: Factory, echo: JobTypeDetails, kinds: dict[str, dict[str, int]]
) -> None:
    recipe_id = await make.row(RecipeRow, **kinds["outer"], input={"version": "6", "files": {"IN": [7]}, "json": {"N": 3}})
    job_id = await job_row(make, echo, **COMPLETED)
    below = await make.row(RecipeRow, **kinds["inner"], jobs_total=4, is_completed=True)
    await make.row(RecipeNodeRow, recipe_id=recipe_id, node_name="a", job_id=job_id)
    await make.row(RecipeNodeRow, recipe_id=recipe_id, node_name="b", sub_recipe_id=below)
    result = (await client.get(f"/v6/recipes/{recipe_id}/")).json()
    assert result["input"] == {"files": {"IN": [7]}, "json": {"N": 3}}
    assert result["details"]["nodes"]["a"] == {
        "dependencies": [],
        "node_type": {
            "node_type": "job",
            "job_type_name": "echo",
            "job_type_version": "1.0.0",
            "job_type_revision": 1,
            "job_id": job_id,
            "status": "COMPLETED",
        },
    }
    counts = JOBS | {"jobs_total": 4, "sub_recipes_total": 0, "sub_recipes_completed": 0}
    assert result["details"]["nodes"]["b"] == {
        "dependencies": [{"name": "a"}],
        "node_type": counts
        | {
            "node_type": "recipe",
            "recipe_type_name": "inner",
            "recipe_type_revision": 1,
            "recipe_id": below,
            "is_completed": True,
        },
    }
    assert [item["id"] for item in result["job_types"]] == [echo.item.job_type.id]
    assert result["sub_recipe_types"] == [kind_of("inner", kinds["inner"])]
    assert await column(client, f"/v6/recipes/?recipe_id={recipe_id}", "sub_recipes_completed") == [1]


async def test_a_recipe_type_is_shown_with_the_types_that_it_names(
    client: Client, echo: JobTypeDetails, kinds: dict[str, dict[str, int]]
) -> None:
    inner, outer = await results(client, "/v6/recipe-types/")
    assert outer == kind_of("outer", kinds["outer"]) | {
        "is_active": True,
        "is_system": False,
        "created": BEGUN,
        "deprecated": None,
        "last_modified": BEGUN,
    }
    kind = echo.item.job_type
    job_type = (await client.get(f"/v6/job-types/{kind.name}/{kind.version}/")).json()
    more = {"definition": DEFINITION, "job_types": [job_type], "sub_recipe_types": [inner]}
    assert (await client.get("/v6/recipe-types/outer/")).json() == outer | more


async def test_the_revisions_of_a_recipe_type(client: Client, make: Factory, kinds: dict[str, dict[str, int]]) -> None:
    kind = kinds["outer"]["recipe_type_id"]
    await make.row(RecipeTypeRevisionRow, recipe_type_id=kind, revision_num=2, definition={"nodes": {}}, created=hour(1))
    latest, first = await results(client, "/v6/recipe-types/outer/revisions/")
    assert latest == {
        "id": latest["id"],
        "recipe_type": kind_of("outer", kinds["outer"]),
        "revision_num": 2,
        "created": "2020-01-01T01:00:00Z",
    }
    assert (await client.get("/v6/recipe-types/outer/revisions/1/")).json() == first | {"definition": DEFINITION}


@pytest.mark.usefixtures("kinds")
async def test_a_job_type_names_the_recipe_types_that_use_it(client: Client, make: Factory) -> None:
    await make.job_type("echo")
    await make.job_type("echo", "2.0.0")
    node = DEFINITION["nodes"]["a"]["node_type"]  # type: ignore[index]
    twice = {"nodes": {"x": {"node_type": node}, "y": {"node_type": node}}}
    older = {"version": "1.0", "jobs": [{"name": "x", "job_type": {"name": "echo", "version": "1.0.0"}}]}
    odd = {"nodes": [1, {"node_type": "echo"}], "jobs": ["echo", {"job_type": "echo"}]}
    for name, definition in (("also", twice), ("early", older), ("odd", odd), ("none", {"nodes": None, "jobs": None})):
        await make.row(RecipeTypeRow, name=name, definition=definition)
    used = (await client.get("/v6/job-types/echo/1.0.0/")).json()["recipe_types"]
    assert [item["name"] for item in used] == ["also", "early", "outer"]
    assert used == [
        result for result in await results(client, "/v6/recipe-types/") if result["name"] in {"also", "early", "outer"}
    ]
    assert (await client.get("/v6/job-types/echo/2.0.0/")).json()["recipe_types"] == []
    answer = await client.patch("/v6/job-types/echo/1.0.0/", {"is_paused": True})
    assert [item["name"] for item in answer.json()["recipe_types"]] == ["also", "early", "outer"]
    [echo] = (await client.get("/v6/recipe-types/early/")).json()["job_types"]
    assert (echo["name"], echo["version"]) == ("echo", "1.0.0")

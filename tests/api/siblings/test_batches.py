"""Batches with all that belongs to them."""

from datetime import timedelta
from typing import Any

from jobsvc.db.tables import BatchRow, EventRow, RecipeNodeRow, RecipeRow, RecipeTypeRevisionRow, RecipeTypeRow
from jobsvc.domain.records import JobTypeDetails
from tests.api.rows import COMPLETED, FAILED, T0, execution_row, hour, job_row
from tests.api.siblings.asking import results
from tests.factories import Factory
from tests.support import Client

BEGUN = "2020-01-01T00:00:00Z"
NONE = dict.fromkeys(["jobs_pending", "jobs_blocked", "jobs_queued", "jobs_running", "jobs_canceled"], 0)


async def batch(make: Factory, **columns: Any) -> tuple[int, int, int]:
    """A batch; gives its id and those of its recipe type and revision."""
    kind = await make.row(RecipeTypeRow, name="merge", title="Merge", description="All in one", revision_num=2)
    revision = await make.row(RecipeTypeRevisionRow, recipe_type_id=kind, revision_num=2, definition={"nodes": {}}, created=T0)
    event = await make.row(EventRow, type="USER", description={"user": "jane"}, occurred=T0)
    references = {"recipe_type_id": kind, "recipe_type_rev_id": revision, "event_id": event}
    dates = {"created": T0, "last_modified": hour(1)}
    return await make.row(BatchRow, title="Night", **references, **dates, **columns), kind, revision


async def test_a_batch_is_shown(client: Client, make: Factory) -> None:
    older = await make.row(BatchRow, title="Older", description="Before", created=T0)
    chain = {"root_batch_id": older, "superseded_batch_id": older}
    batch_id, kind, revision = await batch(make, **chain, jobs_total=3, jobs_failed=1, jobs_completed=2, recipes_total=1)
    result = (await results(client, "/v6/batches/?order=-id"))[0]
    base = {"id": older, "title": "Older", "description": "Before", "created": BEGUN}
    assert result == NONE | {
        "id": batch_id,
        "title": "Night",
        "description": None,
        "recipe_type": {"id": kind, "name": "merge", "title": "Merge", "description": "All in one", "revision_num": 2},
        "recipe_type_rev": {"id": revision, "recipe_type": {"id": kind}, "revision_num": 2},
        "event": {"id": result["event"]["id"], "type": "USER", "occurred": BEGUN},
        "is_superseded": False,
        "root_batch": base,
        "superseded_batch": base,
        "is_creation_done": True,
        "jobs_total": 3,
        "jobs_failed": 1,
        "jobs_completed": 2,
        "recipes_estimated": 0,
        "recipes_total": 1,
        "recipes_completed": 0,
        "created": BEGUN,
        "superseded": None,
        "last_modified": "2020-01-01T01:00:00Z",
    }


async def test_a_single_batch_says_more(client: Client, make: Factory) -> None:
    documents = {"definition": {"previous_batch": {"root_batch_id": 1}}, "configuration": {"priority": 7}}
    batch_id, *_ = await batch(make, **documents)
    [short] = await results(client, "/v6/batches/")
    assert (await client.get(f"/v6/batches/{batch_id}/")).json() == short | documents | {
        "recipe_type_rev": short["recipe_type_rev"] | {"created": BEGUN, "definition": {"nodes": {}}},
        "event": short["event"] | {"description": {"user": "jane"}},
        "job_metrics": {},
    }


async def test_a_batch_of_which_nothing_is_known(client: Client, make: Factory) -> None:
    batch_id = await make.row(BatchRow)
    result = (await client.get(f"/v6/batches/{batch_id}/")).json()
    missing = ("title", "recipe_type", "recipe_type_rev", "event", "root_batch", "superseded_batch")
    assert [result[name] for name in missing] == [None] * 6


async def test_the_jobs_at_each_node_are_counted_and_timed(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    batch_id, kind, revision = await batch(make)
    recipe = await make.row(RecipeRow, recipe_type_id=kind, recipe_type_rev_id=revision, batch_id=batch_id)
    for number, minutes in enumerate([1, 3, None]):
        job_id = await job_row(make, echo, **(FAILED if minutes is None else COMPLETED))
        node = {"recipe_id": recipe, "node_name": "a" if number < 2 else "b", "job_id": job_id}
        if number == 1:
            node["recipe_id"] = await make.row(RecipeRow, recipe_type_id=kind, recipe_type_rev_id=revision, batch_id=batch_id)
        await make.row(RecipeNodeRow, **node)
        if minutes is not None:
            main = {"type": "main", "started": "2020-01-01T00:00:00Z", "ended": f"2020-01-01T00:0{minutes}:00Z"}
            tasks = {"version": "1.0", "tasks": [{"type": "pull", "started": BEGUN, "ended": BEGUN}, main]}
            ended = hour(1) + timedelta(minutes=minutes, seconds=30)
            await execution_row(make, job_id, echo, started=hour(1), ended=ended, task_results=tasks)
    metrics = (await client.get(f"/v6/batches/{batch_id}/")).json()["job_metrics"]
    assert metrics["a"] == NONE | {
        "jobs_total": 2,
        "jobs_failed": 0,
        "jobs_completed": 2,
        "min_seed_duration": "PT1M",
        "avg_seed_duration": "PT2M",
        "max_seed_duration": "PT3M",
        "min_job_duration": "PT1M30S",
        "avg_job_duration": "PT2M30S",
        "max_job_duration": "PT3M30S",
    }
    assert (metrics["b"]["jobs_failed"], metrics["b"]["max_job_duration"]) == (1, None)

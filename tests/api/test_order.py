"""The order of the job list: every field both ways, gaps, ties, and what is refused (docs/spec/behaviour/job-list.md#order)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from jobsvc.api.v6.filters import ORDER_ALIASES
from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    IngestEventRow,
    JobTypeRevisionRow,
    JobTypeRow,
    NodeRow,
    RecipeRow,
    RecipeTypeRevisionRow,
    RecipeTypeRow,
    TriggerRuleRow,
)
from jobsvc.domain.job_sorting import JobOrderField
from tests.api import rows
from tests.api.conftest import Stage
from tests.factories import Factory

pytestmark = pytest.mark.asyncio(loop_scope="module")

A, B, C, N = 11, 12, 13, 14
LABELS = {A: "a", B: "b", C: "c", N: "n"}
"""Ids ascend from a to n; a has the greatest value of everything, b the least, n the greatest or none at all."""

USUAL = "b c a n"
FLAGS = [name for name in JobOrderField if "__is_" in name or name.endswith(("__uses_docker", "_privileged", "_retried"))]
"""Of a and c they are true, of b false, of n the same as of a or not there."""
ASCENDING: dict[str, str] = {
    **{str(name): USUAL for name in JobOrderField},
    **{str(name): "b a c n" for name in FLAGS},
    "disk_in_required": "n b c a",
    "superseded_by_job": "c a b n",
    "id": "a b c n",
    "status": "b c n a",
    "is_superseded": "n a b c",
    "delete_superseded": "n a b c",
    "last_modified": "c a b n",
    "job_type__is_long_running": "a b c n",
}
BACKWARDS = {name: " ".join(reversed(order.split())) for name, order in ASCENDING.items()}
DESCENDING: dict[str, str] = BACKWARDS | {"duration": "a c b n"}
RANKS = {A: 3, B: 1, C: 2}
WORDS = {A: "cherry", B: "apple", C: "Banana", N: "damson"}
"""In the sequence of bytes, Banana would be the first."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def jobs(stage: Stage) -> None:
    """Four jobs, made in the sequence of their ranks so that related ids follow them."""
    for job_id in (B, C, A):
        rank, word = RANKS[job_id], WORDS[job_id]
        status, category = [("CANCELED", "ALGORITHM"), ("COMPLETED", "DATA"), ("RUNNING", "SYSTEM")][rank - 1]
        columns = await _kind(stage.make, rank, word) | await _related(stage.make, rank, word, category) | _own(rank, word)
        await stage.make.tried_job(id=job_id, status=status, **columns)
    fourth = {"id": N, "status": "FAILED", "num_exes": 4, "max_tries": 4, "created": rows.hour(4), "last_modified": rows.hour(4)}
    await stage.make.tried_job(**fourth, delete_superseded=False, **await _kind(stage.make, 4, WORDS[N], category=None))
    for job_id, superseded in {A: C, B: A, C: B}.items():
        last_modified = rows.hour({C: 1, A: 2, B: 3}[job_id])
        older = {"superseded_job_id": superseded, "root_superseded_job_id": superseded}
        await stage.make.set(job_id, **older, last_modified=last_modified)


def _own(rank: int, word: str) -> dict[str, Any]:
    times = ("created", "queued", "started", "last_status_change", "superseded", "source_started", "source_ended")
    texts = ("source_sensor_class", "source_sensor", "source_collection", "source_task")
    numbers = ("num_exes", "max_tries", "input_file_size")
    ended = rows.hour(rank) + timedelta(minutes=rank)
    return {
        **dict.fromkeys(times, rows.hour(rank)),
        **dict.fromkeys(texts, word),
        **dict.fromkeys(numbers, rank),
        "is_superseded": True,
        "ended": ended,
    }


def _columns(table: Any, rank: int, word: str) -> dict[str, Any]:
    """A value for every column that has an order and points to nothing."""
    values: dict[type[Any], Any] = {str: word, int: rank, datetime: rows.hour(rank), bool: rank > 1}
    columns = {column.name: column for column in table.__table__.columns if column.name != "id" and not column.foreign_keys}
    kinds = {name: column.type.python_type for name, column in columns.items()}
    return {name: values[kind] for name, kind in kinds.items() if kind in values}


async def _kind(make: Factory, rank: int, word: str, **columns: Any) -> dict[str, Any]:
    """A job type of its own, at a revision of its own."""
    amounts = {"cpus": rank, "mem": 1000 * rank, "disk": 10 * rank}
    resources = {"scalar": [{"name": name, "value": value} for name, value in amounts.items()]}
    wants = {"manifest": {"job": {"timeout": rank, "resources": resources}}, "configuration": {"priority": rank}}
    job_type = await make.row(JobTypeRow, **{**_columns(JobTypeRow, rank, word), "is_long_running": False, **columns, **wants})
    revision = {**_columns(JobTypeRevisionRow, rank, word), "job_type_id": job_type, "manifest": {}}
    return {"job_type_id": job_type, "job_type_rev_id": await make.row(JobTypeRevisionRow, **revision)}


async def _related(make: Factory, rank: int, word: str, category: str) -> dict[str, Any]:
    async def made(table: Any, **columns: Any) -> int:
        return await make.row(table, **{**_columns(table, rank, word), **columns})

    event = await made(EventRow, rule_id=await made(TriggerRuleRow))
    recipe_type = await made(RecipeTypeRow)
    revision = await made(RecipeTypeRevisionRow, recipe_type_id=recipe_type)
    recipe = {"recipe_type_id": recipe_type, "recipe_type_rev_id": revision, "event_id": event}
    return {
        "event_id": event,
        "ingest_event_id": await made(IngestEventRow),
        "recipe_id": await made(RecipeRow, **recipe),
        "batch_id": await made(BatchRow),
        "node_id": await made(NodeRow),
        "error_id": await made(ErrorRow, category=category),
    }


async def ordered(stage: Stage, *order: str) -> str:
    answer = await stage.client.get("/v6/jobs/", order=list(order))
    assert answer.status_code == 200, answer.text
    return " ".join(LABELS[job["id"]] for job in answer.json()["results"])


@pytest.mark.parametrize("field", list(JobOrderField))
async def test_every_field_orders_both_ways(stage: Stage, field: str) -> None:
    assert await ordered(stage, field) == ASCENDING[field]
    assert await ordered(stage, f"-{field}") == DESCENDING[field]


@pytest.mark.parametrize(("alias", "field"), ORDER_ALIASES.items())
async def test_an_alias_orders_like_its_field(stage: Stage, alias: str, field: str) -> None:
    assert await ordered(stage, alias) == ASCENDING[field]
    assert await ordered(stage, f"-{alias}") == DESCENDING[field]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([], ASCENDING["last_modified"]),
        (["is_superseded", "-num_exes"], "n a c b"),
        (["-is_superseded", "num_exes"], "b c a n"),
        (["is_superseded", "-duration", "id"], "n a c b"),
        (["-is_superseded", "job_type"], "b c a n"),
        (["name", "version"], USUAL),
        (["-name", "-version"], "n a c b"),
    ],
)
async def test_later_keys_break_ties_and_the_id_breaks_the_rest(stage: Stage, order: list[str], expected: str) -> None:
    assert await ordered(stage, *order) == expected


@pytest.mark.parametrize(
    "order",
    [
        "bogus",
        "",
        "-",
        "--id",
        "?",
        "ID",
        "Created",
        "id,status",
        "jobexecution__exe_num",
        "execution__id",
        "jobexecution",
        "job_inputs__file",
        "latest_job_exe__id",
        "configuration",
        "input",
        "output",
        "input_files",
        "resources",
        "execution",
        "job_type__manifest",
        "event__description",
        "node__resources",
        "event__rule__configuration",
        "superseded_job__status",
    ],
)
async def test_what_is_not_offered_is_refused(stage: Stage, order: str) -> None:
    answer = await stage.client.get("/v6/jobs/", order=["id", order])
    assert answer.status_code == 400
    said = answer.json()["detail"]
    assert said.startswith("order: ")
    assert {*JobOrderField, *ORDER_ALIASES} == set(said.rpartition(" by ")[2].rstrip(".").split(", "))


@pytest.mark.parametrize("name", ["job_type.unmet_resources", "-event.rule.name", "error.should_be_retried"])
async def test_dots_as_user_interfaces_write_them(stage: Stage, name: str) -> None:
    assert await ordered(stage, name) == await ordered(stage, name.replace(".", "__"))


async def test_a_refused_order_comes_before_a_page_that_is_not_there(stage: Stage) -> None:
    assert (await stage.client.get("/v6/jobs/", order="bogus", page="0")).status_code == 400

"""Every operation that reads answers with exactly the members that its document names, in their sequence, at any depth."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert, literal, update
from sqlalchemy.dialects.postgresql import JSONB

from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    IngestEventRow,
    JobDependencyRow,
    JobInputFileRow,
    JobLabelRow,
    JobTypeRow,
    LogLineRow,
    RecipeNodeRow,
    RecipeRow,
    RecipeTypeRevisionRow,
    RecipeTypeRow,
)
from tests.api import rows
from tests.api.conftest import Stage
from tests.api.siblings.stock import fill
from tests.api.v3.stock import make_stock
from tests.architecture.openapi.reading import DOCUMENTS, OPERATIONS, Json, Operation

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAYS = {"started": "2019-12-20T00:00:00Z", "ended": "2020-01-10T00:00:00Z"}
QUERIES: dict[str, dict[str, str]] = {"search_logs": {"q": "completed", **DAYS}}
READING = [operation for operation in OPERATIONS if operation.method == "get" and "200" in dict(operation.bodies())]
MANY = {
    "command": "true",
    "inputs": {
        "files": [{"name": "ONE"}, {"name": "ALL", "multiple": True}],
        "json": [{"name": "NUMBER", "type": "integer"}],
    },
    "outputs": {
        "files": [{"name": "FILE", "pattern": "*"}, {"name": "FILES", "pattern": "*", "multiple": True}],
        "json": [{"name": "TEXT", "type": "string"}],
    },
}
"""An interface with all kinds of inputs and outputs."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(stage: Stage) -> dict[str, Any]:
    """Something of everything; the values of path parameters by their names."""
    documented, listed = await make_stock(stage.make), await fill(stage.make)
    await _join(stage, documented | {name: listed[name] for name in ("first", "second", "one", "two", "outer", "inner")})
    numbers = await _with_all_inputs(stage, documented["job"], listed["made"])
    numbers["waiting_id"] = await _statistics(stage)
    await stage.client.post("/v6/jobs/cancel/", {"job_ids": [numbers["job_id"]]})
    await stage.client.post("/v6/tokens/", {"name": "jane", "role": "viewer"})
    await stage.client.request("PUT", f"/v6/jobs/{numbers['job_id']}/hold/", json={"reason": "for the trial"})
    async with stage.make.db.engine.begin() as connection:
        waiting = {"job_id": numbers["job_id"], "parent_id": numbers["waiting_id"]}
        await connection.execute(insert(JobDependencyRow).values(**waiting))
    await stage.client.post("/v6/webhooks/", {"url": "https://hooks.example.com/", "types": ["job.*"]})
    await stage.client.post("/v6/webhooks/1/test/", {})
    rule = {"memory": {"factor": 2, "max": 4096}, "exit_code_ranges": [{"first": 64, "last": 78}]}
    await stage.client.request("PUT", "/v6/retry-policies/patient/", json={"rules": [rule], **LIMITS})
    await stage.client.request("PUT", "/v6/saved-views/failures/", json={"query": "status=FAILED"})
    numbers |= {"exe_num": 1, "recipe_id": listed["two"], "file_id": listed["made"], "batch_id": listed["second"]}
    ones = dict.fromkeys(("operation_id", "error_id", "workspace_id", "node_id", "revision_num", "webhook_id"), 1)
    return numbers | ones | {"log_id": "combined", "name": "kml-footprint", "version": "1.0.0", "policy": "patient"}


LIMITS: Json = {"budget": {"share": 0.1}, "breaker": {"share": 0.5}}


async def _join(stage: Stage, ids: dict[str, int]) -> None:
    """Recipes and batches that have to do with all that they can have to do with."""
    event = await stage.make.row(EventRow, type="USER", occurred=rows.T0)
    causes = {"event_id": event, "ingest_event_id": await stage.make.row(IngestEventRow, type="SCAN", occurred=rows.T0)}
    node = {"node_type": "job", "job_type_name": "kml-footprint", "job_type_version": "1.0.0"}
    inner = {"node_type": "recipe", "recipe_type_name": "inner"}
    nodes = {
        "job": {"dependencies": [], "node_type": node},
        "recipe": {"dependencies": [{"name": "job"}], "node_type": inner},
    }
    others = {"recipe_id": ids["one"], "superseded_recipe_id": ids["one"], "batch_id": ids["second"]}
    revision = (await stage.services.recipes.revision("inner", 1))[1].id
    superseding = {"superseded_batch_id": ids["first"], "recipe_type_rev_id": revision}
    async with stage.db.engine.begin() as connection:
        where = {"recipe": update(RecipeRow).where(RecipeRow.id == ids["two"])}
        await connection.execute(where["recipe"].values(**others, **causes))
        await connection.execute(update(RecipeRow).where(RecipeRow.id == ids["one"]).values(event_id=event))
        for table in (RecipeTypeRow, RecipeTypeRevisionRow):
            await connection.execute(update(table).values(definition={"nodes": nodes}))
        await connection.execute(update(BatchRow).where(BatchRow.id == ids["second"]).values(**superseding, event_id=event))
    await stage.make.row(RecipeRow, recipe_type_id=ids["outer"], recipe_type_rev_id=revision, superseded_recipe_id=ids["two"])
    in_batch = {"recipe_type_id": ids["inner"], "recipe_type_rev_id": revision, "batch_id": ids["second"]}
    member = await stage.make.row(RecipeRow, **in_batch)
    for recipe in (ids["two"], member):
        await stage.make.row(RecipeNodeRow, recipe_id=recipe, node_name="job", job_id=ids["job"])
    await stage.make.row(RecipeNodeRow, recipe_id=ids["two"], node_name="recipe", sub_recipe_id=ids["one"])


async def _with_all_inputs(stage: Stage, older: int, file: int) -> dict[str, int]:
    """A job between two others, with everything that a job can have, its type and its execution."""
    kind = await stage.make.job_type("many", interface=MANY, errors=[{"code": 3, "name": "bad", "category": "data"}])
    error = await stage.make.row(ErrorRow, name="late", category="SYSTEM")
    provided = {"files": {"ONE": [file], "ALL": [file]}, "json": {"NUMBER": 1}}
    made = {"files": {"FILE": [file], "FILES": [file]}, "json": {"TEXT": "x"}}
    near = {
        "superseded_job_id": older,
        "root_superseded_job_id": older,
        "batch_id": 1,
        "recipe_id": 1,
        "node_id": 1,
        "event_id": 1,
    }
    columns = {**rows.FAILED, **near, "error_id": error, "ingest_event_id": 1, "input": provided, "output": made}
    job = await rows.job_row(stage.make, kind, **columns)
    await rows.job_row(stage.make, kind, superseded_job_id=job)
    execution = await rows.execution_row(stage.make, job, kind, status="FAILED", error_id=error, node_id=1, output=made)
    async with stage.db.engine.begin() as connection:
        await connection.execute(insert(JobLabelRow).values(job_id=job, key="team", value="blue"))
        await connection.execute(insert(JobInputFileRow).values(job_id=job, job_input="ONE", position=0, file_id=file))
        line = {
            "execution_id": execution,
            "task": execution,
            "order_num": 1,
            "time": rows.hour(1),
            "stream": "stdout",
            "message": "Completed.",
        }
        await connection.execute(insert(LogLineRow).values(**line))
    return {"job_id": job, "execution_id": execution, "job_type_id": kind.item.job_type.id}


async def _statistics(stage: Stage) -> int:
    """A job of each status that is counted, with an execution on a node, all types with engines; gives the one that waits."""
    kind = await stage.make.job_type("counted")
    waiting = await stage.make.job(kind)
    await rows.job_row(stage.make, kind)
    running = await rows.job_row(stage.make, kind, **rows.RUNNING, node_id=1)
    await rows.execution_row(stage.make, running, kind, status="RUNNING", ended=None, node_id=1)
    engine: dict[str, Any] = {"engine": {"name": "subprocess", "options": {}}}
    engine |= {"retries": {"policy": "patient", "max_memory": None, "max_timeout": None}}
    async with stage.db.engine.begin() as connection:
        changed = JobTypeRow.configuration.op("||")(literal(engine, JSONB))
        await connection.execute(update(JobTypeRow).values(configuration=changed))
    return waiting.item.job.id


def met(schema: Json, value: Any, components: Json, path: str = "") -> Iterator[str]:
    """The names of the schemas that the value shows; fails where its members are others than documented."""
    if value is None:
        return
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield name
        yield from met(components[name], value, components, f"{path}<{name}>")
    elif "oneOf" in schema:
        told_by = schema["discriminator"]
        yield from met({"$ref": told_by["mapping"][value[told_by["propertyName"]]]}, value, components, path)
    elif "anyOf" in schema:
        for option in schema["anyOf"]:
            yield from met(option, value, components, path) if option.get("type") != "null" else ()
    elif "properties" in schema:
        optional = set(schema["properties"]) - set(schema["required"])
        assert list(value) == [name for name in schema["properties"] if name in value or name not in optional], path
        for name, member in schema["properties"].items():
            yield from met(member, value.get(name), components, f"{path}.{name}")
    else:
        inner = schema.get("items", schema.get("additionalProperties"))
        if isinstance(inner, dict):
            for item in value.values() if isinstance(value, dict) else value:
                yield from met(inner, item, components, f"{path}[]")


def named(schema: object, components: Json, known: set[str]) -> set[str]:
    """The names of all schemas of objects that a schema leads to."""
    if isinstance(schema, list):
        return {name for item in schema for name in named(item, components, known)}
    if not isinstance(schema, dict):
        return set()
    result = {name for key, item in schema.items() if key != "discriminator" for name in named(item, components, known)}
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if not name or name in known:
        return result
    known.add(name)
    return result | {name} | named(components[name], components, known)


async def shown_by(stage: Stage, operation: Operation, ids: dict[str, Any]) -> set[str]:
    values = dict(ids)
    if "recipe-types" in operation.path:
        values["name"] = "outer" if "revisions" not in operation.path else "inner"
    if "metrics" in operation.path:
        values["name"] = "job-types"
    schema = dict(operation.bodies())["200"]["schema"]
    shown: set[str] = set()
    for job_id in (ids["job_id"], ids["waiting_id"]) if "{job_id}" in operation.path else (ids["job_id"],):
        path = operation.path.format(**values | {"job_id": job_id})
        answer = await stage.client.get(path, **QUERIES.get(operation.body["operationId"], {}))
        if answer.status_code == 404 and job_id == ids["waiting_id"]:
            continue
        assert answer.status_code == 200, answer.text
        shown |= set(met(schema, answer.json(), operation.document["components"]["schemas"], operation.path))
    return shown


OF_LONG_WAITS = {"Place", "Estimate"}
"""What is said of jobs that wait for more than a few seconds: see tests/services/test_pending.py."""


@pytest.mark.parametrize("operation", READING, ids=str)
async def test_an_answer_has_the_members_that_are_documented(stage: Stage, operation: Operation, ids: dict[str, Any]) -> None:
    components = operation.document["components"]["schemas"]
    schema = dict(operation.bodies())["200"]["schema"]
    documented = {name for name in named(schema, components, set()) if "properties" in components[name]}
    assert documented - await shown_by(stage, operation, ids) - OF_LONG_WAITS == set(), "the stock has none of these to show"


@pytest.mark.parametrize("change", [{"extra": 1}, {}, {"version": 1, "extra": 1}])
async def test_a_member_too_many_or_too_few_is_found(change: Json) -> None:
    with pytest.raises(AssertionError):
        set(met({"$ref": "#/Version"}, change, DOCUMENTS["v6"]["components"]["schemas"]))

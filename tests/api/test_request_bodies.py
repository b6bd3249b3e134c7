"""What is read of a request's body is what is documented of it: in all operations of all generations.

See docs/spec/behaviour/conventions.md#parameters.
"""

import ast
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from jobsvc.api.body import RequestBody, StrictRequestBody, validated
from jobsvc.api.generations import GENERATIONS
from jobsvc.api.openapi import describe
from jobsvc.domain.errors import InvalidRequest
from tests.api.conftest import Stage

SOURCES = Path(__file__).parents[2] / "src" / "jobsvc" / "api"
STREAMED = {"application/octet-stream"}
"""What is stored as it comes."""
OF_A_BODY = {"body", "json", "stream", "form", "read_bytes", "read_written", "decoded"}
"""Functions that give what a request holds."""
READERS = {"job_submission.py", "body.py", "encodings.py", "files.py"}
"""Files that call them; the last one streams uploads."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """An operation with a JSON body: what its handler takes, and what its document says."""

    name: str
    method: str
    path: str
    model: type[RequestBody]
    documented: Json
    components: Json

    def __str__(self) -> str:
        return self.name

    @property
    def schema(self) -> Json:
        """The documented form of the body."""
        schema: Json = self.components[self.documented["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]]
        return schema

    @property
    def members(self) -> dict[str, Json]:
        """The documented forms of its members."""
        members: dict[str, Json] = self.schema["properties"]
        return members

    @property
    def least(self) -> Json:
        """Values of the required members."""
        return {name: value(self.members[name], self.components) for name in self.schema.get("required", ())}


def operations() -> Iterator[Operation]:
    for generation in GENERATIONS:
        document = describe(generation)
        for route in iter_route_contexts(generation.router.routes):
            path = generation.prefix + (route.path_format or "")
            for method in route.methods or ():
                body = document["paths"].get(path, {}).get(method.lower(), {}).get("requestBody")
                if taken := list(models(route.endpoint)):
                    (model,) = taken
                    yield Operation(
                        f"{generation.name}-{route.operation_id}", method, path, model, body, document["components"]["schemas"]
                    )
                else:
                    assert body is None or set(body["content"]) == STREAMED, path


def models(handler: Any) -> Iterator[type[RequestBody]]:
    """The models that a handler takes as they are annotated, each of which reads itself."""
    for annotation in typing.get_type_hints(handler, include_extras=True).values():
        kind, *notes = typing.get_args(annotation) or (annotation,)
        if isinstance(kind, type) and issubclass(kind, RequestBody):
            (reader,) = notes
            assert reader.dependency == kind.read
            yield kind


OPERATIONS = list(operations())
MEMBERS = [(operation, name) for operation in OPERATIONS for name in operation.members]
by_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
by_member = pytest.mark.parametrize(("operation", "name"), MEMBERS, ids=str)


TIMES = {"date-time": "2026-01-01T00:00:00Z"}


def value(schema: Json, components: Json) -> Any:
    """A value of a documented form."""
    if "$ref" in schema:
        return value(components[schema["$ref"].rsplit("/", 1)[1]], components)
    if "anyOf" in schema:
        return value(schema["anyOf"][0], components)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if kind == "array":
        return [value(schema["items"], components)]
    if kind == "object":
        return {name: value(item, components) for name, item in schema.get("properties", {}).items()}
    number = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    return {"integer": number, "number": number, "boolean": True, "string": TIMES.get(schema.get("format", ""), "PT1H")}[kind]


def test_there_are_operations_with_bodies() -> None:
    assert {operation.name.partition("-")[0] for operation in OPERATIONS} == {item.name for item in GENERATIONS}


@by_operation
def test_an_operation_documents_the_model_that_it_reads(operation: Operation) -> None:
    assert operation.documented["content"]["application/json"]["schema"] == {
        "$ref": f"#/components/schemas/{operation.model.__name__}"
    }
    assert operation.documented["required"] == operation.model.is_required
    assert set(operation.members) == set(operation.model.model_fields)


@by_operation
def test_what_is_documented_of_further_members_holds(operation: Operation) -> None:
    is_strict = operation.schema.get("additionalProperties") is False
    assert is_strict == issubclass(operation.model, StrictRequestBody)
    if is_strict:
        with pytest.raises(InvalidRequest):
            validated(operation.model, operation.least | {"bogus": 1})
    else:
        assert not hasattr(validated(operation.model, operation.least | {"bogus": 1}), "bogus")


@by_member
def test_a_documented_value_is_accepted(operation: Operation, name: str) -> None:
    sent = value(operation.members[name], operation.components)
    assert getattr(validated(operation.model, operation.least | {name: sent}), name) is not None or sent == 0


@pytest.mark.asyncio(loop_scope="module")
@by_member
async def test_a_value_of_another_form_is_refused(stage: Stage, operation: Operation, name: str) -> None:
    """So the member is read: by the model, or by the domain where the model leaves it to that."""
    known = dict.fromkeys(("node_id", "workspace_id", "webhook_id"), 1) | {"policy": "patient", "view": "failures"}
    path = operation.path.format(job_id=await a_job(stage), **known, name="echo", version="1.0.0")
    odd = 1.5 if "object" in str(operation.members[name].get("type")) else {"a": 1}
    answer = await stage.client.request(operation.method, path, json=operation.least | {name: odd})
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"].startswith(name), answer.text


async def a_job(stage: Stage) -> int:
    """The id of a job, of a job type `echo`."""
    jobs = (await stage.client.get("/v6/jobs/")).json()["results"]
    return int(jobs[0]["id"]) if jobs else (await stage.make.job(await stage.make.job_type())).item.job.id


BOUNDS = [
    (operation, name, bound, step)
    for operation, name in MEMBERS
    for bound, step in (("minimum", -1), ("maximum", 1))
    if bound in operation.members[name]
]


@pytest.mark.parametrize(("operation", "name", "bound", "step"), BOUNDS, ids=str)
def test_a_documented_bound_is_the_one_that_holds(operation: Operation, name: str, bound: str, step: int) -> None:
    limit = operation.members[name][bound]
    validated(operation.model, operation.least | {name: limit})
    with pytest.raises(InvalidRequest, match=f"^{name}: "):
        validated(operation.model, operation.least | {name: limit + step})


@pytest.mark.parametrize(
    ("operation", "name"),
    [(operation, name) for operation, name in MEMBERS if "integer" in str(operation.members[name].get("type"))],
    ids=str,
)
def test_a_bound_that_holds_is_documented(operation: Operation, name: str) -> None:
    """Ids and the like have none; a number beyond 64 bits may be refused for being one."""
    for far, bound in ((-(2**62), "minimum"), (2**62, "maximum")):
        if bound not in operation.members[name]:
            validated(operation.model, operation.least | {name: far})


@pytest.mark.parametrize("file", sorted(SOURCES.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCES)))
def test_nothing_else_reads_a_body(file: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    names |= {
        call.attr
        for call in calls
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id in {"request", "body"}
    }
    assert file.name in READERS or not names & OF_A_BODY

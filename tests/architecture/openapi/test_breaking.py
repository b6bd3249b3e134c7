"""Clients that were generated from the documents of the baseline can use the service as it is."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from scripts.openapi_breaking import accept, breaks, compare, essence

from tests.architecture.openapi.reading import DOCUMENTS

Json = dict[str, Any]
BASELINE = Path(__file__).parents[3] / "openapi" / "baseline"
DOCUMENT: Json = {
    "paths": {
        "/jobs/": {
            "get": {
                "operationId": "list_jobs",
                "parameters": [
                    {"name": "status", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
                ],
                "responses": {
                    "200": {"headers": {"Link": {}}, "content": {"json": {"schema": {"$ref": "#/components/schemas/Job"}}}}
                },
            },
            "post": {
                "operationId": "create_job",
                "requestBody": {"content": {"json": {"schema": {"$ref": "#/components/schemas/JobCreate"}}}},
                "responses": {"202": {}, "400": {}},
            },
        }
    },
    "components": {
        "schemas": {
            "Job": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": "integer", "format": "int64"},
                    "status": {"enum": ["QUEUED", "FAILED"]},
                    "superseded_job": {"anyOf": [{"$ref": "#/components/schemas/Job"}, {"type": "null"}]},
                    "event": {"oneOf": [{"$ref": "#/components/schemas/User"}, {"$ref": "#/components/schemas/Clock"}]},
                    "settings": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
            "JobCreate": {
                "type": "object",
                "required": ["job_type_id"],
                "properties": {
                    "job_type_id": {"type": ["integer", "null"]},
                    "size": {"type": "number"},
                    "kind": {"enum": ["A", "B"]},
                    "name": {"type": "string"},
                },
            },
            "User": {"type": "object"},
            "Clock": {"type": "object"},
        }
    },
}
GET, POST = ("paths", "/jobs/", "get"), ("paths", "/jobs/", "post")
JOB, CREATE = ("components", "schemas", "Job"), ("components", "schemas", "JobCreate")
GONE = "(gone)"
"""In the place of a value: there is none any more."""


def changed(*steps: Any, to: Any) -> Json:
    """The document with another value (or none) at a place."""
    document = deepcopy(DOCUMENT)
    *way, last = steps
    place: Any = document
    for step in way:
        place = place[step]
    if to is GONE:
        del place[last]
    else:
        place[last] = to
    return document


PROPERTY = (*JOB, "properties")
MEMBER = (*CREATE, "properties")


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (("paths", "/jobs/"), GONE, "GET /jobs/: is gone"),
        (POST, GONE, "POST /jobs/: is gone"),
        ((*GET, "operationId"), "jobs", "GET /jobs/: is called jobs, no longer list_jobs"),
        ((*GET, "parameters", 0), GONE, "GET /jobs/: parameter status is gone"),
        ((*GET, "parameters", 1, "required"), True, "GET /jobs/: parameter page is required now"),
        ((*GET, "parameters", 1, "schema", "minimum"), 2, "GET /jobs/: parameter page: minimum is 2 now"),
        ((*GET, "parameters", 1, "schema", "maximum"), 8, "GET /jobs/: parameter page: maximum is 8 now"),
        ((*GET, "parameters", 1, "schema", "type"), "string", "GET /jobs/: parameter page: is string, no longer integer"),
        ((*GET, "parameters", 0, "schema", "items", "pattern"), "a", "GET /jobs/: parameter status[]: has another pattern"),
        (
            (*GET, "parameters", 0, "schema", "items", "enum"),
            ["A"],
            "GET /jobs/: parameter status[]: only certain values are accepted now",
        ),
        ((*POST, "requestBody", "required"), True, "POST /jobs/: a body is required now"),
        ((*POST, "requestBody", "content", "json"), GONE, "POST /jobs/: body: json is gone"),
        ((*POST, "responses", "202"), GONE, "POST /jobs/: 202 is gone"),
        ((*GET, "responses", "200", "content", "json"), GONE, "GET /jobs/: 200: json is gone"),
        ((*GET, "responses", "200", "headers", "Link"), GONE, "GET /jobs/: 200: header Link is gone"),
        ((*PROPERTY, "id"), GONE, "GET /jobs/: 200: id is gone"),
        ((*PROPERTY, "id", "type"), "string", "GET /jobs/: 200: id: is string, no longer integer"),
        ((*PROPERTY, "id", "type"), ["integer", "null"], "GET /jobs/: 200: id: is integer or null, no longer integer"),
        ((*PROPERTY, "id", "type"), "number", "GET /jobs/: 200: id: is number, no longer integer"),
        ((*PROPERTY, "id", "format"), "int32", "GET /jobs/: 200: id: has the format int32, no longer int64"),
        ((*PROPERTY, "status", "enum"), ["QUEUED"], "GET /jobs/: 200: status: the value FAILED is gone"),
        (
            (*PROPERTY, "status", "enum"),
            ["QUEUED", "FAILED", "LOST"],
            "GET /jobs/: 200: status: the value LOST is new, which generated clients cannot read",
        ),
        (
            (*PROPERTY, "status", "enum"),
            GONE,
            "GET /jobs/: 200: status: the value any other is new, which generated clients cannot read",
        ),
        ((*PROPERTY, "event", "oneOf", 0), GONE, "GET /jobs/: 200: event: User is gone"),
        (
            (*PROPERTY, "settings", "additionalProperties", "type"),
            "integer",
            "GET /jobs/: 200: settings{}: is integer, no longer string",
        ),
        ((*JOB, "required"), ["id"], "GET /jobs/: 200: status may be missing now"),
        ((*CREATE, "required"), ["job_type_id", "kind"], "POST /jobs/: body: kind is required now"),
        ((*MEMBER, "kind"), GONE, "POST /jobs/: body: kind is gone"),
        ((*MEMBER, "kind", "enum"), ["A"], "POST /jobs/: body: kind: the value B is gone"),
        ((*MEMBER, "name", "maxLength"), 9, "POST /jobs/: body: name: maxLength is 9 now"),
        ((*MEMBER, "job_type_id", "type"), "integer", "POST /jobs/: body: job_type_id: is integer, no longer integer or null"),
        ((*CREATE, "additionalProperties"), False, "POST /jobs/: body: further members are refused now"),
    ],
    ids=str,
)
def test_a_break_is_found(place: tuple[Any, ...], value: Any, problem: str) -> None:
    assert problem in breaks(DOCUMENT, changed(*place, to=value))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("paths", "/files/"), {}),
        ((*GET, "parameters", 1, "schema", "maximum"), 99),
        ((*GET, "summary"), "Jobs"),
        ((*POST, "responses", "400"), GONE),
        ((*POST, "responses", "404"), {}),
        ((*PROPERTY, "title"), {"type": "string"}),
        ((*PROPERTY, "superseded_job"), {"$ref": "#/components/schemas/Job"}),
        ((*JOB, "required"), ["id", "status", "settings"]),
        ((*CREATE, "required"), []),
        ((*MEMBER, "priority"), {"type": "integer"}),
        ((*MEMBER, "kind", "enum"), ["A", "B", "C"]),
        ((*MEMBER, "kind", "enum"), GONE),
        ((*MEMBER, "name", "type"), ["string", "null"]),
        ((*MEMBER, "size", "type"), ["number", "null"]),
    ],
    ids=str,
)
def test_what_clients_can_live_with_is_not_one(place: tuple[Any, ...], value: Any) -> None:
    assert breaks(DOCUMENT, changed(*place, to=value)) == []


def test_an_integer_is_a_number() -> None:
    wider = changed(*MEMBER, "job_type_id", to={"type": ["number", "null"]})
    assert breaks(DOCUMENT, wider) == []
    assert breaks(wider, DOCUMENT) == ["POST /jobs/: body: job_type_id: is integer or null, no longer null or number"]


def test_a_baseline_has_no_words_but_all_members() -> None:
    member = {"type": "string", "description": "About it.", "example": "a"}
    schema = {"description": "A job.", "properties": {"description": member, "example": {}, "tags": {}}}
    assert essence(schema) == {"properties": {"description": {"type": "string"}, "example": {}, "tags": {}}}


def test_what_is_accepted_breaks_nothing_until_it_changes(tmp_path: Path) -> None:
    baseline, documents = tmp_path / "baseline", tmp_path / "documents"
    documents.mkdir()
    (documents / "v6.json").write_text(json.dumps(DOCUMENT))
    accept(baseline, documents)
    assert compare(baseline, documents) == []
    (documents / "v6.json").write_text(json.dumps(changed(*POST, to=GONE)))
    assert compare(baseline, documents) == ["v6: POST /jobs/: is gone"]


@pytest.mark.parametrize("generation", DOCUMENTS)
def test_clients_of_the_baseline_can_use_the_service(generation: str) -> None:
    baseline = json.loads((BASELINE / f"{generation}.json").read_text())
    assert breaks(baseline, DOCUMENTS[generation]) == [], "`make baseline` lets clients rely on the documents as they are"

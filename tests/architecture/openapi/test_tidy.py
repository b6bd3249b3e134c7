"""What the framework and pydantic write becomes what generators of clients understand."""

import pytest

from jobsvc.api.openapi.operations import complete
from jobsvc.api.openapi.schemas import tidy
from jobsvc.api.responses import OpenApiMetadata
from tests.architecture.openapi.reading import Json

REF = {"$ref": "#/components/schemas/Node"}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ({"type": "string", "title": "Name"}, {"type": "string"}),
        ({"type": "string", "default": None}, {"type": "string"}),
        ({"type": "boolean", "default": True}, {"type": "boolean"}),
        ({"type": "integer"}, {"type": "integer", "format": "int64"}),
        ({"type": "number"}, {"type": "number", "format": "double"}),
        ({"type": "integer", "ge": 1, "le": 9}, {"type": "integer", "format": "int64", "minimum": 1, "maximum": 9}),
        ({"const": "job", "type": "string"}, {"enum": ["job"], "type": "string"}),
        ({"anyOf": [{"type": "string"}, NULL]}, {"type": ["string", "null"]}),
        ({"anyOf": [{"type": "integer"}, NULL]}, {"type": ["integer", "null"], "format": "int64"}),
        ({"anyOf": [{"type": "string", "format": "date-time"}, NULL]}, {"type": ["string", "null"], "format": "date-time"}),
        ({"anyOf": [REF, NULL], "title": "Node", "description": "It."}, {"anyOf": [REF, NULL], "description": "It."}),
        ({"properties": {"title": {"type": "string"}}}, {"properties": {"title": {"type": "string"}}}),
        (
            {"properties": {"default": {"anyOf": [{"type": "array", "items": {"type": "number"}}, NULL]}}},
            {"properties": {"default": {"type": ["array", "null"], "items": {"type": "number", "format": "double"}}}},
        ),
    ],
    ids=str,
)
def test_a_schema_becomes_plain(written: Json, tidied: Json) -> None:
    assert tidy(written) == tidied


def test_a_parameter_is_absent_or_has_a_value_and_is_repeated_for_many() -> None:
    inner = {"type": "string", "description": "In words."}
    parameter = {"name": "name", "in": "query", "schema": {"anyOf": [inner, NULL]}, "description": "Only these."}
    many = {"name": "id", "in": "query", "schema": {"anyOf": [{"type": "array", "items": {"type": "integer"}}, NULL]}}
    path = {"name": "job_id", "in": "path", "schema": {"type": "integer", "title": "Job Id"}}
    operation = {"operationId": "list_jobs", "parameters": [parameter, many, path], "responses": {}}
    described = complete(operation, OpenApiMetadata(path_parameters={"job_id": "The job.", "id": "Only these ids."}))
    assert described["parameters"] == [
        {"name": "name", "in": "query", "description": "Only these. In words.", "schema": {"type": "string"}},
        {
            "name": "id",
            "in": "query",
            "description": "Only these ids. Duplicate it to filter by multiple values.",
            "schema": {"type": "array", "items": {"type": "integer", "format": "int64"}},
            "style": "form",
            "explode": True,
        },
        {"name": "job_id", "in": "path", "description": "The job.", "schema": {"type": "integer", "format": "int64"}},
    ]


def test_answers_are_in_order_with_examples_and_links_and_without_the_frameworks_own() -> None:
    body = {"application/json": {"schema": REF}}
    own = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}}}
    operation = {
        "operationId": "create_job",
        "requestBody": {"content": body},
        "responses": {"400": {"content": body}, "201": {"content": {**body, "text/plain": {}}}, "422": own},
    }
    links = {"details": {"operationId": "get_job"}}
    texts = OpenApiMetadata(
        examples={"create_job": {"request": {"id": 1}, "201": {"id": 2}}}, links={"create_job": {"201": links}}
    )
    described = complete(operation, texts)
    made = {"application/json": {"schema": REF, "example": {"id": 2}}, "text/plain": {}}
    assert described["requestBody"] == {"content": {"application/json": {"schema": REF, "example": {"id": 1}}}}
    assert list(described["responses"].items()) == [("201", {"content": made, "links": links}), ("400", {"content": body})]

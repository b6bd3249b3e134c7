"""The documents are OpenAPI 3.1 and, rewritten, OpenAPI 3.0."""

import json

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from jobsvc.api.openapi import downgrade
from tests.architecture.openapi.reading import DOCUMENTS, Json, inside

each_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
REF = {"$ref": "#/components/schemas/Node"}
KIND = {"$ref": "#/components/schemas/Kind"}


def downgraded(schema: Json) -> Json:
    """A schema in the words of 3.0."""
    schemas = {"One": schema, "Node": {"type": "object"}, "Kind": {"type": "string", "enum": ["a"]}}
    one: Json = downgrade({"openapi": "3.1.0", "components": {"schemas": schemas}})["components"]["schemas"]["One"]
    return one


@each_document
def test_it_is_valid(document: Json) -> None:
    assert [str(iter_error) for iter_error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@each_document
def test_it_is_valid_for_older_readers(document: Json) -> None:
    assert [str(iter_error) for iter_error in OpenAPIV30SpecValidator(downgrade(document)).iter_errors()] == []


@each_document
def test_nothing_newer_is_left_for_them(document: Json) -> None:
    schemas = downgrade(document)["components"]["schemas"].values()
    everywhere = [item for schema in schemas for item in (schema, *inside(schema))]
    assert [item for item in everywhere if isinstance(item.get("type"), list) or item.get("type") == "null"] == []
    assert [item for item in everywhere if "$ref" in item and len(item) > 1] == []


@each_document
def test_what_may_be_null_says_its_type(document: Json) -> None:
    # Readers of 3.0 heed `nullable` only beside a `type`.
    older = json.dumps(downgrade(document))
    nullable: list[Json] = []

    def note(item: Json) -> Json:
        if item.get("nullable") is True:
            nullable.append(item)
        return item

    json.loads(older, object_hook=note)
    assert nullable
    assert [item for item in nullable if "type" not in item] == []


def test_the_given_document_stays_as_it_is() -> None:
    document = DOCUMENTS["v6"]
    before = str(document)
    assert downgrade(document)["openapi"] == "3.0.3"
    assert str(document) == before


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": "null"}, {"type": "object", "enum": [None], "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (
            {"type": ["string", "integer", "null"]},
            {"anyOf": [{"type": "string", "nullable": True}, {"type": "integer", "nullable": True}]},
        ),
        ({"anyOf": [REF, {"type": "null"}]}, {"type": "object", "allOf": [REF], "nullable": True}),
        ({"anyOf": [KIND, {"type": "null"}]}, {"type": "string", "allOf": [KIND], "nullable": True}),
        ({**REF, "description": "A node."}, {"allOf": [REF], "description": "A node."}),
        (REF, REF),
        ({"const": "job"}, {"enum": ["job"]}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        ({"type": "integer", "exclusiveMinimum": 1}, {"type": "integer", "minimum": 1, "exclusiveMinimum": True}),
        ({"type": "number", "exclusiveMaximum": 9}, {"type": "number", "maximum": 9, "exclusiveMaximum": True}),
        ({"type": "object", "propertyNames": {"maxLength": 9}}, {"type": "object"}),
        (
            {"type": "array", "items": {"type": ["string", "null"]}},
            {"type": "array", "items": {"type": "string", "nullable": True}},
        ),
        (
            {"properties": {"title": {"type": ["string", "null"]}, "examples": {"const": 1}}},
            {"properties": {"title": {"type": "string", "nullable": True}, "examples": {"enum": [1]}}},
        ),
    ],
    ids=str,
)
def test_words_of_newer_ones_are_rewritten(newer: Json, older: Json) -> None:
    assert downgraded(newer) == older


def test_examples_are_not_schemas() -> None:
    media = {"schema": {"type": ["string", "null"]}, "example": {"schema": {"type": ["string", "null"]}}}
    changed = downgrade({"content": {"application/json": media}})["content"]["application/json"]
    assert changed["schema"] == {"type": "string", "nullable": True}
    assert changed["example"] == media["example"]

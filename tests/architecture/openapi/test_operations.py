"""Every operation has a name, words, named bodies and all of its errors, for clients are generated from that."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.openapi.reading import DOCUMENTS, OPERATIONS, Json, Operation

JSON = "application/json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
OWN_PROBLEMS = {"410": {"$ref": "#/components/schemas/ExpiredPosition"}}
"""Errors that say more than what is wrong."""
ALWAYS = {"400", "403", "500", "503"}
HEADERS = {"201": "Location", "202": "Location", "503": "Retry-After"}
Rule = Callable[[Operation], bool]


def has_a_name_of_words(operation: Operation) -> bool:
    return re.fullmatch(r"[a-z]+(_[a-z]+)+", operation.body["operationId"]) is not None


def is_described(operation: Operation) -> bool:
    return bool(operation.body.get("summary") and operation.body.get("description"))


def has_described_tags(operation: Operation) -> bool:
    described = {tag["name"] for tag in operation.document["tags"] if tag["description"]}
    return bool(operation.body.get("tags")) and set(operation.body["tags"]) <= described


def describes_its_parameters(operation: Operation) -> bool:
    return all(parameter.get("description") for parameter in operation.parameters)


def takes_plain_or_repeated_values(operation: Operation) -> bool:
    return all(is_plain(parameter["schema"]) or is_repeated(parameter) for parameter in operation.parameters)


def is_plain(schema: Json) -> bool:
    return "$ref" in schema or str(schema.get("type")) in {"string", "integer", "number", "boolean"}


def is_repeated(parameter: Json) -> bool:
    schema = parameter["schema"]
    return (
        schema.get("type") == "array"
        and is_plain(schema["items"])
        and (parameter["style"], parameter["explode"]) == ("form", True)
    )


def names_its_bodies(operation: Operation) -> bool:
    return all("$ref" in media["schema"].get("items", media["schema"]) for _, media in operation.bodies())


def has_all_errors_alike(operation: Operation) -> bool:
    errors = {status: answer for status, answer in operation.body["responses"].items() if status >= "400"}
    return set(errors) >= ALWAYS and all(
        answer["content"][JSON]["schema"] == OWN_PROBLEMS.get(status, PROBLEM) for status, answer in errors.items()
    )


def can_refuse_its_body(operation: Operation) -> bool:
    reads = JSON in operation.body.get("requestBody", {}).get("content", {})
    return not reads or set(operation.body["responses"]) >= {"413", "415"}


def has_headers(operation: Operation) -> bool:
    answers = operation.body["responses"]
    return all(name in answers[status].get("headers", {}) for status, name in HEADERS.items() if status in answers)


def leads_somewhere(operation: Operation) -> bool:
    known = {item.body["operationId"]: item for item in OPERATIONS if item.generation == operation.generation}
    return all(
        link["operationId"] in known and set(link.get("parameters", ())) <= names_of(known[link["operationId"]])
        for link in links(operation)
    )


def names_of(operation: Operation) -> set[str]:
    return {parameter["name"] for parameter in operation.parameters}


def links(operation: Operation) -> Iterator[Json]:
    return (link for answer in operation.body["responses"].values() for link in answer.get("links", {}).values())


RULES: list[Rule] = [
    has_a_name_of_words,
    is_described,
    has_described_tags,
    describes_its_parameters,
    takes_plain_or_repeated_values,
    names_its_bodies,
    has_all_errors_alike,
    can_refuse_its_body,
    has_headers,
    leads_somewhere,
]


@pytest.mark.parametrize("generation", DOCUMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_an_operation(rule: Rule, generation: str) -> None:
    assert [str(operation) for operation in OPERATIONS if operation.generation == generation and not rule(operation)] == []


@pytest.mark.parametrize("generation", DOCUMENTS)
def test_no_two_operations_are_called_alike(generation: str) -> None:
    names = Counter(operation.body["operationId"] for operation in OPERATIONS if operation.generation == generation)
    assert [name for name, count in names.items() if count > 1] == []


BAD: Json = {
    "operationId": "listJobs",
    "tags": ["nothing"],
    "parameters": [{"name": "status", "schema": {"type": ["string", "null"]}}],
    "requestBody": {"content": {JSON: {"schema": {"type": "object"}}}},
    "responses": {
        "201": {"content": {JSON: {"schema": {"type": "object"}}}, "links": {"details": {"operationId": "nothing"}}},
        "400": {"content": {JSON: {"schema": {"type": "object"}}}},
    },
}


@pytest.mark.parametrize("rule", RULES)
def test_an_operation_that_breaks_the_rules_is_found(rule: Rule) -> None:
    assert not rule(Operation("v6", "/v6/nothing/", "post", BAD))

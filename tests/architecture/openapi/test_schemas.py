"""Schemas are such that every generator of clients makes types of them that people would have written."""

from collections.abc import Callable

import pytest

from tests.architecture.openapi.reading import DOCUMENTS, SCHEMAS, Json, inside

NULL = {"type": "null"}
FORMATS = {"int64", "double"}
RESERVED = {"Configuration", "File", "Response", "Client", "Model", "Null", "Object"}
"""Names that generated clients give to things of their own."""
Rule = Callable[[Json], bool]


def is_described(schema: Json) -> bool:
    return bool(schema.get("description"))


def describes_its_members(schema: Json) -> bool:
    # A reference alone says what the description of its schema says.
    return all(item.get("description") or set(item) == {"$ref"} for item in schema.get("properties", {}).values())


def has_no_object_without_a_name(schema: Json) -> bool:
    return not any("properties" in item for item in inside(schema))


def has_no_enumeration_without_a_name(schema: Json) -> bool:
    return not any(len(item.get("enum", ())) > 1 for item in inside(schema))


def has_choices_that_can_be_told_apart(schema: Json) -> bool:
    everywhere = [schema, *inside(schema)]
    return (
        all(is_nullable_reference(item["anyOf"]) for item in everywhere if "anyOf" in item)
        and ("oneOf" not in schema or "discriminator" in schema)
        and not any("oneOf" in item for item in inside(schema))
    )


def is_nullable_reference(choices: list[Json]) -> bool:
    return len(choices) == 2 and "$ref" in choices[0] and choices[1] == NULL


def has_numbers_of_a_width(schema: Json) -> bool:
    numbers = [item for item in [schema, *inside(schema)] if {"integer", "number"} & types(item)]
    return all(number.get("format") in FORMATS for number in numbers)


def types(schema: Json) -> set[str]:
    kind = schema.get("type", [])
    return set(kind) if isinstance(kind, list) else {kind}


def has_no_titles(schema: Json) -> bool:
    return not any(isinstance(item.get("title"), str) for item in [schema, *inside(schema)])


def has_no_defaults(schema: Json) -> bool:
    return not any("default" in item for item in [schema, *inside(schema)])


RULES: list[Rule] = [
    is_described,
    describes_its_members,
    has_no_object_without_a_name,
    has_no_enumeration_without_a_name,
    has_choices_that_can_be_told_apart,
    has_numbers_of_a_width,
    has_no_titles,
    has_no_defaults,
]


@pytest.mark.parametrize("generation", DOCUMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_a_schema(rule: Rule, generation: str) -> None:
    assert [name for name, schema in SCHEMAS.items() if name.startswith(f"{generation}-") and not rule(schema)] == []


@pytest.mark.parametrize("generation", DOCUMENTS)
def test_names_are_not_those_of_generated_code(generation: str) -> None:
    names = set(DOCUMENTS[generation]["components"]["schemas"])
    assert names & RESERVED == set()
    # Go calls the constructor of Job NewJob.
    assert [name for name in names if f"New{name}" in names] == []


@pytest.mark.parametrize("generation", DOCUMENTS)
def test_every_schema_is_used(generation: str) -> None:
    text = str(DOCUMENTS[generation])
    names = DOCUMENTS[generation]["components"]["schemas"]
    assert [name for name in names if f"'#/components/schemas/{name}'" not in text] == []


BAD: Json = {
    "title": "Job",
    "properties": {
        "id": {"type": "integer"},
        "node": {"type": ["object", "null"], "properties": {"id": {"type": "string", "default": None}}},
        "kind": {"anyOf": [{"type": "string"}, {"enum": ["A", "B"]}]},
    },
}


@pytest.mark.parametrize("rule", RULES)
def test_a_schema_that_breaks_the_rules_is_found(rule: Rule) -> None:
    assert not rule(BAD)

"""Every JSON body has an example, and every example is one."""

from collections.abc import Iterator

import pytest

from jobsvc.api.generations import GENERATIONS, Generation
from tests.api.contract import strict, validator
from tests.architecture.openapi.reading import DOCUMENTS, OPERATIONS, Json, Operation

COMPONENTS = {name: strict(document["components"]) for name, document in DOCUMENTS.items()}
each_generation = pytest.mark.parametrize("generation", GENERATIONS, ids=[item.name for item in GENERATIONS])


def problems(operation: Operation, media: Json) -> Iterator[str]:
    """What is wrong with the example of a body."""
    if "example" not in media:
        yield "has no example"
        return
    schema = {**media["schema"], "components": COMPONENTS[operation.generation]}
    for problem in validator(schema).iter_errors(media["example"]):
        yield f"{problem.instance_path}: {problem.message}"


def of(generation: Generation) -> list[Operation]:
    return [operation for operation in OPERATIONS if operation.generation == generation.name]


@each_generation
def test_every_body_has_an_example_that_fits_its_schema(generation: Generation) -> None:
    bodies = [(item, name, media) for item in of(generation) for name, media in item.bodies()]
    assert [f"{item} {name} {problem}" for item, name, media in bodies for problem in problems(item, media)] == []


@each_generation
def test_no_text_speaks_of_what_is_not_there(generation: Generation) -> None:
    texts, ours = generation.texts, of(generation)
    assert set(texts.examples) | set(texts.links) <= {our.body["operationId"] for our in ours}
    assert set(texts.path_parameters) <= {parameter["name"] for our in ours for parameter in our.parameters}
    assert set(texts.tags) == {tag for our in ours for tag in our.body["tags"]}


@pytest.mark.parametrize("media", [{"example": {"version": 1}}, {"example": {"version": "1", "more": True}}, {}])
def test_an_example_that_is_wrong_is_found(media: Json) -> None:
    operation = next(item for item in OPERATIONS if str(item) == "v6-get_version")
    assert len(list(problems(operation, {"schema": {"$ref": "#/components/schemas/Version"}, **media}))) == 1

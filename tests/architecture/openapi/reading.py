"""What the tests read in the documents: their operations and schemas."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jobsvc.api.generations import GENERATIONS
from jobsvc.api.openapi import describe

Json = dict[str, Any]
DOCUMENTS: dict[str, Json] = {item.name: json.loads(json.dumps(describe(item))) for item in GENERATIONS}
"""The documents as their readers get them, by generation."""


@dataclass(frozen=True)
class Operation:
    """An operation of a document, and how tests call it."""

    generation: str
    path: str
    method: str
    body: Json = field(repr=False)

    def __str__(self) -> str:
        return f"{self.generation}-{self.body['operationId']}"

    @property
    def document(self) -> Json:
        """The document that it stands in."""
        return DOCUMENTS[self.generation]

    @property
    def parameters(self) -> list[Json]:
        """Its parameters."""
        parameters: list[Json] = self.body["parameters"]
        return parameters

    def bodies(self) -> Iterator[tuple[str, Json]]:
        """The JSON of the request and of the answers, by `request` or status."""
        places = {"request": self.body.get("requestBody", {}), **self.body["responses"]}
        result = {name: place.get("content", {}).get("application/json") for name, place in places.items()}
        return ((name, media) for name, media in result.items() if media is not None)


OPERATIONS = [
    Operation(generation, path, method, body)
    for generation, document in DOCUMENTS.items()
    for path, operations in document["paths"].items()
    for method, body in operations.items()
]
SCHEMAS = {
    f"{generation}-{name}": schema
    for generation, document in DOCUMENTS.items()
    for name, schema in document["components"]["schemas"].items()
}


def inside(schema: Json) -> Iterator[Json]:
    """The schemas that stand in a schema, at any depth."""
    near = [
        *schema.get("properties", {}).values(),
        *(item for name in ("anyOf", "oneOf", "allOf") for item in schema.get(name, ())),
    ]
    near += [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    for item in near:
        yield item
        yield from inside(item)

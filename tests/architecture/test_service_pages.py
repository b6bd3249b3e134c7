"""The page of each documented service says what OpenAPI says: parameters, members, keys, statuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.pages import DOCS, ROOT, links, rows

SERVICES = DOCS / "spec" / "services"
PAGES = sorted(set(SERVICES.glob("*.md")) - {SERVICES / "README.md"})
OPERATION = re.compile(r"^`([A-Z]+) (\S+)`", re.MULTILINE)
Schema = dict[str, Any]


class Documented:
    """The operation that a page is about, as OpenAPI describes it."""

    def __init__(self, page: Path) -> None:
        self._document = json.loads((ROOT / "openapi" / f"{page.name[:2]}.json").read_text())
        called = OPERATION.search(page.read_text())
        assert called, f"{page.name} does not begin with `METHOD /path/`"
        self._operation: Schema = self._document["paths"][called[2]][called[1].lower()]

    @property
    def parameters(self) -> set[str]:
        """Names in the query and in headers."""
        return {item["name"] for item in self._operation.get("parameters", []) if item["in"] != "path"}

    @property
    def members(self) -> set[str]:
        """Names in the body of the request."""
        body = self._operation.get("requestBody")
        return set(self._resolve(body["content"]["application/json"]["schema"])["properties"]) if body else set()

    @property
    def statuses(self) -> set[str]:
        """Statuses of answers."""
        return set(self._operation["responses"])

    @property
    def keys(self) -> set[str]:
        """Names in the answer: of the object, or of the items of the list."""
        schema = self._resolve(self._operation["responses"]["200"]["content"]["application/json"]["schema"])
        if "count" in schema.get("properties", {}):
            schema = schema["properties"]["results"]
        return set(self._resolve(schema.get("items", schema))["properties"])

    def _resolve(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_says_what_openapi_says(page: Path) -> None:
    text, documented = page.read_text(), Documented(page)
    assert set(rows(text, "Parameters")) == documented.parameters
    assert set(rows(text, "Body")) == documented.members
    assert set(rows(text, "Statuses")) == documented.statuses
    if keys := set(rows(text, "Answer")):
        assert keys == documented.keys


def test_the_index_lists_every_page() -> None:
    listed = links((SERVICES / "README.md").read_text())
    assert {page.name for page in PAGES} == {target for target in listed if re.match(r"v\d-", target)}


PAGE = """# A

## Body

A sentence.

| member | value | meaning |
| --- | --- | --- |
| `a` | integer | one |
| `b-c` | text, `d` | two |

## Answer

Nothing.
"""


def test_a_table_is_read_by_its_first_and_last_column() -> None:
    assert rows(PAGE, "Body") == {"a": "one", "b-c": "two"}
    assert rows(PAGE, "Answer") == rows(PAGE, "Parameters") == {}

"""Holds every answer to what the application's own OpenAPI document declares of the operation that gave it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

from jobsvc.api.generations import GENERATIONS
from jobsvc.api.openapi import describe
from jobsvc.api.v6.schemas.logs import LogSearch

Json = dict[str, Any]

ALIASES = {f"{alias}/": f"{item.prefix}/" for item in GENERATIONS for alias in item.aliases}
"""Prefixes that are served, but described under another one."""
OWN_PAGE = re.compile(r"(/v\d+)?/(openapi\.json|docs)/?|/swagger/.*|/")
"""The documents and their pages are not described in themselves."""
PROBLEM_MEMBERS = ["detail", "request_id"]
PROBLEM = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in PROBLEM_MEMBERS},
    "required": PROBLEM_MEMBERS,
    "additionalProperties": False,
}
PLAIN = "text/plain; charset=utf-8"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


def is_timestamp(value: str) -> bool:
    """UTC with `Z`; microseconds in full, and no fraction when there are none.

    See docs/spec/behaviour/conventions.md#serialization.
    """
    return TIMESTAMP.fullmatch(value) is not None and not value.endswith(".000000Z")


@cache
def contract() -> "Contract":
    """What the application declares: all applications describe themselves alike."""
    return Contract([describe(generation) for generation in GENERATIONS])


@dataclass(frozen=True)
class Path:
    """What can be done at the paths of a pattern, and the schemas that it refers to."""

    pattern: re.Pattern[str]
    operations: Json
    components: Json
    _validators: dict[tuple[str, str], Draft202012Validator] = field(default_factory=dict)

    def validator(self, method: str, status: str) -> Draft202012Validator:
        """What an answer in JSON has to be; made once, for most of the tests' time would go into it."""
        if (method, status) not in self._validators:
            schema = self.operations[method]["responses"][status]["content"]["application/json"]["schema"]
            self._validators[method, status] = validator({**schema, "components": self.components})
        return self._validators[method, status]


class Contract:
    """The operations of OpenAPI documents."""

    def __init__(self, documents: Iterable[Json]) -> None:
        self._paths = [
            Path(_pattern(path, operations), operations, strict(document["components"]))
            for document in documents
            for path, operations in document["paths"].items()
        ]

    def check(self, response: httpx.Response, root_path: str = "") -> None:
        """Fail when the answer has a status, a content type or a shape that its operation does not declare."""
        method = response.request.method.replace("HEAD", "GET").lower()
        path = response.request.url.path.removeprefix(root_path)
        result = self._find(path)
        if OWN_PAGE.fullmatch(path):
            assert response.is_success or response.is_redirect or response.status_code in {400, 405}
        elif result is None:
            self._check_unrouted(response, {403, 404})
        elif method not in result.operations:
            assert response.status_code == 403 or response.headers["allow"] == _allow(result.operations)
            if response.request.method == "OPTIONS" and response.status_code == 200:
                assert response.content == b""
            else:
                self._check_unrouted(response, {403, 405})
        else:
            self._check_answer(response, result, method)

    def _find(self, path: str) -> Path | None:
        for alias, prefix in ALIASES.items():
            path = path.replace(alias, prefix, 1) if path.startswith(alias) else path
        slashed = path if path.endswith("/") else f"{path}/"
        return next((item for item in self._paths if item.pattern.fullmatch(slashed)), None)

    def _check_unrouted(self, response: httpx.Response, statuses: set[int]) -> None:
        assert response.status_code in statuses, f"{response.status_code} for what is not offered: {response.text}"
        if response.headers["content-type"] == PLAIN:
            assert "text/" in response.request.headers["accept"]
        else:
            _check_json(response, UNROUTED)

    def _check_answer(self, response: httpx.Response, path: Path, method: str) -> None:
        operation, status = path.operations[method], str(response.status_code)
        assert status != "500", f"never to be seen: {response.text}"
        assert status in operation["responses"], f"undeclared: {status} {response.text}"
        content = operation["responses"][status].get("content")
        if content is None:
            assert (response.content, response.headers.get("content-type")) == (b"", None), "no body is declared"
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content or "*/*" in content, f"undeclared: {media_type}"
        if media_type == "application/json" and media_type in content:
            searched = status == "200" and operation["operationId"] == "get_execution_log" and response.content[:1] == b"{"
            _check_json(response, LOG_SEARCH if searched else path.validator(method, status))


def validator(schema: Json) -> Draft202012Validator:
    """What tells how JSON differs from a schema."""
    return Draft202012Validator(schema, formats={"date-time": is_timestamp}, validate_formats=True)


LOG_SEARCH = validator(LogSearch.model_json_schema())
"""The other form of a log, which the document only has words for: generated clients could not tell the two apart."""
UNROUTED = validator(PROBLEM)


def _check_json(response: httpx.Response, schema: Draft202012Validator) -> None:
    if response.request.method == "HEAD":
        assert response.content == b""
        return
    assert response.headers["content-type"] == "application/json"
    problems = [f"{problem.instance_path}: {problem.message}" for problem in schema.iter_errors(response.json())]
    assert not problems, f"{response.request.url}: {problems}"


def strict(components: Json) -> Json:
    """The document lets answers grow, for its readers must expect that; here nothing is answered that it does not name."""
    closed = {
        name: {"additionalProperties": False, **schema} if "properties" in schema else schema
        for name, schema in components["schemas"].items()
    }
    return {**components, "schemas": closed}


def _pattern(path: str, operations: Mapping[str, Json]) -> re.Pattern[str]:
    """The paths of a template: numbers for what is an integer, else anything within a segment."""
    parameters = [item for operation in operations.values() for item in operation.get("parameters", ())]
    numbers = {
        parameter["name"]
        for parameter in parameters
        if parameter["in"] == "path" and parameter["schema"].get("type") == "integer"
    }
    return re.compile(re.sub(r"{(\w+)}", lambda name: "-?[0-9]+" if name[1] in numbers else "[^/]+", path))


def _allow(operations: Mapping[str, Json]) -> str:
    offered = {method.upper() for method in operations}
    return ", ".join(sorted(offered | {"OPTIONS"} | ({"HEAD"} if "GET" in offered else set())))

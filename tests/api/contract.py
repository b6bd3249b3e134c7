"""Holds every answer to what the application's own OpenAPI document declares of the operation that gave it."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

from jobsvc.app import bare_app

Json = dict[str, Any]

ALIASES = {"/v7/": "/v6/"}
"""Prefixes that are served, but described under another one."""
PROBLEM = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"], "additionalProperties": False}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_timestamp(value: object) -> bool:
    """UTC with `Z`; microseconds in full, and no fraction when there are none (behaviour.md, section 2.9)."""
    return not isinstance(value, str) or (TIMESTAMP.fullmatch(value) is not None and not value.endswith(".000000Z"))


@cache
def contract() -> "Contract":
    """What the application declares: all applications describe themselves alike."""
    return Contract(bare_app({}).openapi())


class Contract:
    """The operations of an OpenAPI document."""

    def __init__(self, document: Json) -> None:
        self._components = document["components"]
        self._paths = [(_pattern(path, operations), operations) for path, operations in document["paths"].items()]

    def check(self, response: httpx.Response, root_path: str = "") -> None:
        """Fail when the answer has a status, a content type or a shape that its operation does not declare."""
        method = response.request.method.replace("HEAD", "GET").lower()
        operations = self._operations(response.request.url.path.removeprefix(root_path))
        if operations is None:
            self._check_unrouted(response, {403, 404})
        elif method not in operations:
            self._check_unrouted(response, {403, 405})
            assert response.status_code == 403 or response.headers["allow"] == _allow(operations)
        else:
            self._check_answer(response, operations[method])

    def _operations(self, path: str) -> Json | None:
        for alias, prefix in ALIASES.items():
            path = path.replace(alias, prefix, 1) if path.startswith(alias) else path
        slashed = path if path.endswith("/") else f"{path}/"
        found = [operations for pattern, operations in self._paths if pattern.fullmatch(slashed)]
        return found[0] if found else None

    def _check_unrouted(self, response: httpx.Response, statuses: set[int]) -> None:
        assert response.status_code in statuses, f"{response.status_code} for what is not offered: {response.text}"
        _check_json(response, Draft202012Validator(PROBLEM))

    def _check_answer(self, response: httpx.Response, operation: Json) -> None:
        status = str(response.status_code)
        assert status != "500", f"never to be seen: {response.text}"
        assert status in operation["responses"], f"undeclared: {status} {response.text}"
        content = operation["responses"][status].get("content")
        if content is None:
            assert (response.content, response.headers.get("content-type")) == (b"", None), "no body is declared"
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content or "*/*" in content, f"undeclared: {media_type}"
        if media_type == "application/json" and media_type in content:
            schema = {**content[media_type]["schema"], "components": self._components}
            _check_json(response, Draft202012Validator(schema, format_checker=FORMATS))


def _check_json(response: httpx.Response, schema: Draft202012Validator) -> None:
    if response.request.method == "HEAD":
        assert response.content == b""
        return
    assert response.headers["content-type"] == "application/json"
    problems = [f"{problem.json_path}: {problem.message}" for problem in schema.iter_errors(response.json())]
    assert not problems, f"{response.request.url}: {problems}"


def _pattern(path: str, operations: Mapping[str, Json]) -> re.Pattern[str]:
    """The paths of a template: numbers for what is an integer, else anything within a segment."""
    parameters = [each for operation in operations.values() for each in operation.get("parameters", ())]
    numbers = {each["name"] for each in parameters if each["in"] == "path" and each["schema"].get("type") == "integer"}
    return re.compile(re.sub(r"{(\w+)}", lambda name: "[0-9]+" if name[1] in numbers else "[^/]+", path))


def _allow(operations: Mapping[str, Json]) -> str:
    offered = {method.upper() for method in operations}
    return ", ".join(sorted(offered | ({"HEAD"} if "GET" in offered else set())))

"""What counts as a break: each change that a generated client cannot live with, in the real document."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripts.go_program import GoProgramUnavailable
from scripts.openapi_breaking import OASDIFF, OPENAPI, breaks

Json = dict[str, Any]
DOCUMENT: Json = json.loads((OPENAPI / "v6.json").read_text())


@pytest.fixture(scope="module")
def oasdiff() -> Path:
    try:
        return OASDIFF.path()
    except GoProgramUnavailable as exc:
        if os.environ.get("JOBSVC_REQUIRE_OASDIFF"):
            raise
        pytest.skip(str(exc))


def list_jobs(document: Json) -> Json:
    operation: Json = document["paths"]["/v6/jobs/"]["get"]
    return operation


def schema(document: Json, name: str) -> Json:
    named: Json = document["components"]["schemas"][name]
    return named


def without_operation(document: Json) -> None:
    del document["paths"]["/v6/jobs/"]["get"]


def with_another_operation_id(document: Json) -> None:
    list_jobs(document)["operationId"] = "jobs"


def without_parameter(document: Json) -> None:
    list_jobs(document)["parameters"].pop()


def with_required_parameter(document: Json) -> None:
    list_jobs(document)["parameters"][0]["required"] = True


def without_required_member(document: Json) -> None:
    del schema(document, "JobDetails")["properties"]["status"]


def with_nullable_member(document: Json) -> None:
    schema(document, "JobDetails")["properties"]["id"]["type"] = ["integer", "null"]


def with_new_value_in_answer(document: Json) -> None:
    schema(document, "JobStatus")["enum"].append("LOST")


def without_value(document: Json) -> None:
    schema(document, "JobStatus")["enum"].remove("FAILED")


def with_required_request_member(document: Json) -> None:
    schema(document, "JobCreate").setdefault("required", []).append("configuration")


def without_header(document: Json) -> None:
    del document["paths"]["/v6/jobs/"]["post"]["responses"]["201"]["headers"]["Location"]


BREAKS = (
    without_operation,
    with_another_operation_id,
    without_parameter,
    with_required_parameter,
    without_required_member,
    with_nullable_member,
    with_new_value_in_answer,
    without_value,
    with_required_request_member,
    without_header,
)


@pytest.mark.parametrize("change", BREAKS, ids=lambda change: change.__name__)
def test_a_break_is_refused(oasdiff: Path, tmp_path: Path, change: Callable[[Json], None]) -> None:
    assert breaks(oasdiff, OPENAPI / "v6.json", changed(tmp_path, change)) != ""


def with_new_member(document: Json) -> None:
    schema(document, "JobDetails")["properties"]["labels"] = {"type": "object"}


def with_new_operation(document: Json) -> None:
    document["paths"]["/v6/others/"] = {"get": {"operationId": "others", "responses": {"200": {"description": "Others."}}}}


def with_new_parameter(document: Json) -> None:
    list_jobs(document)["parameters"].append({"in": "query", "name": "label", "schema": {"type": "string"}})


@pytest.mark.parametrize("change", [with_new_member, with_new_operation, with_new_parameter], ids=lambda change: change.__name__)
def test_an_addition_is_not(oasdiff: Path, tmp_path: Path, change: Callable[[Json], None]) -> None:
    assert breaks(oasdiff, OPENAPI / "v6.json", changed(tmp_path, change)) == ""


def changed(directory: Path, change: Callable[[Json], None]) -> Path:
    document = json.loads(json.dumps(DOCUMENT))
    change(document)
    path = directory / "v6.json"
    path.write_text(json.dumps(document))
    return path

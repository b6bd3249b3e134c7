"""Clients are generated from the committed documents, and each plays the same scenario against a live service.

A directory beside this file is a client: `play.sh` generates it, holds the scenario to its types and runs the scenario.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import platformdirs
import pytest
from tests.live import live_service

HERE = Path(__file__).parent
BUILD = HERE / "build"
OPENAPI = HERE.parent / "openapi" / "v6.json"
OPENAPI_V3 = HERE.parent / "openapi" / "v3.json"
JARS = HERE / "jars"
TOOLS = [HERE / ".venv" / "bin", HERE / "node_modules" / ".bin"]
Json = dict[str, Any]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_service(tmp_path_factory.mktemp("clients")) as url:
        yield url


@pytest.mark.parametrize("client", sorted(path.parent.name for path in HERE.glob("*/play.sh")))
def test_a_generated_client_plays_the_scenario(client: str, service: str) -> None:
    place = BUILD / client
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(HERE / client, place)
    path = os.pathsep.join([*map(str, TOOLS), os.environ["PATH"]])
    variables = os.environ | {
        "PATH": path,
        "JARS": str(JARS),
        "OPENAPI": str(OPENAPI),
        "OPENAPI_V3": str(OPENAPI_V3),
        "JOBSVC_URL": service,
        # What a client depends on takes a minute of one processor the first time.
        "CARGO_TARGET_DIR": str(platformdirs.user_cache_path("jobsvc") / "clients-rust"),
    }
    played = subprocess.run(["sh", "-eux", "play.sh"], cwd=place, env=variables, check=False)
    assert played.returncode == 0, "see the output of its commands"


def test_the_jobs_have_every_nullable_in_both_states(service: str) -> None:
    """What the scenario reads: else a client could fail at the first null, or the first value, that it meets elsewhere."""
    paths = [*(f"/v6/jobs/{job_id}/" for job_id in range(1001, 1006)), "/v6/jobs/1005/executions/1/"]
    seen: dict[str, set[bool]] = {}
    for path in paths:
        visit("ExecutionDetails" if "executions" in path else "JobDetails", httpx.get(service + path).json(), seen)
    assert len(seen) > 30
    assert [name for name, states in seen.items() if states != {True, False} and not is_of_the_moment(name)] == []


def is_of_the_moment(name: str) -> bool:
    """Whether a member hangs on the time, workers or policies that there are: imported jobs cannot have it in both states."""
    model, _, member = name.partition(".")
    return model in {"Pending", "PendingReason", "Retry"} or member in {"unmet_resources", "retries"}


SCHEMAS: Json = json.loads(OPENAPI.read_text())["components"]["schemas"]


def visit(schema: str, value: Json, seen: dict[str, set[bool]]) -> None:
    """Note of each nullable member of a value, and of what it holds, whether it is null, or absent where it may be."""
    may_lack = SCHEMAS[schema]["properties"].keys() - SCHEMAS[schema].get("required", ())
    for name, member in SCHEMAS[schema]["properties"].items():
        choices = member.get("anyOf", [member])
        if {"type": "null"} in choices or "null" in member.get("type", ()):
            shown = value.get(name) if name in may_lack else value[name]
            seen.setdefault(f"{schema}.{name}", set()).add(shown is None)
        for choice in choices:
            if "$ref" in choice and isinstance(value.get(name), dict):
                visit(choice["$ref"].rpartition("/")[2], value[name], seen)

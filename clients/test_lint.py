"""Two linters of OpenAPI have nothing to say about the documents, in both forms; `lint/` has what they leave out, and why."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from jobsvc.api.openapi import downgrade

HERE = Path(__file__).parent
OPENAPI = HERE.parent / "openapi"
LINTERS = HERE / "node_modules" / ".bin"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "SCARF_ANALYTICS": "false"}


@pytest.fixture(params=["v6", "v3"])
def document(request: pytest.FixtureRequest) -> Path:
    return OPENAPI / f"{request.param}.json"


@pytest.fixture(params=["", "-3.0"], ids=["3.1", "3.0"])
def form(request: pytest.FixtureRequest, document: Path, tmp_path: Path) -> tuple[Path, str]:
    """A document, and what the names of its configurations end in."""
    ending = str(request.param)
    if not ending:
        return document, ending
    older = tmp_path / document.name
    older.write_text(json.dumps(downgrade(json.loads(document.read_text()))))
    return older, ending


def test_redocly_has_nothing_to_say(form: tuple[Path, str]) -> None:
    file, ending = form
    config = HERE / "lint" / f"redocly{ending}.yaml"
    problems = json.loads(_said(["redocly", "lint", str(file), f"--config={config}", "--format=json", "--max-problems=1000"]))
    assert [(item["ruleId"], item["message"], item["location"][0].get("pointer")) for item in problems["problems"]] == []


def test_spectral_has_nothing_to_say(form: tuple[Path, str]) -> None:
    file, ending = form
    config = HERE / "lint" / f"spectral{ending}.yaml"
    problems = json.loads(_said(["spectral", "lint", str(file), f"--ruleset={config}", "--format=json", "--quiet"]))
    assert [(item["code"], item["message"], "/".join(map(str, item["path"]))) for item in problems] == []


def _said(command: list[str]) -> str:
    """What a linter writes; it ends with an error code for what it finds, and says nothing where it cannot read its rules."""
    said = subprocess.run(
        [LINTERS / command[0], *command[1:]], env=os.environ | QUIET, capture_output=True, check=False, text=True
    )
    assert said.stdout, said.stderr
    return said.stdout

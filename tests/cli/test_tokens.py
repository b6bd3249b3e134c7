"""`jobsvc tokens` on the database itself."""

import json
import os
import subprocess
import sys

import pytest

from jobsvc.settings import Settings


def jobsvc(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | settings.as_environment()
    command = [sys.executable, "-m", "jobsvc", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.usefixtures("services")
async def test_a_token_is_made_listed_and_revoked(settings: Settings) -> None:
    made = jobsvc(settings, "tokens", "make", "nightly", "--role", "submitter", "--job-type", "echo", "--days", "2")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("jobsvc_")
    assert "JOBSVC_REQUIRE_CREDENTIALS" in made.stderr
    [token] = json.loads(jobsvc(settings, "tokens", "list", "--json").stdout)
    assert (token["name"], token["role"], token["job_types"], token["created_by"]) == ("nightly", "submitter", ["echo"], None)
    assert "nightly" in jobsvc(settings, "tokens", "list").stdout
    assert "is revoked" in jobsvc(settings, "tokens", "revoke", str(token["id"])).stdout
    assert "revoked" in jobsvc(settings, "tokens", "list").stdout


@pytest.mark.usefixtures("services")
async def test_what_is_wrong_is_said_in_one_line(settings: Settings) -> None:
    for words in (("revoke", "999"), ("make", " ")):
        refused = jobsvc(settings, "tokens", *words)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr

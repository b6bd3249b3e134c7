"""The server that other tests ask: what happens where it cannot be had, and when nobody needs it any more."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from scripts.elasticsearch import ElasticsearchUnavailable, archive, java

from tests.waiting import until

ROOT = Path(__file__).parents[2]
TWO_TESTS = "def test_one(elasticsearch_url): pass\n\ndef test_two(elasticsearch_url): pass\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A `java` that says it is of version 11."""
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("""#!/bin/sh\necho 'openjdk version "11.0.2" 2019-01-15' >&2\n""")
    program.chmod(0o755)
    return program


def run_tests(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run two tests that want the server on a machine without Java."""
    (directory / "test_two.py").write_text(TWO_TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-ra",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.shared_elasticsearch",
        str(directory),
    ]
    without = {name: value for name, value in os.environ.items() if not name.endswith(("JAVA_HOME", "_ELASTICSEARCH", "_URL"))}
    return subprocess.run(
        command, cwd=ROOT, env=without | {"PATH": "/nowhere"} | environment, capture_output=True, text=True, check=False
    )


def test_without_java_one_line_says_what_was_left_out(tmp_path: Path) -> None:
    run = run_tests(tmp_path)
    said = [line for line in run.stdout.splitlines() if "Elasticsearch" in line]
    assert run.returncode == 0
    assert [line.partition(": ")[2] for line in said] == [
        "Elasticsearch tests left out: Java is not installed; docs/elasticsearch.md says how to run them"
    ]
    assert said[0].startswith("SKIPPED [2]")


def test_where_it_is_required_its_absence_is_a_failure(tmp_path: Path) -> None:
    run = run_tests(tmp_path, JOBSVC_REQUIRE_ELASTICSEARCH="1")
    assert (run.returncode, "2 errors" in run.stdout) == (1, True)


def test_an_old_java_will_not_do(monkeypatch: pytest.MonkeyPatch, program: Path) -> None:
    monkeypatch.setenv("ES_JAVA_HOME", str(program.parent.parent))
    with pytest.raises(ElasticsearchUnavailable, match="is Java 11, and 17 is the oldest"):
        java.find_java()


def test_another_archive_is_not_unpacked(tmp_path: Path) -> None:
    changed = tmp_path / "elasticsearch.zip"
    with zipfile.ZipFile(changed, "w") as file:
        file.writestr("bin/elasticsearch", "rm -rf")
    with pytest.raises(ElasticsearchUnavailable, match="was expected"):
        archive.unpack(changed)
    assert list(tmp_path.iterdir()) == [changed]


@pytest.mark.usefixtures("elasticsearch_url")  # leaves the test out where there is no server
def test_the_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.elasticsearch", "start", "--directory", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        url = owner.stdout.readline().strip().partition("=")[2]
        assert httpx.get(f"{url}/_cluster/health").json()["number_of_nodes"] == 1
        owner.send_signal(signal.SIGKILL)
    until(lambda: not answers(url))


def answers(url: str) -> bool:
    """Whether somebody listens there."""
    try:
        httpx.get(f"{url}/_cluster/health")
    except httpx.TransportError:
        return False
    return True

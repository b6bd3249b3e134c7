"""One Elasticsearch for a test run: started by the first test process that asks, stopped with the run.

The processes of pytest-xdist end one by one, so the server belongs to the process above them (or to the only one):
that one holds a pipe open, the watcher of the server reads from it, and the kernel closes it however the run ends.
"""

import os
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scripts.elasticsearch import QUICK_START, ElasticsearchUnavailable, start

from jobsvc.file_lock import FileLock
from tests.run_place import RunPlace

URL_VARIABLE = "JOBSVC_TEST_ELASTICSEARCH_URL"
REQUIRED = "JOBSVC_REQUIRE_ELASTICSEARCH"
LEFT_OUT = "Elasticsearch tests left out"
_DIRECTORY = "JOBSVC_TEST_ELASTICSEARCH_DIRECTORY"  # from the process above to those below
_FETCH_AND_START_LIMIT = 900.0  # seconds
_STOP_LIMIT = 60.0


@dataclass(frozen=True)
class SharedServer(RunPlace):
    """The place of the one server. Nothing runs there until it is asked for."""

    @classmethod
    def offered(cls) -> "SharedServer":
        """The place that the process above has made."""
        return cls(Path(os.environ[_DIRECTORY]))

    def url(self) -> str:
        """Give the URL, after starting the server if no process has. Raises as `start` does."""
        known, lock = self.directory / "url", FileLock(self.directory / "lock")
        assert lock.acquire(_FETCH_AND_START_LIMIT)
        try:
            if not known.exists():
                known.write_text(self._start())
            return known.read_text()
        finally:
            lock.release()

    def _start(self) -> str:
        owner_gone = os.open(self.alive, os.O_RDONLY)
        try:
            return start(self.directory / "server", owner_gone, QUICK_START)
        finally:
            os.close(owner_gone)


_OWNED = pytest.StashKey[tuple[SharedServer, int]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the place in the process above the others."""
    if hasattr(config, "workerinput"):
        return
    server = SharedServer(Path(tempfile.mkdtemp(prefix="jobsvc-tests-")))
    os.environ[_DIRECTORY] = str(server.directory)
    os.mkfifo(server.alive)
    config.stash[_OWNED] = (server, os.open(server.alive, os.O_RDWR))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if there was one."""
    if _OWNED in config.stash:
        server, alive = config.stash[_OWNED]
        os.close(alive)
        server.clear_within(_STOP_LIMIT)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give all tests that are left out one place, so that the summary has one line for them, not one for each."""
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, pytest.skip.Exception) and LEFT_OUT in str(call.excinfo.value):
        report.longrepr = (__file__, 1, str(call.excinfo.value))
    return report


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """A real Elasticsearch, the same for all processes of the test run: keep to indices of your own.

    Where there is none the test is left out, or fails if JOBSVC_REQUIRE_ELASTICSEARCH=1.
    """
    if configured := os.environ.get(URL_VARIABLE):
        return configured
    try:
        return SharedServer.offered().url()
    except ElasticsearchUnavailable as error:
        if os.environ.get(REQUIRED) == "1":
            raise
        pytest.skip(f"{LEFT_OUT}: {error}; docs/elasticsearch.md says how to run them")

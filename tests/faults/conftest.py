"""Services for trials: `jobsvc up` as a process, with short leases and waits."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from jobsvc.db.database import Database
from tests.faults.ledger import Trial
from tests.faults.service import Service
from tests.stack.up import Up, running_up

SETTINGS = {
    "JOBSVC_SLOTS": "16",
    "JOBSVC_LEASE_SECONDS": "3",
    "JOBSVC_DRAIN_SECONDS": "0",
    "JOBSVC_GRACE_SECONDS": "1",
    "JOBSVC_RETRY_SECONDS": "0.2",
    "JOBSVC_DATABASE_POOL": "5",
}
StartUp = Callable[..., Up]
Begin = Callable[..., Trial]


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[StartUp]:
    """Start `jobsvc up` on the one data directory of the test; `variables` and `options` are those of Up."""
    with ExitStack() as until_end:

        def start(variables: Mapping[str, str] | None = None, **options: object) -> Up:
            return until_end.enter_context(running_up(tmp_path, variables=SETTINGS | dict(variables or {}), **options))

        yield start


@pytest.fixture
def up(start_up: StartUp) -> Up:
    """A service with a database of its own."""
    up = start_up()
    up.await_answer()
    return up


@pytest.fixture(scope="module")
def shared_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Such a service for all tests of a module, none of which ends its supervisor."""
    with running_up(tmp_path_factory.mktemp("up"), variables=SETTINGS) as up:
        up.await_answer()
        yield up


@pytest.fixture
def up_on_database(db: Database, start_up: StartUp) -> Up:
    """A service on the database of the tests, which is emptied afterwards."""
    up = start_up({"JOBSVC_DATABASE_URL": db.engine.url.render_as_string(hide_password=False)})
    up.await_answer()
    return up


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Begin a trial on a service; `options` are those of Trial."""
    with ExitStack() as until_end:

        def begin(up: Up, **options: Any) -> Trial:
            service = Service(up.url)
            until_end.callback(service.close)
            return Trial(service, tmp_path / uuid4().hex, **options)

        yield begin

"""Jobs go on when the primary dies and its standby takes over: the service finds it by itself."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.faults.conftest import Begin, StartUp
from tests.tls_postgres import STANDBY_NAME, TlsPostgres, directory_of_servers, needs_tls_postgres
from tests.waiting import until

log = logging.getLogger(__name__)
JOBS = 30


class Pair:
    """A primary and its standby, which has whatever was committed."""

    def __init__(self, place: Path) -> None:
        authority = Authority(place)
        self.primary, self.standby = (TlsPostgres(place / name, authority) for name in ("primary", "standby"))
        self.primary.make()
        self.primary.start()
        self.standby.copy(self.primary)
        self.primary.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY_NAME}'")
        self.primary.execute("SELECT pg_reload_conf()")
        self.standby.start()
        until(lambda: self.primary.execute("SELECT sync_state FROM pg_stat_replication") == "sync")

    @property
    def url(self) -> str:
        """The URL of whichever of them is the primary."""
        first, more = self.primary.url().split("/postgres?")
        return f"{first},localhost:{self.standby.port}/postgres?target_session_attrs=read-write&{more}"

    def stop(self) -> None:
        self.primary.stop()
        self.standby.stop()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with directory_of_servers() as place:
        pair = Pair(place)
        yield pair
        pair.stop()


@needs_tls_postgres
def test_a_standby_takes_over(pair: Pair, start_up: StartUp, begin: Begin) -> None:
    up = start_up({"JOBSVC_DATABASE_URL": pair.url})
    up.await_answer()
    parts = up.part("serve"), up.part("worker")
    trial = begin(up)
    trial.submit(JOBS)
    trial.await_starts(JOBS // 3)
    pair.primary.stop()
    pair.standby.promote()
    promoted = time.monotonic()
    trial.submit(1)
    log.warning("a job is accepted %.1f s after the promotion", time.monotonic() - promoted)
    trial.submit(JOBS)
    trial.check()
    assert (up.part("serve"), up.part("worker")) == parts
    assert "Traceback" not in up.said

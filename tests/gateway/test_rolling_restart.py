"""Two replicas behind nginx are restarted one after the other under load: no call is lost, and none is told of it."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from jobsvc.db.database import Database
from tests.conftest import empty
from tests.gateway.nginx import gateway, needs_nginx
from tests.stack.up import Up, running_up
from tests.waiting import eventually, until

pytestmark = needs_nginx
ROUNDS = 1
CALLERS = 6
STOP_SECONDS = 5
VARIABLES = {"JOBSVC_ROOT_PATH": "/api", "JOBSVC_TRUSTED_PROXIES": "127.0.0.1"}


class Replica:
    """One process of the API, which can be started again at the same port."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self._directory = directory
        self._variables = {**VARIABLES, "JOBSVC_DATABASE_URL": database_url}
        self._stack = ExitStack()
        self.up = self._start()
        self.port = self.up.port

    def _start(self, **variables: str) -> Up:
        self._directory.mkdir(exist_ok=True)
        return self._stack.enter_context(running_up(self._directory, command="serve", variables={**self._variables, **variables}))

    def is_ready(self) -> bool:
        """Whether it says so."""
        assert self.up.process.poll() is None, self.up.said
        try:
            return httpx.get(f"{self.up.url}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> float:
        """Tell it to stop; gives the seconds that it took."""
        begun = time.monotonic()
        self.up.process.send_signal(signal.SIGTERM)
        assert self.up.process.wait(30) == 0, self.up.said
        return time.monotonic() - begun

    def start(self) -> None:
        """Start it again."""
        self.up = self._start(JOBSVC_PORT=str(self.port))

    def close(self) -> None:
        """Leave nothing."""
        self._stack.close()


@pytest.fixture
def replicas(tmp_path: Path, database_url: str) -> Iterator[list[Replica]]:
    """Two that are ready."""
    both = [Replica(tmp_path / name, database_url) for name in ("one", "two")]
    for replica in both:
        until(replica.is_ready)
    yield both
    for replica in both:
        replica.close()
    asyncio.run(_leave_nothing(database_url))


async def _leave_nothing(url: str) -> None:
    database = Database.connect(url)
    await empty(database)
    await database.close()


@pytest.mark.parametrize("strips", [False, True], ids=["kept", "stripped"])
async def test_a_rolling_restart_costs_no_call(replicas: list[Replica], tmp_path: Path, *, strips: bool) -> None:
    results: Counter[str] = Counter()
    is_over = asyncio.Event()

    async def call(client: httpx.AsyncClient, number: int) -> None:
        while not is_over.is_set():
            try:
                if number % 2:
                    answer = await client.post("/v6/files/upload/", params={"file_name": f"{number}.txt"}, content=b"text")
                else:
                    answer = await client.post("/v6/jobs/cancel/", json={"job_ids": [1]})
                results[str(answer.status_code)] += 1
            except httpx.TransportError as exc:
                results[repr(exc)] += 1

    with gateway(tmp_path, [replica.port for replica in replicas], strips=strips) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
            callers = [asyncio.create_task(call(client, number)) for number in range(CALLERS)]
            await _reaches(results, CALLERS)
            for replica in replicas * ROUNDS:
                took = await asyncio.to_thread(replica.stop)
                await _reaches(results, results.total() + 2 * CALLERS)
                replica.start()
                await asyncio.to_thread(until, replica.is_ready)
                assert took < STOP_SECONDS
            is_over.set()
            await asyncio.gather(*callers)
    assert set(results) <= {"201", "202"}, results


async def _reaches(results: Counter[str], number: int) -> None:
    await eventually(lambda: results.total() > number)

"""What people do with jobs while others die: each thing that changes a status, and a purge."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from jobsvc.embedded.cluster import DATABASE, USER, read_password
from jobsvc.embedded.data_dir import DataDirPaths
from jobsvc.embedded.sockets import PORT, socket_directory
from tests.factories import manifest, script
from tests.faults.service import PAUSE, Service
from tests.waiting import until

SCRIPT = "sleep 0.$((SCALE_JOB_ID % 10)); exit $((SCALE_JOB_ID % 3 == 0))"
"""Every third job fails."""
POLICY = {
    "rules": [{"exit_codes": [1], "delay_seconds": 0.1}],
    "budget": {"share": 0.3, "window_seconds": 5, "at_least": 3},
    "breaker": {"share": 0.4, "window_seconds": 10, "min_failures": 5, "open_seconds": 2, "probes": 2},
}
"""Limits that hold retries now and then: what fails is tried again once."""
OPEN = ("PENDING", "QUEUED", "RUNNING")
CALM_LIMIT = 120.0  # seconds
AGE = """
    UPDATE job SET last_status_change = now() - interval '400 days'
    WHERE id = $1 AND status IN ('COMPLETED', 'FAILED', 'CANCELED')
"""


class Whims:
    """Jobs that end well or badly, and what is done with them meanwhile.

    Args:
        directory: for their script.
        data_dir: that of the service, whose database is asked for what no client can do: to let time pass.
        chance: decides.

    """

    def __init__(self, service: Service, directory: Path, data_dir: Path, chance: random.Random) -> None:
        self.service, self._chance, self._paths = service, chance, DataDirPaths(data_dir)
        document = manifest("whims", interface={"command": script(directory, SCRIPT)})
        service.ask("PUT", "/v6/retry-policies/whims/", json=POLICY)
        body = {"max_tries": 2, "manifest": document, "configuration": {"retries": {"policy": "whims"}}}
        answer = service.ask("POST", "/v6/job-types/", json=body)
        self._job_type_id = int(answer["id"])
        self.jobs: list[int] = []
        self.held: set[int] = set()
        self._aged: set[int] = set()

    def act(self) -> None:
        """Do something to some job, and have another one made."""
        self.jobs.append(self.service.submit(self._job_type_id))
        actions: list[Callable[[int], None]] = [self._cancel, self._requeue, self._hold, self._purge]
        self._chance.choice(actions)(self._chance.choice(self.jobs))

    def _cancel(self, job_id: int) -> None:
        self.service.answer("POST", "/v6/jobs/cancel/", json={"job_ids": [job_id]})

    def _requeue(self, job_id: int) -> None:
        self.service.answer("POST", "/v6/jobs/requeue/", json={"job_ids": [job_id]})

    def _hold(self, job_id: int) -> None:
        if self._is_taken("PUT", f"/v6/jobs/{job_id}/hold/", json={"reason": "a whim"}):
            self.held.add(job_id)
        else:
            assert job_id in self._aged, "only a purge takes a job away"

    def _purge(self, job_id: int) -> None:
        """Purge what has ended more than a year ago; this job has, but it may be held, or run again by now."""
        self._aged.add(job_id)
        until(lambda: asyncio.run(self._age(job_id)), CALM_LIMIT, PAUSE)
        self.service.answer("POST", "/v6/retention/purge/", json={})

    async def _age(self, job_id: int) -> bool:
        try:
            connection = await asyncpg.connect(
                host=str(socket_directory(self._paths)),
                port=PORT,
                user=USER,
                password=read_password(self._paths),
                database=DATABASE,
            )
            await connection.execute(AGE, job_id)
            await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False  # the server was killed, and starts
        return True

    def check(self) -> list[int]:
        """Wait until all is calm; gives the jobs that were purged, of which none was held."""
        self.service.until(lambda counts: not any(counts[status] for status in OPEN), CALM_LIMIT, job_type_id=self._job_type_id)
        until(self._has_purged, CALM_LIMIT, PAUSE)
        purged = {job_id for job_id in self.jobs if not self._is_taken("GET", f"/v6/jobs/{job_id}/")}
        assert not purged & self.held, "what was held is kept"
        assert purged <= self._aged, "nothing is purged before its time"
        return sorted(purged)

    def _has_purged(self) -> bool:
        operations = self.service.listed("/v6/bulk-operations/", kind=["CANCEL", "REQUEUE", "PURGE"])
        return all(operation["state"] in {"COMPLETED", "STOPPED"} for operation in operations)

    def _is_taken(self, method: str, path: str, **options: Any) -> bool:
        """Whether there is the job that is asked for."""
        with suppress(httpx.HTTPStatusError):
            return bool(self.service.answer(method, path, **options))
        return False

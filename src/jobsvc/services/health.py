"""Whether this process can do its work, for whoever sends it work or starts it again: orchestrators, gateways, monitors."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog

from jobsvc.db.database import NEVER, Database
from jobsvc.db.schema_revisions import is_known, newest
from jobsvc.domain.errors import JobsvcError
from jobsvc.ports.log_store import LogStore

log = structlog.get_logger(__name__)
FRESH_SECONDS = 1.0
"""How long an answer holds: whoever asks more often costs nothing."""
LOOK_SECONDS = 2.0
"""How long the database, and the log store, may take to answer: less than those who ask wait."""
UNREACHED = "PostgreSQL itself (JOBSVC_DATABASE_DIRECT_URL) cannot be reached; what is new is seen a little later."
STOPPING = "The process is being stopped."


class Condition(StrEnum):
    """How one thing is that a process needs."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """What a look at one thing has shown; `problem` is a sentence for people where it is not in order."""

    condition: Condition = Condition.OK
    problem: str | None = None


@dataclass(frozen=True)
class Readiness:
    """All checks by name."""

    checks: Mapping[str, Check]

    @property
    def is_ready(self) -> bool:
        """Whether the process can do its work, if not as well as it should."""
        return all(check.condition is not Condition.FAILED for check in self.checks.values())


class HealthService:
    """Looks at what a process needs: at most once a second, and once for all who ask meanwhile."""

    def __init__(self, database: Database, log_store: LogStore) -> None:
        self._db = database
        self._log_store = log_store
        self._is_stopping = False
        self._looking = asyncio.Lock()
        self._looked = NEVER
        self._latest = Readiness({})

    def begin_stopping(self) -> None:
        """From here on the process is not ready: who sends it work should send it elsewhere."""
        self._is_stopping = True

    async def readiness(self) -> Readiness:
        """How everything is, or was less than a second ago."""
        if self._is_stopping:
            return Readiness({"process": Check(Condition.FAILED, STOPPING)})
        async with self._looking:
            if time.monotonic() - self._looked >= FRESH_SECONDS:
                self._take(Readiness(await self._look()))
        return self._latest

    def _take(self, readiness: Readiness) -> None:
        """Keep what was seen, and say when it has changed."""
        if readiness != self._latest and self._looked != NEVER:
            problems = {name: check.problem for name, check in readiness.checks.items() if check.problem}
            log.warning("health.changed", ready=readiness.is_ready, problems=problems)
        self._latest, self._looked = readiness, time.monotonic()

    async def _look(self) -> dict[str, Check]:
        database, direct, log_store = await asyncio.gather(
            self._look_at_database(), self._look_at_postgresql(), self._look_at_log_store()
        )
        return {**database, **direct, "log_store": log_store}

    async def _look_at_database(self) -> dict[str, Check]:
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._db.transaction() as tx:
                schema = _schema_check(await tx.cluster.schema_revision())
                if schema.condition is not Condition.FAILED:
                    # Else there may be nothing yet that could be changed.
                    await tx.write_something()
        except TimeoutError:
            return {"database": Check(Condition.FAILED, f"The database has not answered for {LOOK_SECONDS:g} seconds.")}
        except JobsvcError as exc:
            return {"database": Check(Condition.FAILED, exc.detail)}
        except Exception:
            # Whatever it is, nobody could work with such a database.
            log.exception("health.failed")
            return {"database": Check(Condition.FAILED, "The database cannot be used; the service's log says why.")}
        return {"database": Check(), "schema": schema}

    async def _look_at_postgresql(self) -> dict[str, Check]:
        """Without it nobody is woken, and looks a little later by itself: no reason to send work elsewhere."""
        if not self._db.is_pooled:
            return {}
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._db.check_direct()
        except (TimeoutError, JobsvcError):
            return {"database_direct": Check(Condition.DEGRADED, UNREACHED)}
        return {"database_direct": Check()}

    async def _look_at_log_store(self) -> Check:
        """Without it jobs run and are listed, and workers keep lines on their disk: no reason to send work elsewhere."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._log_store.check()
        except TimeoutError:
            return Check(Condition.DEGRADED, f"The log store has not answered for {LOOK_SECONDS:g} seconds.")
        except JobsvcError as exc:
            return Check(Condition.DEGRADED, exc.detail)
        return Check()


def _schema_check(revision: str | None) -> Check:
    """A newer schema is that of the next release, which is being rolled out: this one serves until it is replaced."""
    if revision == newest():
        return Check()
    if revision is None or is_known(revision):
        problem = f"The database is at schema {revision or 'none'}, not at {newest()}: run `jobsvc migrate`."
        return Check(Condition.FAILED, problem)
    return Check(Condition.DEGRADED, f"The database is at schema {revision}, newer than {newest()}, which this release knows.")

"""Asks an engine for all runs at once, and tells each who waits for one what became of it."""

import asyncio
import contextlib
from collections.abc import Iterator

import structlog

from jobsvc.ports.remote_engine import EngineUnavailable, Observation, Phase, RemoteEngine

log = structlog.get_logger(__name__)
SETTLE_SECONDS = 0.05
"""Between a change and the look at it: many runs that end together are asked for together."""


class Watched:
    """One run: its latest observation, and a sign that there is another one."""

    def __init__(self) -> None:
        self.latest: Observation | None = None
        self.changed = asyncio.Event()
        self.lost_since: float | None = None


class Observer:
    """One poll for all runs of an engine. It runs while anything is watched."""

    def __init__(self, engine: RemoteEngine, *, lost_seconds: float) -> None:
        """`lost_seconds`: how long an engine has to say that a run is not there before it is taken for lost."""
        self._engine = engine
        self._lost_seconds = lost_seconds
        self._watched: dict[str, Watched] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_away = False

    @contextlib.contextmanager
    def watching(self, handle: str) -> Iterator[Watched]:
        """Watch a run for the time of the block."""
        watched = self._watched[handle] = Watched()
        self.look()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            yield watched
        finally:
            self._watched.pop(handle, None)

    def waits_for(self, handle: str) -> str:
        """Why a run has not begun, as the engine says it; nothing when it has, or says nothing."""
        watched = self._watched.get(handle)
        if watched is None or watched.latest is None or watched.latest.phase is not Phase.QUEUED:
            return ""
        return watched.latest.reason

    def look(self) -> None:
        """Ask at once."""
        self._wake.set()

    async def close(self) -> None:
        """Stop asking. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        changes = asyncio.create_task(self._note_changes())
        try:
            while self._watched:
                self._wake.clear()
                await self._ask()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._wake.wait()
                await asyncio.sleep(SETTLE_SECONDS)
        finally:
            changes.cancel()
            await asyncio.gather(changes, return_exceptions=True)

    def _pause(self) -> float:
        """Seconds until the next look: sooner while it has to be seen whether a run is lost."""
        is_losing = any(watched.lost_since is not None for watched in self._watched.values())
        return min(self._engine.poll_seconds, self._lost_seconds) if is_losing else self._engine.poll_seconds

    async def _note_changes(self) -> None:
        while True:
            await self._engine.changes()
            self._wake.set()

    async def _ask(self) -> None:
        try:
            observations = await self._engine.observe(list(self._watched))
        except EngineUnavailable as exc:
            self._note_away(str(exc))
            return
        except Exception:
            log.exception("engine.observe_failed", engine=self._engine.name)
            return
        self._note_away("")
        for handle, observation in observations.items():
            if watched := self._watched.get(handle):
                self._pass_on(watched, observation)

    def _pass_on(self, watched: Watched, observation: Observation) -> None:
        if observation.phase is Phase.LOST:
            now = asyncio.get_running_loop().time()
            watched.lost_since = watched.lost_since or now
            if now - watched.lost_since < self._lost_seconds:
                return
        else:
            watched.lost_since = None
        if observation != watched.latest:
            watched.latest = observation
            watched.changed.set()

    def _note_away(self, problem: str) -> None:
        if problem and not self._is_away:
            log.warning("engine.unavailable", engine=self._engine.name, problem=problem)
        if self._is_away and not problem:
            log.info("engine.available", engine=self._engine.name)
        self._is_away = bool(problem)

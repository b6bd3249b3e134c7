"""The engines that a worker serves, each with its slots."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jobsvc.db.claims import Claim, Engines
from jobsvc.ports.engine import AdoptingEngine, ExecutionEngine


@dataclass(frozen=True)
class Served:
    """One engine: its name, where its runs live (None: in this process), and how many of them this worker holds at most.

    `directory` is where they leave files on this host. `adopting` is the engine again when its runs outlive this worker.
    `is_on_host`: its runs take their resources of this host.
    """

    name: str
    engine: ExecutionEngine
    place: str | None
    slots: int
    directory: Path
    adopting: AdoptingEngine | None = None
    is_on_host: bool = False


class EngineTable:
    """All engines of a worker."""

    def __init__(self, served: Iterable[Served], *, default: str) -> None:
        """`default` runs job types that name no engine; this worker need not serve it."""
        self._by_place = {item.place: item for item in served}
        self._default = default

    def __iter__(self) -> Iterator[ExecutionEngine]:
        return (item.engine for item in self._by_place.values())

    @property
    def slots(self) -> int:
        """Of all engines together."""
        return sum(item.slots for item in self._by_place.values())

    @property
    def names(self) -> list[str]:
        """The names of the engines."""
        return [item.name for item in self._by_place.values()]

    @property
    def on_host(self) -> list[str]:
        """The names of those whose runs take their resources of this host."""
        return [item.name for item in self._by_place.values() if item.is_on_host]

    @property
    def waits(self) -> dict[int, str]:
        """What executions wait for at their engines, by id."""
        return {execution_id: reason for engine in self.adopting for execution_id, reason in engine.waits.items()}

    @property
    def directories(self) -> list[Path]:
        """Where runs leave files on this host."""
        return [item.directory for item in self._by_place.values()]

    @property
    def adopting(self) -> list[AdoptingEngine]:
        """The engines whose runs outlive this worker."""
        return [item.adopting for item in self._by_place.values() if item.adopting is not None]

    def name_of(self, claim: Claim) -> str:
        """The name of the engine that runs an execution."""
        return self._by_place[claim.place].name

    def of(self, claim: Claim) -> ExecutionEngine:
        """The engine that runs an execution."""
        return self._by_place[claim.place].engine

    def with_room(self, claims: Iterable[Claim]) -> Engines:
        """The engines that can take more executions beside those that run, and how many."""
        used = Counter(claim.place for claim in claims)
        free = {item.name: item for item in self._by_place.values() if used[item.place] < item.slots}
        room = {name: item.slots - used[item.place] for name, item in free.items()}
        return Engines(self._default, {name: item.place for name, item in free.items()}, room, self.on_host)

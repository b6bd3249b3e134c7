"""Results of `bench.lists`: as a file, and as the table that is printed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import orjson

CPU_LIMIT = 20.0
"""Milliseconds of CPU, API and PostgreSQL, that a first page may cost."""
WALL_LIMIT = 50.0
"""Milliseconds in which 95 of 100 answers have to be there."""
GROWTH_LIMIT = 2.0
"""How many times as much it may cost as in the smaller history."""


@dataclass(frozen=True)
class Measured:
    """What a request costs, in milliseconds: by the clock, and CPU of API and PostgreSQL."""

    group: str
    name: str
    path: str
    status: int
    rows: int | None
    requests: int
    p50: float
    p95: float
    api: float
    postgres: float

    @property
    def key(self) -> tuple[str, str]:
        """What the same request is called at every size."""
        return self.group, self.name

    @property
    def cpu(self) -> float:
        """Of both."""
        return self.api + self.postgres


@dataclass(frozen=True)
class Results:
    """All of one run."""

    jobs: int
    measured_at: str
    resident_mib: float
    cases: list[Measured]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` has written."""
        document: dict[str, Any] = orjson.loads(path.read_bytes())
        return cls(**document | {"cases": [Measured(**case) for case in document["cases"]]})

    def write(self, path: Path) -> None:
        """Write as JSON, a case a line, so that changes can be seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {name: value for name, value in asdict(self).items() if name != "cases"}
        lines = ",\n".join(orjson.dumps(asdict(case)).decode() for case in self.cases)
        path.write_text(orjson.dumps(about).decode()[:-1] + f',"cases":[\n{lines}\n]}}\n')

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Measured]:
        """The cases by what they are called."""
        return {case.key: case for case in self.cases}


def heading(smaller: Results | None) -> str:
    """The first lines of the table."""
    names = ["request", "rows", "p50 ms", "p95 ms", "CPU API", "CPU PostgreSQL", "CPU"]
    names += [f"growth from {smaller.jobs:,}"] if smaller else []
    return "\n".join((f"| {' | '.join([*names, 'over'])} |", f"| --- |{' ---: |' * (len(names) - 1)} --- |"))


def line(case: Measured, smaller: Results | None) -> str:
    """One line of it."""
    name = f"{case.group}: {case.name}" + ("" if case.status == 200 else f" (HTTP {case.status})")  # noqa: PLR2004
    rows = "" if case.rows is None else str(case.rows)
    cells = [name, rows, *(f"{figure:.1f}" for figure in (case.p50, case.p95, case.api, case.postgres, case.cpu))]
    if smaller is not None:
        grown = growth(case, smaller)
        cells.append("" if grown is None else f"{grown:.1f}x")
    return f"| {' | '.join([*cells, ' '.join(over(case, smaller))])} |"


def growth(case: Measured, smaller: Results) -> float | None:
    """How many times as much CPU a request costs as in the smaller history."""
    before = smaller.by_key.get(case.key)
    return case.cpu / before.cpu if before and before.cpu else None


def over(case: Measured, smaller: Results | None) -> Iterator[str]:
    """The limits that a request is over."""
    if case.cpu > CPU_LIMIT:
        yield f"**CPU > {CPU_LIMIT:.0f}**"
    if case.p95 > WALL_LIMIT:
        yield f"**p95 > {WALL_LIMIT:.0f}**"
    grown = growth(case, smaller) if smaller else None
    if grown is not None and grown > GROWTH_LIMIT:
        yield f"**> {GROWTH_LIMIT:.0f}x**"


def summary(results: Results, smaller: Results | None) -> str:
    """How many are over a limit."""
    count = sum(any(over(case, smaller)) for case in results.cases)
    cpu = sum(case.cpu > CPU_LIMIT for case in results.cases)
    return (
        f"\n{results.jobs:,} jobs: {len(results.cases)} requests, {cpu} over {CPU_LIMIT:.0f} ms of CPU, {count} over some limit;"
        f" the API has {results.resident_mib:.0f} MiB"
    )

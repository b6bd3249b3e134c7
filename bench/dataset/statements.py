"""The SQL that fills tables, of the files beside this one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.dataset.manifests import as_sql
from bench.dataset.size import Size

_PLACE = Path(__file__).parent
_DRAWS = ", ".join(f"CAST(hashint8extended(i, {n}) & 1073741823 AS float8) / 1073741824 AS u{n}" for n in range(1, 10))
# When the first job was made that can read the files of a group, less an hour; jobs of other groups come later.
_GROUP_STARTED = (
    "({until} - {live_span} - ({jobs} - 1 - (file_group - 1) * ({jobs} / {groups})) * (({span} - {live_span}) / {jobs})"
    " - interval '1 hour')"
)
_GROUP_SENSOR = "(1 + CAST(hashint8extended(file_group, 14) & 1023 AS int) % 40)"
_STATUSES = ("pending", "blocked", "queued", "running", "failed", "completed", "canceled")
_COUNTS = "count(*) AS total, " + ", ".join(f"count(*) FILTER (WHERE status = '{s.upper()}') AS {s}" for s in _STATUSES)


@dataclass(frozen=True)
class Filling:
    """How one table gets its rows: a file, how many numbers it is made of, and how many at a time."""

    name: str
    numbers: int
    at_a_time: int = 250_000

    def statements(self, size: Size) -> Iterator[str]:
        """The statements, each a transaction of its own."""
        text = _read(f"tables/{self.name}.sql")
        for first in range(1, self.numbers + 1, self.at_a_time):
            last = min(first + self.at_a_time - 1, self.numbers)
            yield _complete(text, size, first=str(first), last=str(last))


def few(size: Size) -> str:
    """What there are few of; all at once."""
    return _complete(_read("few.sql"), size, manifests=as_sql())


def totals(size: Size) -> str:
    """What rows say of many others; all at once, at the end."""
    return _complete(_read("totals.sql"), size)


def fillings(size: Size) -> list[list[Filling]]:
    """The tables there is much in, in lists: those of one list can be filled at the same time, the longest first."""
    by_plan = [Filling(name, size.jobs) for name in ("execution", "job", "event", "job_input_file", "recipe_node")]
    return [[*by_plan, Filling("source_file", size.groups)], [Filling("product_file", size.jobs), Filling("queue", 1)]]


def _complete(text: str, size: Size, **more: str) -> str:
    parameters = size.parameters | {"draws": _DRAWS, "counts": _COUNTS} | more
    derived = {"group_started": _GROUP_STARTED, "group_sensor": _GROUP_SENSOR}
    derived = {name: part.format_map(parameters) for name, part in derived.items()}
    plan = _plan(parameters) if "{plan}" in text else ""
    return text.format_map(parameters | derived | {"plan": plan})


def _plan(parameters: dict[str, str]) -> str:
    """The layers, one around the other. OFFSET 0 keeps them apart; merged, they would be computed wherever they are named."""
    first, *layers = _read("plan.sql").format_map(parameters).split(";")
    numbers = f"generate_series(CAST({parameters['first']} AS bigint), CAST({parameters['last']} AS bigint)) i"
    query = _layer(first, numbers)
    for layer in layers:
        query = _layer(f"p.*, {layer}", f"({query}) p")
    return query


def _layer(columns: str, source: str) -> str:
    return f"SELECT {columns} FROM {source} OFFSET 0"  # noqa: S608 - of our own files


def _read(name: str) -> str:
    """The text without comments."""
    lines = (_PLACE / name).read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))

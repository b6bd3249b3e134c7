"""What lists cost on a history that `bench.load_jobs` has made: `python -m bench.lists --directory DIR`."""

import argparse
import re
import statistics
import time
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from bench.list_cases import Case, Cases
from bench.list_results import Measured, Results, heading, line, summary
from bench.load_jobs import DESCRIPTION
from bench.service import Running, serving
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.domain.instants import parse_timestamp
from jobsvc.settings import Settings

TIMEOUT = 120.0
"""Seconds until an answer is given up."""


@dataclass(frozen=True)
class Effort:
    """How often a request is repeated: `count` times, or as often as fits into `seconds`."""

    count: int
    seconds: float


class Asking:
    """A client of the service with one connection, and the CPU that its requests cost."""

    def __init__(self, service: Running) -> None:
        self._service = service
        self._address = urlsplit(service.url).netloc
        self._connection = HTTPConnection(self._address, timeout=TIMEOUT)

    def measure(self, case: Case, effort: Effort) -> Measured:
        """Ask once, which also fills caches, and then as often as it is worth."""
        begun = time.monotonic()
        status, body = self._get(case.path)
        first = time.monotonic() - begun
        if first > effort.seconds:
            return self._measured(case, status, body, [], 1)
        return self._measured(case, status, body, [], min(effort.count, max(3, int(effort.seconds / first))))

    def _measured(self, case: Case, status: int, body: bytes, walls: list[float], count: int) -> Measured:
        api, postgres = self._service.cpu()
        for _ in range(count):
            begun = time.perf_counter()
            self._get(case.path)
            walls.append((time.perf_counter() - begun) * 1000)
        api_after, postgres_after = self._service.cpu()
        return Measured(
            case.group,
            case.name,
            case.path,
            status,
            _rows(body),
            count,
            round(statistics.median(walls), 2),
            round(_quantile(walls, 0.95), 2),
            round((api_after - api) / count * 1000, 3),
            round((postgres_after - postgres) / count * 1000, 3),
        )

    def _get(self, path: str) -> tuple[int, bytes]:
        """The status and the body; 0 when there was no answer in time."""
        try:
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            return response.status, response.read()
        except OSError:
            self._connection.close()
            self._connection = HTTPConnection(self._address, timeout=TIMEOUT)
            return 0, b""


def main() -> None:
    """Ask, print, write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="what `bench.load_jobs` was told")
    parser.add_argument("--only", default="", help="a regular expression for `group: name`")
    parser.add_argument("--count", type=int, default=30, help="requests of each kind, at most")
    parser.add_argument("--seconds", type=float, default=1.5, help="for requests of each kind, about")
    parser.add_argument("--output", type=Path, help="a JSON file to write")
    parser.add_argument("--compare", type=Path, help="a JSON file of a smaller history, to show growth")
    chosen = parser.parse_args()
    description = orjson.loads((chosen.directory / DESCRIPTION).read_bytes())
    cases = Cases(description["jobs"], parse_timestamp(description["until"])).all()
    cases = [case for case in cases if re.search(chosen.only, f"{case.group}: {case.name}")]
    smaller = Results.read(chosen.compare) if chosen.compare else None
    print(heading(smaller))
    with serving(chosen.directory, migrated) as service:
        asking, measured = Asking(service), []
        for case in cases:
            measured.append(asking.measure(case, Effort(chosen.count, chosen.seconds)))
            print(line(measured[-1], smaller), flush=True)
        memory = round(service.resident_mib(), 1)
    results = Results(description["jobs"], datetime.now().astimezone().isoformat(timespec="seconds"), memory, measured)
    print(summary(results, smaller))
    if chosen.output:
        results.write(chosen.output)


async def migrated(settings: Settings) -> None:
    """Prepare the data in a directory for this version of the service."""
    database = Database.connect(settings.database_url or "")
    await migrate(database.engine)
    await database.close()


def _rows(body: bytes) -> int | None:
    """How many results a page has."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    results = document.get("results") if isinstance(document, dict) else None
    return len(results) if isinstance(results, list) else None


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()

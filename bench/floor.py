"""How near a page of 100 jobs comes to the least that Python can do: `python -m bench.floor --directory DIR`.

The service and the floor (`bench.floor_app`) are asked in turns, for the speed of a machine changes within seconds.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from bench import processors
from bench.lists import migrated
from bench.service import Running, free_port, serving

PATHS = {
    "no filter": "/v6/jobs/",
    "newest first": "/v6/jobs/?order=-last_modified",
    "status": "/v6/jobs/?status=FAILED",
    "status, type and time": "/v6/jobs/?status=COMPLETED&job_type_id=1&started=P30D",
    "v3": "/jobs/",
    "no database": "/v6/version/",
}


def main() -> None:
    """Ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="what `bench.load_jobs` has filled")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--count", type=int, default=50, help="requests of each kind in a round")
    chosen = parser.parse_args()
    with serving(chosen.directory, migrated) as service, _floor(service) as (pid, port):
        floors, costs = _measure(service, (pid, port), chosen.rounds, chosen.count)
    print("| page of 100 jobs | Python ms | floor |\n| --- | ---: | ---: |")
    least = statistics.median(floors)
    print(f"| floor | {least:.2f} | 1.00 |")
    for name, figures in costs.items():
        ratios = [figure / floor for figure, floor in zip(figures, floors, strict=True)]
        print(f"| {name} | {statistics.median(figures):.2f} | {statistics.median(ratios):.2f} |")


def _measure(service: Running, floor: tuple[int, int], rounds: int, count: int) -> tuple[list[float], dict[str, list[float]]]:
    """CPU milliseconds of Python for a request, of the floor and of the service, in each round."""
    address = int(service.url.rpartition(":")[2])
    floors: list[float] = []
    costs: dict[str, list[float]] = {name: [] for name in PATHS}
    for number in range(rounds + 1):
        cost = _cost(*floor, "/floor/", count)
        own = {name: _cost(service.api_pid, address, path, count) for name, path in PATHS.items()}
        if number:  # the first one fills caches
            floors.append(cost)
            for name, figure in own.items():
                costs[name].append(figure)
    return floors, costs


def _cost(pid: int, port: int, path: str, count: int) -> float:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    before = processors.used(pid)
    for _ in range(count):
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:  # noqa: PLR2004
            raise SystemExit(f"{path}: {body.decode()}")
    connection.close()
    return (processors.used(pid) - before) / count * 1000


@contextlib.contextmanager
def _floor(service: Running) -> Iterator[tuple[int, int]]:
    """Process and port of the floor."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.floor_app", service.database_url, str(port)])
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                _cost(process.pid, port, "/floor/", 1)
                break
            time.sleep(0.1)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()

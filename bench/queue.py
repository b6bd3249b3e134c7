"""Jobs that do nothing, from the claim to COMPLETED, here and through other queues on PostgreSQL: `python -m bench.queue`."""

import argparse
import asyncio
import contextlib
import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import asyncpg

from bench import queue_load
from bench.plot import Line, plot
from bench.service import tree_cpu
from jobsvc.embedded import EmbeddedPostgres

OURS = "jobsvc"
PEERS = ("procrastinate", "pgqueuer")
RECORDED = {
    OURS: "job with its status and times, execution with its configuration, resources, times and results, lease with a token",
    "procrastinate": "job with its status, three events",
    "pgqueuer": "a log row when it is picked and when it is done; the job itself is deleted",
}
RESULTS = Path(__file__).parent / "results"
PAUSE = 0.02  # between looks whether all is done
WORKERS = (1, 2, 4)
SLOTS = (1, 4, 16, 64)
JOBS_OF_SLOT = 30  # few slots take long
HELP = "the other queues are not measured: `make queues` installs them"


@dataclass(frozen=True)
class Run:
    """What a backlog took: seconds by the clock, CPU seconds of the worker and of PostgreSQL."""

    jobs: int
    seconds: float
    worker: float
    postgres: float

    @property
    def rate(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds

    def __str__(self) -> str:
        """For people."""
        own, postgres = self.worker / self.jobs * 1e3, self.postgres / self.jobs * 1e3
        parts = f"{own:.2f} of the worker, {postgres:.2f} of PostgreSQL"
        return f"{self.rate:7.0f} jobs/s, CPU a job: {own + postgres:5.2f} ms ({parts})"


class Server:
    """An embedded PostgreSQL as the service starts it: committed is on the disk."""

    def __init__(self, directory: Path) -> None:
        self._server = EmbeddedPostgres(directory / "data")
        self.directory = directory
        self.url = self._server.start()
        self._postmaster = int((directory / "data" / "postgres" / "postmaster.pid").read_text().split()[0])

    def close(self) -> None:
        """Shut it down."""
        self._server.stop()

    def cpu(self) -> float:
        """CPU seconds so far, those of ended processes included."""
        return tree_cpu(self._postmaster)

    def new_database(self, name: str) -> str:
        """The URL, for any driver, of a new database."""
        plain = self.url.replace("+asyncpg", "")

        async def create() -> None:
            connection = await asyncpg.connect(plain)
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()

        asyncio.run(create())
        return plain.replace("/jobsvc?", f"/{name}?")


@contextlib.contextmanager
def started_server() -> Iterator[Server]:
    """A server that is removed at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="jobsvc-bench-") as name:
        server = Server(Path(name))
        try:
            yield server
        finally:
            server.close()


class Process:
    """A worker that waits for a line before it begins."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.read() != "ready":
            raise SystemExit(f"{' '.join(command)} does not start")

    def say(self) -> None:
        """Give it the next line."""
        print(file=_pipe(self._process.stdin), flush=True)

    def read(self) -> str:
        """Its next line."""
        return _pipe(self._process.stdout).readline().strip()

    def end(self) -> None:
        """Wait for its end."""
        if self._process.wait(60):
            raise SystemExit("a worker failed")


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise ValueError("no pipe")
    return pipe


def ours(server: Server, url: str, jobs: int, slots: int, workers: int = 1) -> Run:
    """Through workers of the service."""
    before = queue_load.completed(url)
    queue_load.add_backlog(url, jobs)
    command = [sys.executable, "-m", "bench.queue_worker", url, str(slots)]
    processes = [Process([*command, str(server.directory / f"worker-{number}")]) for number in range(workers)]
    postgres, began = server.cpu(), time.monotonic()
    for process in processes:
        process.say()
    queue_load.wait_until_done(url, PAUSE)
    seconds, postgres = time.monotonic() - began, server.cpu() - postgres
    for process in processes:
        process.say()
    own = sum(float(process.read()) for process in processes)
    for process in processes:
        process.end()
    if queue_load.completed(url) != before + jobs:
        raise SystemExit("not every job was completed")
    return Run(jobs, seconds, own, postgres)


def peer(server: Server, python: Path, name: str, jobs: int, slots: int) -> Run:
    """Through a worker of another queue."""
    url = server.new_database(f"{name}_{time.monotonic_ns()}")
    process = Process([str(python), "-m", "bench.queue_peers", name, url, str(jobs), str(slots)])
    postgres, began = server.cpu(), time.monotonic()
    process.say()
    own = float(process.read())
    seconds, postgres = time.monotonic() - began, server.cpu() - postgres
    process.end()
    return Run(jobs, seconds, own, postgres)


def compare(python: Path, jobs: int, slots: int, rounds: int, finished: int) -> None:
    """Measure alternately, and print."""
    peers = PEERS if python.exists() else ()
    if not peers:
        print(HELP)
    runs: dict[str, list[Run]] = {name: [] for name in (OURS, *peers)}
    with started_server() as server:
        queue_load.prepare(server.url, finished)
        ours(server, server.url, jobs // 4, slots)
        for number in range(rounds):
            runs[OURS].append(ours(server, server.url, jobs, slots))
            for name in peers:
                runs[name].append(peer(server, python, name, jobs, slots))
            for name, done in runs.items():
                print(f"round {number + 1}: {name:13} {done[-1]}", flush=True)
    for name in peers:
        ratios = [own.rate / other.rate for own, other in zip(runs[OURS], runs[name], strict=True)]
        print(f"{OURS} / {name}: median {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}")
    for name in runs:
        print(f"{name} records: {RECORDED[name]}")


def sweep(jobs: int) -> None:
    """Measure all numbers of workers and slots, and write a table and a plot."""
    runs: dict[tuple[int, int], Run] = {}
    with started_server() as server:
        queue_load.prepare(server.url, 0)
        for workers in WORKERS:
            for slots in SLOTS:
                count = min(jobs, JOBS_OF_SLOT * workers * slots)
                runs[workers, slots] = ours(server, server.url, count, slots, workers)
                print(f"{workers} workers, {slots:2} slots each: {runs[workers, slots]}", flush=True)
            _write(runs)


def _write(runs: Mapping[tuple[int, int], Run]) -> None:
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "queue.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["workers", "slots", "jobs_per_second", "worker_cpu_ms_a_job", "postgres_cpu_ms_a_job"])
        for (workers, slots), run in runs.items():
            own, postgres = (f"{seconds / run.jobs * 1e3:.2f}" for seconds in (run.worker, run.postgres))
            rows.writerow([workers, slots, round(run.rate), own, postgres])
    measured = sorted({workers for workers, _ in runs})
    lines = [Line(f"{workers} workers", [(slots, runs[workers, slots].rate) for slots in SLOTS]) for workers in measured]
    picture = plot("No-op jobs from claim to COMPLETED", "slots of each worker", "jobs/s", lines)
    (RESULTS / "queue.svg").write_text(picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=4000, help="of each queue in each round, in thousands")
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--finished", type=int, default=0, help="jobs of the service that were completed before")
    parser.add_argument("--queues-python", type=Path, default=Path(".queues/bin/python"), help="the Python that has the others")
    parser.add_argument("--sweep", action="store_true", help="workers and slots instead, without the others")
    chosen = parser.parse_args()
    if chosen.sweep:
        sweep(chosen.jobs)
    else:
        compare(chosen.queues_python, chosen.jobs, chosen.slots, chosen.rounds, chosen.finished)

"""Speed and memory of `jobsvc import` into a new embedded database: `python -m bench.import_jobs`."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import import_lines
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.settings import Settings

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds by the clock and of both CPUs, and its greatest resident memory."""

    wall: float
    python: float
    postgres: float
    peak_mib: float

    def row(self, what: str, jobs: int) -> str:
        """A line of the table."""
        item = 1e6 / jobs
        return (
            f"{what:28} {self.wall:8.1f} {jobs / self.wall:8.0f} {self.python * item:10.1f} {self.postgres * item:10.1f} "
            f"{self.peak_mib:8.0f}"
        )


def cost_of(settings: Settings, *command: str) -> Cost:
    """Run a command of jobsvc on the database of the settings; what it prints goes to standard error."""
    postmaster = int((settings.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    began, postgres = time.monotonic(), _cpu_with_ended(postmaster)
    environment = os.environ | settings.as_environment()
    process = subprocess.Popen([sys.executable, "-m", "jobsvc", *command], env=environment, stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"jobsvc {command[0]} failed")
    wall = time.monotonic() - began
    time.sleep(0.5)  # until PostgreSQL has waited for the process of the connection
    return Cost(wall, usage.ru_utime + usage.ru_stime, _cpu_with_ended(postmaster) - postgres, usage.ru_maxrss / 1024)


def main() -> None:
    """Make a file, import it twice, export it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jobsvc-import-") as directory:
        home = Path(directory)
        file = home / "jobs.jsonl"
        lines = import_lines.write(file, chosen.jobs)
        print(f"{chosen.jobs} jobs, {lines} lines, {file.stat().st_size / 2**20:.0f} MiB", flush=True)
        server = EmbeddedPostgres(home / "data")
        settings = Settings(data_dir=home / "data", database_url=server.start())
        try:
            _measure(settings, file, chosen.jobs)
        finally:
            server.stop()


def _measure(settings: Settings, file: Path, jobs: int) -> None:
    cost_of(settings, "migrate")
    print(f"{'':28} {'seconds':>8} {'jobs/s':>8} {'python us':>10} {'pg us':>10} {'MiB':>8}")
    print(cost_of(settings, "import", str(file)).row("import", jobs), flush=True)
    print(cost_of(settings, "import", str(file)).row("the same again", jobs), flush=True)
    print(cost_of(settings, "export", str(file.with_suffix(".out"))).row("export", jobs), flush=True)
    print(cost_of(settings, "export", str(file.with_suffix(".out.gz"))).row("export, compressed", jobs), flush=True)


def _cpu_with_ended(pid: int) -> float:
    """CPU seconds of a process and of those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


if __name__ == "__main__":
    main()

"""A service as users run it, with something in it, for what has to be tried from outside: generated clients, a fuzzer."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobsvc.cli.run import run
from tests.cli.support import EXAMPLES, JOBSVC, environment, running_service

JOBS = EXAMPLES.parent / "clients" / "jobs.jsonl"


@contextmanager
def live_service(data_dir: Path) -> Iterator[str]:
    """`jobsvc up` with two of the example job types and the jobs of `clients/jobs.jsonl`; gives its URL."""
    variables = environment(data_dir)
    with running_service(variables) as url:
        subprocess.run([*JOBSVC, "import", "--keep-running", JOBS], env=variables, check=True)
        for name in ("word-count", "countdown"):
            manifest = EXAMPLES / name / "manifest.json"
            assert run(["--url", url, "types", "add", str(manifest), "--setting", f"EXAMPLES={EXAMPLES}"]) == 0
        yield url

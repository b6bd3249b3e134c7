"""`python -m scripts.mutation PATH...`: says which changes of a module no test notices."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jobsvc.embedded import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutation"
TREE = BUILD / "tree"
TESTS = {
    "src/jobsvc/domain": "tests/domain",
    "src/jobsvc/services": "tests/services tests/transfer tests/api/siblings tests/api/test_submit.py "
    "tests/api/test_submit_refused.py tests/api/test_idempotency.py tests/api/test_job_types.py tests/api/test_workspaces.py "
    "tests/api/test_files.py tests/api/test_uploads.py tests/api/test_bulk_operations.py tests/api/test_logs.py",
    "src/jobsvc/db/claims.py": "tests/db/test_claims.py tests/db/test_leases.py tests/db/test_claim_races.py "
    "tests/services/test_queueing.py tests/services/test_completion.py tests/services/test_launching.py",
}
"""What is run against mutants of what lies there, until one test fails: what is likeliest to fail comes first."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m scripts.mutation", description=__doc__)
    parser.add_argument("paths", nargs="+", help="modules, or directories of them, below src/jobsvc")
    parser.add_argument("--python", default=str(ROOT / ".mutation/bin/python"), help="of the environment with cosmic-ray")
    parser.add_argument("--count", type=int, default=0, help="how many mutants, by chance; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="of the chance")
    parser.add_argument("--seconds", type=float, default=3600, help="begin no further mutant after so long; call again to go on")
    parser.add_argument("--test-seconds", type=float, default=60, help="a mutant whose tests take longer counts as noticed")
    parser.add_argument("--again", action="store_true", help="try those again that no test has noticed")
    parser.add_argument("--tests", help="what is run, instead of what the table here says")
    options = parser.parse_args(arguments)
    copy_tree()
    with tempfile.TemporaryDirectory(prefix="mutation-") as directory:
        server = EmbeddedPostgres(Path(directory) / "server", durable=False)
        environment = os.environ | {"JOBSVC_TEST_DATABASE_URL": server.start(), "PYTHONPATH": f"{TREE}/src:{TREE}"}
        try:
            for path in options.paths:
                _run(path.rstrip("/"), options, environment)
        finally:
            server.stop()


def copy_tree() -> None:
    """Bring what git knows, and what is new, to the copy that mutants are made in."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - our own
    shutil.rmtree(TREE, ignore_errors=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TREE / name)


def module_tests(path: str) -> str:
    """The tests that a path of the table has, or the longest one that it lies in."""
    places = [place for place in TESTS if path == place or path.startswith(f"{place}/")]
    if not places:
        sys.exit(f"No tests are known for {path}: name some with --tests, or add a line to {Path(__file__).relative_to(ROOT)}.")
    return TESTS[max(places, key=len)]


def _run(path: str, options: argparse.Namespace, environment: dict[str, str]) -> None:
    modules = [path] if path.endswith(".py") else sorted(str(file.relative_to(TREE)) for file in (TREE / path).rglob("*.py"))
    tests = ["-q", "-x", "-p", "no:cacheprovider", *(options.tests or module_tests(path)).split()]
    # What pytest makes of the tests is kept, so that no mutant has to wait for it.
    _call([sys.executable, "-m", "pytest", "--collect-only", *tests], environment)
    # Checked by the text and not by its time: two changes may come within a second.
    _call([sys.executable, "-m", "compileall", "-q", "-f", "--invalidation-mode", "checked-hash", "src"], environment)
    names = ("count", "seed", "seconds", "test_seconds", "again")
    job = {name: getattr(options, name) for name in names} | {"tree": str(TREE), "modules": modules}
    # It writes no bytecode, which could not tell one mutant from the next.
    job["command"] = [sys.executable, "-B", str(TREE / "scripts/mutation/runner.py"), *tests]
    job["session"] = str(BUILD / f"{path.replace('/', '-')}.sqlite")
    session = [options.python, "-m", "scripts.mutation.session"]
    subprocess.run(session, cwd=ROOT, env=environment, input=json.dumps(job), text=True, check=True)  # noqa: S603 - our own


def _call(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=TREE, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own


if __name__ == "__main__":
    main()

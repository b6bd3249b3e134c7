"""How long a process of the service takes before it does anything: each command pays it."""

import subprocess
import sys

LARGEST_SHARE = 0.35
"""Of the time of all imports, for one module: more is a package that works while it is imported."""


def test_no_import_takes_the_time_of_all_others() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "import jobsvc.app"]
    subprocess.run(command, check=True, capture_output=True)  # leaves compiled files for the next
    report = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    rows = [line.removeprefix("import time:").split("|") for line in report.splitlines()[1:]]
    spent = {name.strip(): int(own) for own, _, name in rows if own.strip().isdigit()}
    slowest = max(spent, key=lambda name: spent[name])
    assert spent[slowest] < LARGEST_SHARE * sum(spent.values()), slowest


def test_what_few_have_a_use_for_is_loaded_where_it_is_used() -> None:
    """Each takes 4 to 15 MiB of every process."""
    heavy = {"aiodocker", "cryptography", "elasticsearch", "joserfc", "kubernetes_asyncio", "obstore", "opentelemetry.sdk"}
    command = [sys.executable, "-c", "import sys, jobsvc.app; print(*sys.modules)"]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert heavy & set(loaded) == set()

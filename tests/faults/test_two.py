"""Two services on one data directory share one database, and either goes on without the other."""

from tests.faults.conftest import Begin, StartUp
from tests.stack.up import Up, children, command_line

JOBS = 24


def test_one_of_two_services_dies(start_up: StartUp, begin: Begin) -> None:
    first, second = start_up(), start_up()
    for up in (first, second):
        up.await_answer()
    trials = [begin(first), begin(second)]
    for trial in trials:
        trial.submit(JOBS)
    trials[0].await_starts(JOBS // 4)
    owner = owner_of_database(first, second)
    owner.process.kill()
    owner.process.wait()
    for trial in trials:
        trial.service = trials[0 if owner is second else 1].service
        trial.check()


def owner_of_database(first: Up, second: Up) -> Up:
    """Whose child the server is."""
    return first if any("watcher.py" in command_line(pid) for pid in children(first.pid)) else second

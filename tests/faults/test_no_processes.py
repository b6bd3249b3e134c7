"""A worker that cannot start processes, or open files, for a while."""

import errno
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import pytest

from jobsvc.db.database import Database
from tests.faults.conftest import Begin, StartUp
from tests.faults.ledger import Trial
from tests.ordinary_user import AS_ORDINARY_USER
from tests.stack.up import Up, children
from tests.waiting import until

JOBS = 24
SECONDS = 3.0


def victims(up: Up) -> set[int]:
    """The worker and what starts its jobs."""
    worker = until(lambda: up.part("worker"))
    return {worker, *children(worker)}


@contextmanager
def without_descriptors(up: Up, limit: int) -> Iterator[None]:
    """So many descriptors are left; those of the processes that still run are given back."""
    limit = resource.RLIMIT_NOFILE
    before = {pid: resource.prlimit(pid, limit) for pid in victims(up)}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, limit, (limit, hard))
    yield
    for pid in before.keys() & victims(up):
        resource.prlimit(pid, limit, before[pid])


@contextmanager
def without_forks(up: Up) -> Iterator[None]:
    """The service's user may have no more processes. Only that user may say so: so a command of that user does."""
    limited = victims(up)
    for pid in limited:
        subprocess.run([*AS_ORDINARY_USER, "prlimit", f"--pid={pid}", "--nproc=1:"], check=True)
    yield
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    for pid in limited & victims(up):
        value = "unlimited" if soft == resource.RLIM_INFINITY else soft
        subprocess.run([*AS_ORDINARY_USER, "prlimit", f"--pid={pid}", f"--nproc={value}:"], check=True)


def half_begun(begin: Begin, up: Up) -> Trial:
    """A trial whose jobs run."""
    trial = begin(up)
    trial.submit(JOBS // 2)
    trial.await_starts(JOBS // 4)
    return trial


@pytest.mark.parametrize("limit", [4, 30], ids=["none", "few"])
def test_a_worker_without_descriptors(shared_up: Up, begin: Begin, limit: int) -> None:
    """Executions that cannot be started are errors of the system: they are told as such and tried again."""
    trial = half_begun(begin, shared_up)
    with without_descriptors(shared_up, limit):
        trial.submit(JOBS // 2)
        time.sleep(SECONDS)
    trial.check()


def test_a_worker_that_cannot_fork(start_up: StartUp, db: Database, begin: Begin) -> None:
    """As with descriptors. The limit holds until jobs were tried again because of it."""
    # No database of its own: PostgreSQL makes none for a user without a name.
    variables = {"JOBSVC_DATABASE_URL": db.engine.url.render_as_string(hide_password=False)}
    up = start_up(variables, prefix=AS_ORDINARY_USER)
    up.await_answer()
    trial = half_begun(begin, up)
    with without_forks(up):
        trial.submit(JOBS // 2)
        until(lambda: trial.service.retried(trial.job_type_id))
    trial.check()
    assert os.strerror(errno.EAGAIN) in failures(trial)


def failures(trial: Trial) -> str:
    """What the executions said that failed."""
    executions = (trial.service.ask("GET", f"/v6/jobs/{job_id}/executions/")["results"] for job_id in trial.accepted)
    failed = [item["id"] for item in chain.from_iterable(executions) if item["status"] == "FAILED"]
    return "".join(trial.service.answer("GET", f"/v6/job-executions/{number}/logs/stderr/").text for number in failed)

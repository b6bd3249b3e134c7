"""All parts of an installation, restarted one after the other under load, and what callers may see of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.ledger import Trial
from tests.faults.service import Service
from tests.waiting import until
from tests.whole.installation import REPLICAS, WORKERS, Installation
from tests.whole.load import EXPECTED, Load, bearer

HOUR = 3600
RESTARTED = (*REPLICAS, *WORKERS, "elasticsearch", "postgres", "gateway")
KILLED = (REPLICAS[0], WORKERS[0])
ALLOWED = {
    # What has arrived at the replica may have been done: the gateway does not repeat it.
    f"killed {REPLICAS[0]}": dict.fromkeys(("submitter", "viewer who cancels"), ("502",)),
    "postgres": dict.fromkeys(EXPECTED, ("503",)),
    "elasticsearch": {"reader of a log": ("503",)},
}
"""What may be answered by whom while a part is away that nobody can stand in for."""
SECONDS_OF_A_JOB = 2


@contextmanager
def admin_of(installation: Installation) -> Iterator[Service]:
    """A client of somebody who may do everything."""
    service = Service(installation.url, headers=bearer(installation.token("admin", exp=int(time.time()) + HOUR)), timeout=30)
    yield service
    service.close()


def trial_in(installation: Installation, service: Service) -> tuple[Trial, str]:
    """A trial whose jobs run in the containers, and the path of the log of its first job, which is done."""
    place = installation.shared / "trial"
    trial = Trial(service, place, seconds=SECONDS_OF_A_JOB, lines=10)
    trial.submit(1)
    trial.check()
    execution = service.ask("GET", f"/v6/jobs/{trial.accepted[0]}/executions/")["results"][0]["id"]
    return trial, f"v6/job-executions/{execution}/logs/stdout/"


def restart_everything(installation: Installation, trial: Trial, log: str) -> Load:
    """One part after the other, while callers of all kinds go on; gives what they were answered."""
    now = int(time.time())
    tokens = {role: installation.token(role, exp=now + HOUR) for role in ("submitter", "viewer")}
    tokens["expired"] = installation.token("admin", exp=now - HOUR)
    load = Load(installation.url, tokens, trial, log)
    try:
        load.go_through("before")
        for name in RESTARTED:
            load.go_through(name)
            installation.restart(name)
        for name in KILLED:
            load.go_through(f"killed {name}")
            installation.kill(name)
        load.go_through("after")
    finally:
        load.end()
    return load


def check_that_workers_leave(installation: Installation, service: Service) -> None:
    """Workers that are told to stop are off the list of nodes, and so is the one that was killed."""

    def active() -> set[str]:
        nodes = service.ask("GET", "v6/nodes/", params={"is_active": "true"})["results"]
        return {node["hostname"] for node in nodes} & set(WORKERS)  # imported jobs have a node, too

    assert active() == set(WORKERS)
    for name in WORKERS:
        installation.containers[name].stop()
    until(lambda: not active(), 30)

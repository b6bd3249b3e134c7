"""A service is saved while it runs jobs, and runs on elsewhere from what was saved."""

import subprocess
from pathlib import Path

from jobsvc.cli.run import run
from jobsvc.client import Client
from tests.cli.support import EXAMPLES, JOBSVC, environment, running_service
from tests.waiting import until


def test_a_service_goes_on_in_an_empty_place(tmp_path: Path) -> None:
    before, after = (environment(tmp_path / name) for name in ("before", "after"))
    backup = str(tmp_path / "backup")
    slots = {"JOBSVC_SLOTS": "1"}
    with running_service(before | slots) as url, Client(url) as client:
        manifest = EXAMPLES / "countdown" / "manifest.json"
        assert run(["--url", url, "types", "add", str(manifest), "--setting", f"EXAMPLES={EXAMPLES}"]) == 0
        job_type = client.job_types.get("countdown")
        running = client.jobs.submit(job_type["id"], {"files": {}, "json": {"SECONDS": 600}})
        waiting = client.jobs.submit(job_type["id"], {"files": {}, "json": {"SECONDS": 0}})
        until(lambda: client.jobs.get(running["id"])["status"] == "RUNNING")
        subprocess.run([*JOBSVC, "backup", backup], env=before, check=True)
        # What comes later is not in it.
        client.jobs.submit(job_type["id"], {"files": {}, "json": {"SECONDS": 0}})
    subprocess.run([*JOBSVC, "restore", backup], env=after, check=True)
    lease = {"JOBSVC_LEASE_SECONDS": "1", "JOBSVC_SLOTS": "2", "JOBSVC_RETRY_SECONDS": "0"}
    with running_service(after | lease) as url, Client(url) as client:
        assert client.jobs.wait(waiting["id"], max_wait=60)["status"] == "COMPLETED"
        # Its worker was not saved: it is lost, and tried again.
        lost = until(lambda: (job := client.jobs.get(running["id"]))["num_exes"] > 1 and job)
        assert lost["status"] in {"QUEUED", "RUNNING"}
        latest = client.jobs.submit(job_type["id"], {"files": {}, "json": {"SECONDS": 0}})
        assert latest["id"] > waiting["id"]

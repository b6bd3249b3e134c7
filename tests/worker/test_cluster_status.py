"""What the status says of a worker that runs jobs."""

import os
import shutil
from pathlib import Path

from jobsvc.db.database import Database
from jobsvc.settings import Settings
from tests.factories import Factory, script
from tests.support import Client
from tests.worker.running import ended, running_worker, until

AMOUNTS = {"cpus": 0.5, "mem": 256.0, "disk": 3.0}


async def test_the_resources_are_those_of_the_host_and_of_what_runs(
    db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = {"command": script(tmp_path, f'until [ -e "{gate}" ]; do sleep 0.05; done')}
    scalars = {"scalar": [{"name": name, "value": value} for name, value in AMOUNTS.items()]}
    job = await make.job(await make.job_type(interface=waits, resources=scalars))
    async with running_worker(settings, db):
        await until(make, job.item.job.id, lambda result: result.execution is not None and result.execution.resources != {})
        result = (await client.get("/v6/status/")).json()["resources"]
        gate.touch()
        await ended(make, job)
        after = (await client.get("/v6/status/")).json()["resources"]
    assert {name: result[name]["running"] for name in result} == AMOUNTS | {"gpus": 0.0}
    assert {item["running"] for item in after.values()} == {0.0}
    assert result["cpus"]["total"] == os.cpu_count()
    assert result["mem"]["total"] == round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20, 1)
    assert result["disk"]["total"] == round(shutil.disk_usage(settings.data_dir).total / 2**20, 1)
    assert result["gpus"]["total"] == 0.0

"""Why a job does not run yet, as its details say it."""

from dataclasses import replace

import pytest

from jobsvc.db.claims import Engines
from tests.services.support import Station

pytestmark = pytest.mark.asyncio


async def names(station: Station, job_id: int) -> list[str]:
    """The reasons for which a job waits."""
    details = await station.make.services.jobs.get(job_id)
    return [reason.name for reason in details.pending.reasons]


async def test_a_job_whose_engine_no_worker_serves_says_so(station: Station) -> None:
    await station.service.renew(replace(station.worker, engines=["subprocess"]), [])
    here, elsewhere = (
        await station.make.job_type("a"),
        await station.make.job_type("b", configuration={"engine": {"name": "slurm"}}),
    )
    (first,), (second,) = await station.queue.queued(here), await station.queue.queued(elsewhere)
    assert await names(station, first) == ["turn"]
    assert await names(station, second) == ["engine-not-served"]

    [claimed] = await station.service.claim(station.worker)
    assert claimed.claim.job_id == first
    assert await station.service.claim(station.worker) == []
    assert await names(station, first) == []


async def test_what_an_engine_says_of_a_run_is_shown_until_it_begins(station: Station) -> None:
    worker = replace(station.worker, engines=["slurm"])
    job_type = await station.make.job_type("b", configuration={"engine": {"name": "slurm"}})
    (job_id,) = await station.queue.queued(job_type)
    [claimed] = await station.service.claim(worker, Engines("subprocess", {"slurm": "slurm@x"}))
    execution_id = claimed.claim.execution_id

    await station.service.renew(worker, [execution_id], {execution_id: "Resources"})
    details = await station.make.services.jobs.get(job_id)
    assert [reason.description for reason in details.pending.reasons] == ["slurm: Resources"]

    await station.service.renew(worker, [execution_id], {})
    assert await names(station, job_id) == []


async def test_a_run_that_nobody_looks_after_says_where_it_is(station: Station) -> None:
    worker = replace(station.worker, engines=["slurm"])
    job_type = await station.make.job_type("b", configuration={"engine": {"name": "slurm"}})
    (job_id,) = await station.queue.queued(job_type)
    [claimed] = await station.service.claim(worker, Engines("subprocess", {"slurm": "slurm@x"}))
    claim = claimed.claim
    assert await names(station, job_id) == []

    await station.service.let_go(claim)
    assert await names(station, job_id) == ["place-not-served"]
    assert await station.service.take_over(worker, Engines("subprocess", {"slurm": "slurm@x"}))
    assert await names(station, job_id) == []

    await station.expire()
    details = await station.make.services.jobs.get(job_id)
    (reason,) = details.pending.reasons
    assert "slurm@x since 20" in reason.description

"""Why a job does not run yet, as its details say it."""

from dataclasses import replace
from typing import Any

import pytest

from jobsvc.db.claims import Engines
from tests.db.rows import NOON
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


GREEDY: dict[str, Any] = {"resources": {"scalar": [{"name": "cpus", "value": 8}, {"name": "chocolate", "value": 1}]}}
SMALL, SWEET, LARGE = {"cpus": 2.0}, {"cpus": 2.0, "chocolate": 5.0}, {"cpus": 16.0, "chocolate": 1.0}


async def test_resources_that_no_node_has_are_noted_until_one_has_them(station: Station) -> None:
    job_type = await station.make.job_type("greedy", **GREEDY)
    (job_id,) = await station.queue.queued(job_type)
    steps = [(SMALL, "chocolate,cpus", ["resources"]), (SWEET, "cpus", ["resources"]), (LARGE, None, ["turn"])]
    worker = replace(station.worker, engines=["subprocess"], engines_on_host=["subprocess"])
    for resources, unmet, reasons in [*steps, *reversed(steps)]:
        async with station.queue.db.transaction() as tx:
            await tx.nodes.ensure("node-1", resources)
        await station.service.renew(worker, [])
        await station.service.note_unmet_resources("subprocess")
        assert await station.queue.execute("SELECT unmet_resources FROM job_type") == [unmet]
        assert await names(station, job_id) == reasons
        assert await names(station, (await station.make.job(job_type)).item.job.id) == reasons


async def test_the_node_that_comes_closest_counts(station: Station) -> None:
    (job_id,) = await station.queue.queued(await station.make.job_type("greedy", **GREEDY))
    async with station.queue.db.transaction() as tx:
        await tx.nodes.ensure("node-1", SMALL)
        for name, resources in (("node-2", SWEET), ("node-3", {"cpus": 16.0})):
            node_id = await tx.nodes.ensure(name, resources)
            await tx.nodes.register(name, node_id, pid=1, slots=1, now=NOON, engines=["subprocess"], on_host=["subprocess"])
    await station.service.note_unmet_resources("subprocess")
    assert await station.queue.execute("SELECT unmet_resources FROM job_type") == ["cpus"]
    assert await names(station, job_id) == ["resources"]


async def test_nothing_is_noted_where_no_worker_serves_the_engine_or_it_is_elsewhere(station: Station) -> None:
    job_type = await station.make.job_type("greedy", **GREEDY, configuration={"engine": {"name": "slurm"}})
    (job_id,) = await station.queue.queued(job_type)
    async with station.queue.db.transaction() as tx:
        await tx.nodes.ensure("node-1", SMALL)
    for engines, reasons in (["subprocess"], ["engine-not-served"]), (["subprocess", "slurm"], ["turn"]):
        await station.service.renew(replace(station.worker, engines=engines, engines_on_host=["subprocess"]), [])
        await station.service.note_unmet_resources("subprocess")
        assert await station.queue.execute("SELECT unmet_resources FROM job_type") == [None]
        assert await names(station, job_id) == reasons


async def test_what_was_noted_stays_while_no_worker_is_alive(station: Station) -> None:
    await station.queue.queued(await station.make.job_type("greedy", columns={"unmet_resources": "chocolate"}, **GREEDY))
    await station.queue.execute("DELETE FROM worker")
    await station.service.note_unmet_resources("subprocess")
    assert await station.queue.execute("SELECT unmet_resources FROM job_type") == ["chocolate"]

"""Why a job does not run yet, as its details say it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.db.claims import Engines
from jobsvc.domain.outcome import Failed
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


async def places(station: Station, ids: list[int]) -> list[int | None]:
    """The places of jobs, all of them exact."""
    shown = [(await station.make.services.jobs.get(job_id)).pending.place for job_id in ids]
    assert all(place is None or place.is_exact for place in shown)
    return [place and place.number for place in shown]


async def test_the_place_counts_jobs_of_the_engine_that_could_start(station: Station) -> None:
    await station.queue.queued(
        await station.make.job_type("elsewhere", configuration={"engine": {"name": "slurm"}}), 3, priority=1
    )
    await station.queue.queued(await station.make.job_type("paused", columns={"is_paused": True}), 3, priority=1)
    await station.queue.queued(await station.make.job_type("greedy", columns={"unmet_resources": "cpus"}), 3, priority=1)
    one, other = await station.make.job_type("one"), await station.make.job_type("other")
    low = await station.queue.queued(one, 2, priority=200)
    middle = await station.queue.queued(other, 2)
    high = await station.queue.queued(one, 2, priority=1)
    assert await places(station, [*high, *middle, *low]) == [1, 2, 3, 4, 5, 6]
    await station.queue.execute("UPDATE scheduler SET queue_mode = 'LIFO'")
    assert await places(station, [*high, *middle, *low]) == [2, 1, 4, 3, 6, 5]
    await station.queue.execute("UPDATE queue SET not_before = 'infinity' WHERE job_id = :id", id=high[1])
    assert await places(station, [*high, middle[1]]) == [1, None, 2]


async def test_the_place_is_counted_so_far_only(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobsvc.db.pending.MOST_PLACES", 3)
    ids = await station.queue.queued(await station.make.job_type("one"), 5)
    shown = [(await station.make.services.jobs.get(job_id)).pending.place for job_id in ids]
    assert shown == [(1, True), (2, True), (3, True), (3, False), (3, False)]


HISTORY = """
    INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, queued, started, ended, status)
    SELECT :job_id, j.job_type_id, n + 1, 'x' || n, t, t + n * interval '1 minute', t + 3 * n * interval '1 minute', 'COMPLETED'
    FROM job j, generate_series(1, :count) n, (SELECT now() AS t) AS moment WHERE j.id = :job_id
"""


async def test_what_is_expected_is_said_when_thirty_runs_are_known(station: Station) -> None:
    since = datetime.now(UTC) - timedelta(seconds=30)
    (job_id,) = await station.queue.queued(await station.make.job_type("one"), now=since)
    await station.queue.execute(HISTORY.replace("(1, :count)", "(1, 29)"), job_id=job_id)
    details = await station.make.services.jobs.get(job_id)
    assert details.pending.estimate is None
    await station.queue.execute(HISTORY.replace("(1, :count)", "(30, 101)"), job_id=job_id)
    details = await station.make.services.jobs.get(job_id)
    estimate, queued = details.pending.estimate, details.item.job.queued
    assert estimate is not None
    assert queued is not None
    assert [estimate.runs, estimate.run_seconds_p50, estimate.run_seconds_p95] == [101, 51 * 120, 96 * 120]
    assert [estimate.start_p50, estimate.start_p95] == [queued + timedelta(minutes=51), queued + timedelta(minutes=96)]


async def test_what_is_expected_of_who_has_waited_longer_than_many_is_what_the_others_waited(station: Station) -> None:
    queued = datetime.now(UTC) - timedelta(minutes=90, seconds=30)
    (job_id,) = await station.queue.queued(await station.make.job_type("one"), now=queued)
    await station.queue.execute(HISTORY.replace("(1, :count)", "(1, 101)"), job_id=job_id)
    estimate = (await station.make.services.jobs.get(job_id)).pending.estimate
    assert estimate is not None
    assert estimate.start_p50 == queued + timedelta(minutes=96)
    await station.queue.execute("UPDATE job SET queued = queued - interval '1 day'")
    estimate = (await station.make.services.jobs.get(job_id)).pending.estimate
    assert estimate is not None
    assert (estimate.runs, estimate.start_p50, estimate.start_p95) == (101, None, None)


async def test_a_job_says_whether_it_is_tried_again(station: Station) -> None:
    claim = await station.running()
    retry = (await station.make.services.jobs.get(claim.job_id)).retry
    assert (retry.is_expected, retry.tries_left) == (None, 2)
    await station.finish(claim, Failed("node-lost"))
    retry = (await station.make.services.jobs.get(claim.job_id)).retry
    assert (retry.is_expected, retry.tries_left) == (True, 1)
    await station.finish(await station.claimed(), Failed("algorithm-unknown"))
    details = await station.make.services.jobs.get(claim.job_id)
    assert (details.item.job.status, details.retry.is_expected, details.retry.tries_left) == ("FAILED", False, 1)


async def test_nothing_is_said_of_the_start_of_a_fresh_job(station: Station) -> None:
    job = await station.make.job()
    assert (await station.make.services.jobs.get(job.item.job.id)).pending.place is None
    await station.queue.execute("UPDATE job SET queued = queued - interval '10 seconds'")
    assert (await station.make.services.jobs.get(job.item.job.id)).pending.place == (1, True)

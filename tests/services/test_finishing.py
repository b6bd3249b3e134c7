"""Ends that come together are written together, and none of them is at the mercy of the others."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from jobsvc.db.claims import Claim, Engines
from jobsvc.domain.errors import DatabaseUnavailable, LeaseLost
from jobsvc.domain.outcome import Canceled, CapturedOutput, Completed, Failed, HandedBack, Outcome
from jobsvc.domain.writes import FileDetails
from jobsvc.services.completion import ExecutionResult
from tests.db.statements import Statements
from tests.refusing import refusing
from tests.services.support import Station
from tests.waiting import eventually

COMPLETED = Completed(CapturedOutput(json={"N": 1}))
SECOND = Completed(CapturedOutput(json={"N": 2}))
FAILED = Failed("algorithm-unknown", exit_code=3)
WHY = "violates check constraint"


async def running(station: Station, count: int, **columns: object) -> list[Claim]:
    """Executions of as many jobs, claimed at once."""
    await station.queue.queued(await station.make.job_type(columns=columns), count)
    room = Engines("subprocess", {"subprocess": None}, {"subprocess": count})
    return [claimed.claim for claimed in await station.service.claim(station.worker, room)]


async def finish_all(station: Station, ends: dict[Claim, Outcome]) -> list[BaseException | None]:
    """End executions at the same moment; gives what each of them meets."""
    return await asyncio.gather(*(station.finish(claim, end) for claim, end in ends.items()), return_exceptions=True)


async def statuses(station: Station) -> dict[str, int]:
    return dict(await station.queue.execute("SELECT status, count(*) FROM job GROUP BY status"))


async def test_an_end_that_comes_alone_is_written_at_once(station: Station) -> None:
    seconds = []
    for claim in await running(station, 9):
        began = time.monotonic()
        await station.finish(claim, COMPLETED)
        seconds.append(time.monotonic() - began)
    # The least, for the machine may be busy: a wait for others would be in all of them.
    assert min(seconds) < 0.05


@pytest.mark.parametrize("count", [1, 50])
async def test_many_ends_take_as_many_statements_as_one(station: Station, count: int) -> None:
    claims = await running(station, count)
    with Statements(station.queue.db) as statements:
        assert await finish_all(station, dict.fromkeys(claims, COMPLETED)) == [None] * count
    assert len(statements) == 3
    assert await statuses(station) == {"COMPLETED": count}
    assert await station.queue.execute("SELECT count(*) FROM lease") == [0]


async def test_each_ends_in_its_own_way(station: Station) -> None:
    claims = await running(station, 6)
    ends: list[Outcome] = [
        COMPLETED,
        FAILED,
        Failed("filesystem-io"),
        Canceled(),
        HandedBack(),
        Completed(CapturedOutput(json={"N": 2})),
    ]
    assert await finish_all(station, dict(zip(claims, ends, strict=True))) == [None] * 6
    assert [await station.job(claim.job_id) for claim in claims] == [
        ("COMPLETED", 1, 3, None),
        ("FAILED", 1, 3, "algorithm-unknown"),
        ("QUEUED", 2, 3, None),
        ("CANCELED", 1, 3, None),
        ("QUEUED", 2, 4, None),
        ("COMPLETED", 1, 3, None),
    ]
    outputs = "SELECT output -> 'json' FROM job WHERE status = 'COMPLETED' ORDER BY id"
    assert await station.queue.execute(outputs) == [{"N": 1}, {"N": 2}]
    assert sorted(row[0] for row in await station.waiting()) == [claims[2].job_id, claims[4].job_id]


async def test_what_is_not_held_any_more_is_lost_alone(station: Station) -> None:
    claims = await running(station, 5)
    late, gone = replace(claims[1], token=claims[1].token - 1), claims[3]
    await station.finish(gone, FAILED)
    ends = await finish_all(station, dict.fromkeys([claims[0], late, claims[2], gone, claims[4]], COMPLETED))
    assert [type(problem) for problem in ends] == [type(None), LeaseLost, type(None), LeaseLost, type(None)]
    assert await statuses(station) == {"COMPLETED": 3, "FAILED": 1, "RUNNING": 1}


async def test_an_execution_ends_once_however_often_it_is_ended_at_the_same_moment(station: Station) -> None:
    [claim, other] = await running(station, 2)
    ends = await asyncio.gather(
        *(station.finish(item, COMPLETED) for item in (claim, other, claim, claim)), return_exceptions=True
    )
    assert sorted(str(type(problem).__name__) for problem in ends) == ["LeaseLost", "LeaseLost", "NoneType", "NoneType"]
    assert await statuses(station) == {"COMPLETED": 2}


@pytest.fixture
async def picky(station: Station) -> AsyncIterator[None]:
    """A database that refuses what one execution says."""
    await station.queue.execute("ALTER TABLE execution ADD CONSTRAINT picky CHECK (exit_code IS DISTINCT FROM 13)")
    yield
    await station.queue.execute("ALTER TABLE execution DROP CONSTRAINT picky")


@pytest.mark.usefixtures("picky")
@pytest.mark.parametrize("bad", [0, 4, 9])
async def test_one_that_the_database_refuses_does_not_keep_its_neighbours(station: Station, bad: int) -> None:
    claims = await running(station, 10)
    ends: dict[Claim, Outcome] = dict.fromkeys(claims, COMPLETED)
    ends[claims[bad]] = Failed("algorithm-unknown", exit_code=13)
    problems = await finish_all(station, ends)
    assert [number for number, problem in enumerate(problems) if problem is not None] == [bad]
    assert WHY in str(problems[bad])
    assert await statuses(station) == {"COMPLETED": 9, "RUNNING": 1}
    await station.finish(claims[bad], FAILED)
    assert await statuses(station) == {"COMPLETED": 9, "FAILED": 1}


async def test_text_that_cannot_be_stored_is_the_fault_of_one(station: Station) -> None:
    claims = await running(station, 4)
    ends: dict[Claim, Outcome] = dict.fromkeys(claims, COMPLETED)
    ends[claims[2]] = Completed(CapturedOutput(json={"N": "a\x00b"}))
    problems = await finish_all(station, ends)
    assert [number for number, problem in enumerate(problems) if problem is not None] == [2]
    assert await statuses(station) == {"COMPLETED": 3, "RUNNING": 1}


async def test_a_job_that_somebody_else_has_locked_holds_up_nobody_but_itself(station: Station) -> None:
    claims = await running(station, 4)
    async with station.queue.db.transaction() as tx:
        await tx.job_changes.lock(claims[1].job_id)
        held = asyncio.create_task(station.finish(claims[1], COMPLETED))
        others = [claim for claim in claims if claim is not claims[1]]
        assert await finish_all(station, dict.fromkeys(others, COMPLETED)) == [None] * 3
        await station.queue.until_someone_waits()
        assert not held.done()
    await held
    assert await statuses(station) == {"COMPLETED": 4}


async def test_a_cancel_at_the_same_moment_has_its_way_or_comes_too_late(station: Station) -> None:
    claims = await running(station, 40)
    cancels = (station.queue.cancel([claim.job_id]) for claim in claims[::2])
    ends, *_ = await asyncio.gather(finish_all(station, dict.fromkeys(claims, COMPLETED)), *cancels)
    assert ends == [None] * 40
    executions = "SELECT DISTINCT status FROM execution"
    assert await station.queue.execute(executions) == ["COMPLETED"]
    assert await station.queue.execute("SELECT count(*) FROM lease") == [0]
    assert set(await statuses(station)) <= {"COMPLETED", "CANCELED"}
    assert (await statuses(station))["COMPLETED"] >= 20


async def test_of_a_rescue_and_a_batch_one_has_each_execution(station: Station) -> None:
    claims = await running(station, 30)
    await station.expire()
    rescued, ends = await asyncio.gather(station.service.rescue(), finish_all(station, dict.fromkeys(claims, COMPLETED)))
    in_time = sum(problem is None for problem in ends)
    assert {type(problem) for problem in ends} <= {type(None), LeaseLost}
    assert rescued + in_time == 30
    assert (await statuses(station)).get("COMPLETED", 0) == in_time


async def test_heartbeats_and_batches_do_not_wait_for_each_other_in_a_circle(station: Station) -> None:
    claims = await running(station, 60)

    async def beat() -> None:
        for _ in range(10):
            await station.service.renew(station.worker, [claim.execution_id for claim in claims], {claims[0].execution_id: "why"})

    async with asyncio.timeout(60):
        _, *ends = await asyncio.gather(
            beat(), *(finish_all(station, dict.fromkeys(claims[at::6], COMPLETED)) for at in range(6))
        )
    assert ends == [[None] * 10] * 6


async def test_those_that_describe_input_files_wait_alone(station: Station) -> None:
    claims = await running(station, 3)
    file = await station.make.file("a.txt")
    described = ExecutionResult(COMPLETED, input_metadata={file.file.id: FileDetails(source_sensor="eye")})
    async with station.queue.db.engine.begin() as connection:
        await connection.exec_driver_sql("SELECT FROM file FOR UPDATE")
        waiting = asyncio.create_task(station.service.finish(claims[0], described))
        assert await finish_all(station, dict.fromkeys(claims[1:], COMPLETED)) == [None, None]
        await station.queue.until_someone_waits()
        assert not waiting.done()
    await waiting
    assert await statuses(station) == {"COMPLETED": 3}
    assert await station.queue.execute("SELECT source_sensor FROM file") == ["eye"]


async def test_a_database_that_is_away_tells_everybody(station: Station, database_url: str) -> None:
    claims = await running(station, 5)
    async with refusing(database_url, "57P01", "execution"):
        ends = await finish_all(station, dict.fromkeys(claims, COMPLETED))
    assert {type(problem) for problem in ends} == {DatabaseUnavailable}
    assert await finish_all(station, dict.fromkeys(claims, COMPLETED)) == [None] * 5


async def test_who_does_not_wait_for_its_end_any_more_holds_up_nobody(station: Station) -> None:
    claims = await running(station, 3)
    tasks = [asyncio.create_task(station.finish(claim, COMPLETED)) for claim in claims]
    await asyncio.sleep(0)
    tasks[1].cancel()
    assert [type(end) for end in await asyncio.gather(*tasks, return_exceptions=True)] == [
        type(None),
        asyncio.CancelledError,
        type(None),
    ]
    await eventually(lambda: _is_over(station))


async def _is_over(station: Station) -> bool:
    return await statuses(station) == {"COMPLETED": 3}

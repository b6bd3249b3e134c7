"""A server that stops finishes its answers and waits for nobody else."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.server.configured import STOP_SECONDS
from jobsvc.server.limits import Limits
from tests.api.conftest import Stage
from tests.server.wire import VERSION, application, listening, request
from tests.waiting import eventually

LOCK = text("LOCK TABLE job IN ACCESS EXCLUSIVE MODE")
WAITING = text("SELECT count(*) FROM pg_locks WHERE relation = 'job'::regclass AND NOT granted")
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    "sent", [b"", b"GET /v6/jobs/ HT", VERSION + b"GET /", request("POST", "/nothing/", b"", "Content-Length: 9")]
)
async def test_who_sends_no_request_is_not_waited_for(stage: Stage, sent: bytes) -> None:
    async with listening(application(stage.services), Limits()) as port, port.wire() as wire:
        await wire.send(sent)
        assert (await port.exchange(VERSION)).status == 200
        began = time.monotonic()
        port.server.should_exit = True
        await wire.rest()
        assert time.monotonic() - began < 3


@asynccontextmanager
async def locked_jobs(db: Database) -> AsyncIterator[None]:
    """Nobody reads jobs before the end of the block."""
    async with db.engine.begin() as connection:
        await connection.execute(LOCK)
        yield


async def await_reader(db: Database) -> None:
    """Return once a request waits for the jobs."""
    async with db.engine.connect() as connection:
        await eventually(lambda: connection.scalar(WAITING))


async def test_answers_that_are_under_way_arrive(stage: Stage) -> None:
    async with listening(application(stage.services), Limits()) as port, port.wire() as wire:
        async with locked_jobs(stage.db):
            await wire.send(request("GET", "/v6/jobs/"))
            await await_reader(stage.db)
            port.server.should_exit = True
            await eventually(lambda: not port.server.servers[0].is_serving(), 5)
        answer = await wire.answer()
        assert (answer.status, answer.json["count"], answer.is_last) == (200, 0, True)


async def test_who_has_no_answer_in_time_is_told_so(stage: Stage) -> None:
    async with (
        locked_jobs(stage.db),
        listening(application(stage.services), Limits(), stop_seconds=1) as port,
        port.wire() as wire,
    ):
        await wire.send(request("GET", "/v6/jobs/"))
        await await_reader(stage.db)
        began = time.monotonic()
        port.server.should_exit = True
        answer = await wire.answer()
        assert (answer.status, answer.is_last) == (500, True)
        assert 1 <= time.monotonic() - began < STOP_SECONDS


@pytest.mark.parametrize("sent", [b"", VERSION], ids=["new", "used before"])
async def test_a_request_that_was_on_its_way_is_answered(stage: Stage, sent: bytes) -> None:
    async with listening(application(stage.services), Limits()) as port, port.wire() as wire:
        await wire.send(sent)
        if sent:
            assert not (await wire.answer()).is_last
        else:
            await eventually(lambda: port.connections == 1)
        port.server.stop()
        await eventually(lambda: not port.server.servers[0].is_serving(), 5)
        await wire.send(VERSION)
        answer = await wire.answer()
        assert (answer.status, answer.is_last) == (200, True)
        assert await wire.rest() == b""

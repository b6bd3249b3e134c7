"""A server that stops finishes its answers and waits for nobody else."""

import asyncio
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from jobsvc.domain.paging import Page
from jobsvc.server.configured import STOP_SECONDS
from jobsvc.server.limits import Limits
from tests.api.conftest import Stage
from tests.server.wire import VERSION, application, listening, request
from tests.waiting import eventually

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


async def test_answers_that_are_under_way_arrive(stage: Stage) -> None:
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def list_json(*_: Any) -> Any:
        is_asked.set()
        await may_answer.wait()
        return Page([], 0, 1, 100)

    slow = replace(stage.services, jobs=SimpleNamespace(list_json=list_json))  # type: ignore[arg-type]
    async with listening(application(slow), Limits()) as port, port.wire() as wire:
        await wire.send(request("GET", "/v6/jobs/"))
        await is_asked.wait()
        port.server.should_exit = True
        await eventually(lambda: not port.server.servers[0].is_serving(), 5)
        may_answer.set()
        answer = await wire.answer()
        assert (answer.status, answer.json["count"], answer.is_last) == (200, 0, True)


async def test_who_has_no_answer_in_time_is_told_so(stage: Stage) -> None:
    is_asked = asyncio.Event()

    async def list_json(*_: Any) -> Any:
        is_asked.set()
        await asyncio.Event().wait()

    never = replace(stage.services, jobs=SimpleNamespace(list_json=list_json))  # type: ignore[arg-type]
    async with listening(application(never), Limits(), stop_seconds=1) as port, port.wire() as wire:
        await wire.send(request("GET", "/v6/jobs/"))
        await is_asked.wait()
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

"""One call for all who ask at about the same time."""

import asyncio

import pytest

from jobsvc.engines.slurm.sharing import Shared


class Counter:
    """A call that gives its number, as soon as it may."""

    def __init__(self) -> None:
        self.calls = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        await self.may_end.wait()
        return number


async def _gone_by() -> None:
    """Let everybody take a step who can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_while_a_call_is_under_way_gets_a_later_one() -> None:
    call = Counter()
    shared = Shared(call, 0)
    first = [asyncio.create_task(shared.get()) for _ in range(3)]
    await _gone_by()
    assert call.calls == 1
    later = [asyncio.create_task(shared.get()) for _ in range(3)]
    await _gone_by()
    call.may_end.set()
    assert await asyncio.gather(*first, *later) == [1, 1, 1, 2, 2, 2]


async def test_who_stops_waiting_ends_it_for_nobody_else() -> None:
    call = Counter()
    shared = Shared(call, 0)
    gone, other = (asyncio.create_task(shared.get()) for _ in range(2))
    await _gone_by()
    gone.cancel()
    await asyncio.wait([gone])
    call.may_end.set()
    assert await other == 1


async def test_all_are_told_that_it_failed_and_it_is_tried_again() -> None:
    answers = iter([False, True])

    async def call() -> str:
        if not next(answers):
            raise LookupError("away")
        return "there"

    shared = Shared(call, 0)
    results = await asyncio.gather(shared.get(), shared.get(), return_exceptions=True)
    assert [str(result) for result in results] == ["away", "away"]
    assert await shared.get() == "there"


async def test_calls_have_a_pause_between_them() -> None:
    call = Counter()
    call.may_end.set()
    shared = Shared(call, 3600)
    assert await shared.get() == 1
    waiting = asyncio.create_task(shared.get())
    await _gone_by()
    assert call.calls == 1
    await shared.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting

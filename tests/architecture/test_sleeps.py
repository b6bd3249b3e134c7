"""No test sleeps and hopes: it waits with `tests/waiting.py`, which gives up after a bound."""

import pytest

from tests.architecture.pages import ROOT
from tests.architecture.sleeps import ALLOWED, sleeps_in

SLEEPING = {
    f"{file.relative_to(ROOT)}::{function}": line
    for file in sorted((ROOT / "tests").rglob("*.py"))
    for line, function in sleeps_in(file.read_text())
}


def test_only_what_waits_for_nothing_sleeps() -> None:
    """What is new here has to use `eventually` or `until`."""
    assert {place: line for place, line in SLEEPING.items() if place not in ALLOWED} == {}


def test_all_that_may_sleep_does() -> None:
    assert ALLOWED.keys() - SLEEPING.keys() == set()


@pytest.mark.parametrize(
    "source",
    [
        "import time\ndef test(): time.sleep(1)",
        "import asyncio\nasync def test(): await asyncio.sleep(0.01)",
        "from time import sleep\ndef test(): sleep(1)",
        "from asyncio import sleep as nap\nasync def test(): await nap(1)",
        "import time as clock\ndef test():\n  while True: clock.sleep(PAUSE)",
        "def test(): wait(asyncio.sleep, 1)",
        "def test(): time.sleep(secs=0)",
        "async def test(): await asyncio.sleep(0, 1)",
        "def other():\n  def test(): return lambda: anyio.sleep(1)",
    ],
)
def test_a_sleep_is_noticed(source: str) -> None:
    assert [function for _, function in sleeps_in(source)] == ["test"]


@pytest.mark.parametrize(
    "source",
    [
        "async def test(): await asyncio.sleep(0)",
        "def test(): run('sleep 60')",
        "def sleep(): pass",
        "def test(): asleep(1)",
        "def test(): sleep = 1",
    ],
)
def test_other_code_is_not(source: str) -> None:
    assert sleeps_in(source) == []

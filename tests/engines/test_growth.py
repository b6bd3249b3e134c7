"""Looking at the files of runs, as on a shared file system."""

import asyncio
from pathlib import Path

from jobsvc.engines.growth import MOST_SECONDS, POLL_SECONDS, Growth, _Watched

SECONDS = 30.0


async def test_lines_and_notes_are_seen(tmp_path: Path) -> None:
    growth = Growth()
    with growth.watching(tmp_path, tmp_path / "stdout.log") as came:
        async with asyncio.timeout(SECONDS):
            await came.wait()
            await growth.noted.wait()
            came.clear()
            growth.noted.clear()
            (tmp_path / "stdout.log").touch()
            await growth.noted.wait()
            await came.wait()
            came.clear()
            growth.noted.clear()
            (tmp_path / "stdout.log").write_text("more\n")
            await came.wait()
            assert not growth.noted.is_set()
    await growth.close()


def test_what_is_silent_is_looked_at_less_often(tmp_path: Path) -> None:
    run = _Watched((tmp_path, tmp_path / "stdout.log"), asyncio.Event(), 0.0)
    assert run.note([(1, 0), (0, 0)], 0.0)
    pauses = []
    for now in (1.0, 10.0, 1000.0):
        assert not run.note([(1, 0), (0, 0)], now)
        pauses.append(run.due - now)
    assert pauses == [POLL_SECONDS, 1.0, MOST_SECONDS]
    assert not run.note([(1, 0), (0, 5)], 1001.0)
    assert run.due == 1001.0 + POLL_SECONDS


async def test_a_directory_that_is_gone_disturbs_nobody(tmp_path: Path) -> None:
    growth = Growth()
    with growth.watching(tmp_path / "gone"), growth.watching(tmp_path, came=asyncio.Event()) as came:
        async with asyncio.timeout(SECONDS):
            await came.wait()
    await growth.close()

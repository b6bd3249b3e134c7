"""The only two loops in which tests wait: for what happens elsewhere, and cannot tell them.

Nothing else may sleep, except for what `tests/architecture/sleeps.py` lists. That something does not happen is shown by its
cause: a test waits for what would come later, or until whoever could do it has looked often enough, and looks then.
"""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
SECONDS = 60.0
"""After so long a test fails; nothing that is waited for takes as long by far."""
PAUSE = 0.02


async def eventually(look: Callable[[], Any], seconds: float = SECONDS, pause: float = PAUSE) -> Any:
    """What `look` gives, awaited if it has to be, as soon as that is something."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if inspect.isawaitable(seen):
            seen = await seen
        if seen:
            return seen
        assert time.monotonic() < deadline, _late(look, seconds, seen)
        await asyncio.sleep(pause)


def until(look: Callable[[], T | None], seconds: float = SECONDS, pause: float = PAUSE) -> T:
    """What `look` gives as soon as that is something; for tests without an event loop."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, _late(look, seconds, seen)
        time.sleep(pause)
    return seen


def _late(look: Callable[[], Any], seconds: float, seen: object) -> str:
    try:
        source = inspect.getsource(look).strip()
    except (OSError, TypeError):  # not written in Python, or not in a file
        source = repr(look)
    return f"not within {seconds:g} s, but {seen!r}: {source}"

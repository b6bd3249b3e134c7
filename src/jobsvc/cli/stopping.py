"""Signals that stop the service."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

POLL_SECONDS = 0.1


class Stopped(KeyboardInterrupt):
    """A signal came before there was anything to wait for."""


class Waited(Protocol):
    """What is waited with."""

    @property
    def has_failed(self) -> bool:
        """Whether waiting on makes no sense."""


class StopSignals:
    """SIGTERM, Ctrl-C, and a terminal that goes away: from here on, they stop the service in order.

    The first one interrupts what starts, with Stopped, or ends `wait`. Further ones hinder nothing that is under way.
    """

    def __init__(self) -> None:
        self._received = False
        self._interrupts = True
        for number in _stopping_signals():
            signal.signal(number, self._receive)

    def wait(self, service: Waited) -> bool:
        """Block until there was a signal; False when the service failed before."""
        self._interrupts = False
        while not self._received and not service.has_failed:
            time.sleep(POLL_SECONDS)
        return self._received

    def _receive(self, *_: object) -> None:
        is_first, self._received = not self._received, True
        if is_first and self._interrupts:
            raise Stopped


class StopRequest:
    """What the first signal does to a process that runs an event loop: while it starts, it breaks the start off."""

    def __init__(self) -> None:
        self.is_received = False
        self._action: Callable[[], object] | None = None

    def then(self, action: Callable[[], object]) -> None:
        """From here on, the signal does this."""
        self._action = action

    def receive(self) -> None:
        """Take a signal; further ones hinder nothing that is under way."""
        if not self.is_received and self._action is not None:
            self.is_received = True
            self._action()


async def run_until_stopped(main: Callable[[StopRequest], Coroutine[Any, Any, None]]) -> None:
    """Run something that a signal stops in order: it is canceled, until it says what to do instead."""
    request = StopRequest()
    task = asyncio.create_task(main(request))
    request.then(task.cancel)
    for number in _stopping_signals():
        asyncio.get_running_loop().add_signal_handler(number, request.receive)
    try:
        await task
    except asyncio.CancelledError:
        if not request.is_received:
            raise


def _stopping_signals() -> list[signal.Signals]:
    # `nohup` says that the terminal may go.
    may_hang_up = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGTERM, signal.SIGINT, *([] if may_hang_up else [signal.SIGHUP])]

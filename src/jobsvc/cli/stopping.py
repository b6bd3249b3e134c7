"""Signals that stop the service."""

import signal
import time
from typing import Protocol

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
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._receive)
        # `nohup` says that the terminal may go.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._receive)

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

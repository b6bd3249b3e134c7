"""The group of processes that an execution is: who belongs to it, and how to end it."""

import asyncio
import contextlib
import os
from dataclasses import dataclass
from signal import SIGKILL
from typing import Self

from jobsvc.engines.process_table import all_processes, find_process

_SHORTEST_PAUSE = 0.005
_LONGEST_PAUSE = 0.1
_KILL_SECONDS = 10.0


@dataclass(frozen=True)
class ProcessGroup:
    """The group, and session, that a process made for itself and its descendants; both have the process's id.

    Ids are given out again: `start_time`, when the leader started, is needed to recognise a group later.
    """

    id: int
    start_time: str

    @classmethod
    def led_by(cls, pid: int) -> Self:
        """The group of a leader that was just started and has not been waited for."""
        leader = find_process(pid)
        return cls(pid, leader.start_time if leader else "")

    def signal(self, number: int) -> bool:
        """Send a signal to every member, 0 to none; False when there is none. Zombies count as members."""
        try:
            os.killpg(self.id, number)
        except ProcessLookupError:
            return False
        except PermissionError:  # what macOS says when only zombies are left
            return self.runs()
        return True

    def runs(self) -> bool:
        """Whether a member still runs, and the id is not that of another, later group.

        Blocks for as long as a look at all processes of the host takes.
        """
        table = all_processes()
        if any(item.pid == self.id and item.start_time != self.start_time for item in table):
            return False
        members = (item for item in table if item.group == self.id and item.session in {self.id, None})
        return any(not member.zombie for member in members)

    async def gone(self) -> None:
        """Wait until no member runs."""
        pause = _SHORTEST_PAUSE
        # Signal 0 costs nothing and is the whole answer as a rule; for zombies' sake there is a second look.
        while self.signal(0) and await asyncio.to_thread(self.runs):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def kill(self) -> bool:
        """Kill every member and wait until all are gone; False when one hangs in a system call and stays."""
        self.signal(SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_KILL_SECONDS):
                await self.gone()
                return True
        return False

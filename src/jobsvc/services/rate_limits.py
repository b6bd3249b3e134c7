"""How many requests callers may send: buckets of tokens, in this process alone."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

MOST_KEPT = 10_000
"""Buckets; of the one that was used least lately is known no more, as if it were full."""
MINUTE = 60


class Quota(NamedTuple):
    """What is left in a bucket.

    Args:
        remaining: How many may be taken now.
        until_next: Seconds until there is one more at least.
        until_full: Seconds until all are there again.

    """

    remaining: int
    until_next: int
    until_full: int


class Buckets:
    """A bucket for each key, which is full at first, and filled up in a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.size = per_minute
        self._rate = per_minute / MINUTE
        self._clock = clock
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def quota(self, key: Hashable) -> Quota:
        """What is left, of which nothing is taken."""
        return self._quota(self._level(key))

    def take(self, key: Hashable) -> Quota | None:
        """Take one, and say what is left; None when there was none."""
        level = self._level(key)
        if level < 1:
            return None
        self._levels[key] = level - 1, self._clock()
        self._levels.move_to_end(key)
        if len(self._levels) > MOST_KEPT:
            self._levels.popitem(last=False)
        return self._quota(level - 1)

    def _level(self, key: Hashable) -> float:
        level, at = self._levels.get(key, (float(self.size), 0.0))
        return min(float(self.size), level + (self._clock() - at) * self._rate)

    def _quota(self, level: float) -> Quota:
        until_next = math.ceil(max(0.0, 1 - level) / self._rate)
        return Quota(int(level), until_next, math.ceil((self.size - level) / self._rate))

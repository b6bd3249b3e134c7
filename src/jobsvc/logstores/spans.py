"""Parts of the time range of a search."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from jobsvc.ports.log_store import LogSearch

FIRST = timedelta(minutes=1)
GROWTH = 8
LONGEST = timedelta(days=1000)
TICK = timedelta(microseconds=1)
"""Times are no finer than that."""


def spans(search: LogSearch) -> Iterator[tuple[datetime, datetime]]:
    """The range in parts, both ends inclusive, in the sequence of the search: a short one first, then longer ones.

    So a search for what there is much of reads little, and one for what is rare takes few parts more than one.
    """
    started, ended = _left(search)
    length = FIRST
    while ended - started > length:
        if search.newest_first:
            yield ended - length, ended
            ended -= length + TICK
        else:
            yield started, started + length
            started += length + TICK
        length = min(length * GROWTH, LONGEST)
    if started <= ended:
        yield started, ended


def _left(search: LogSearch) -> tuple[datetime, datetime]:
    if search.after is None:
        return search.started, search.ended
    if search.newest_first:
        return search.started, min(search.ended, search.after.time)
    return max(search.started, search.after.time), search.ended

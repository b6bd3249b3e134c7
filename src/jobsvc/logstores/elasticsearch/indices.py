"""Which index holds which lines: one for each day of UTC, named as collectors of the documented system name theirs."""

import re
from datetime import UTC, date, datetime, timedelta

FOREIGN = "logstash"
"""What else collectors of the documented system call their indices."""
MARGIN = timedelta(days=1)
"""How far the times of lines may lie outside of their execution: the clocks of two hosts differ, a collector is late."""
MOST_DAYS = 31
"""More days than that are not named one by one: an address has to be short."""
DAY = timedelta(days=1)
_DAY_FORM = re.compile(r"-(\d{4})\.(\d\d)\.(\d\d)")


def index_of(prefix: str, time: datetime) -> str:
    """The index of a line of that time."""
    return f"{prefix}-{time.astimezone(UTC):%Y.%m.%d}"


def day_of(prefix: str, index: str) -> date | None:
    """The day of an index; None for one that is not named so."""
    match = _DAY_FORM.fullmatch(index.removeprefix(prefix))
    if match is None or not index.startswith(prefix):
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def patterns(prefix: str, started: datetime, ended: datetime) -> list[str]:
    """Names that hold all lines of a time range, ours and those of collectors; no such index need exist."""
    first, last = started.astimezone(UTC).date(), ended.astimezone(UTC).date()
    if last - first > MOST_DAYS * DAY:
        return [f"{family}-*" for family in (prefix, FOREIGN)]
    # At least one: no name at all would mean every index.
    dates = [first + number * DAY for number in range(max((last - first).days, 0) + 1)]
    # What follows the day is the business of whoever rolls indices over.
    return [f"{family}-{day:%Y.%m.%d}*" for day in dates for family in (prefix, FOREIGN)]

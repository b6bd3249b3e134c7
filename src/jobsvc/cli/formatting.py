"""Numbers and instants as people read them."""

import json
from datetime import UTC, datetime

from jobsvc.domain.iso8601 import read_timestamp

MINUTE, HOUR, DAY = 60, 3600, 86_400
KILO = 1000


def span(seconds: float) -> str:
    """A length of time: `0.42 s`, `12.3 s`, `2m 05s`, `3h 04m`, `2d 03h`."""
    if seconds < MINUTE:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE}m {whole % MINUTE:02}s"
    if whole < DAY:
        return f"{whole // HOUR}h {whole % HOUR // MINUTE:02}m"
    return f"{whole // DAY}d {whole % DAY // HOUR:02}h"


def size(count: float) -> str:
    """A number of bytes: `812 B`, `1.2 kB`, `34 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < KILO:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"  # noqa: PLR2004
        count /= KILO
    return f"{count:.1f} TB"


def value(document: object) -> str:
    """A JSON value as it can be given to `submit` again: a text as it is, everything else as JSON."""
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)


def instant(text: str | None, now: datetime | None = None) -> str:
    """An instant of the API in local time, its date only when that is not today; empty for none."""
    if text is None:
        return ""
    local = read_timestamp(text).astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    return f"{local:%H:%M:%S}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def between(started: str | None, ended: str | None, now: datetime | None = None) -> str:
    """The time from one instant to another, or until now; empty when it has not started."""
    if started is None:
        return ""
    end = read_timestamp(ended) if ended else now or datetime.now(UTC)
    # The clocks of two hosts differ: nothing takes less than no time.
    return span(max(0.0, (end - read_timestamp(started)).total_seconds()))

"""Time, as services are given it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time of this host, in UTC."""
    return datetime.now(UTC)

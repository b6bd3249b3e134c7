"""Times and durations as ISO-8601 texts: the only place that reads and writes them."""

from datetime import UTC, datetime, timedelta

from isodate import duration_isoformat, parse_duration


def read_timestamp(text: str) -> datetime:
    """The UTC instant of any ISO-8601 timestamp with a zone; digits beyond microseconds are dropped.

    Raises:
        TypeError: It is no text.
        ValueError: It is no timestamp, or has no zone.
        OverflowError: It is outside of the years 1 to 9999.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError("the timestamp has no zone")
    return instant.astimezone(UTC)


def write_timestamp(instant: datetime, zone: str = "Z") -> str:
    """A UTC instant; `zone` is how UTC is written."""
    return instant.isoformat().replace("+00:00", zone)


def read_duration(text: str) -> timedelta:
    """The length of a duration without years and months.

    Raises:
        ValueError: It is no such duration.
        OverflowError: It is longer than a `timedelta` can be.
    """
    length = parse_duration(text)
    if not isinstance(length, timedelta):
        raise ValueError("years and months have no fixed length")  # noqa: TRY004 - of the text, not of an argument
    return length


def write_duration(length: timedelta) -> str:
    """A duration, such as `PT1M5S`."""
    return str(duration_isoformat(length))

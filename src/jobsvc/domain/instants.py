"""Instants and durations as clients write them in parameters: a small, explicit part of ISO-8601."""

import re
from datetime import UTC, datetime

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.iso8601 import read_duration, read_timestamp

# A blank before the offset is a plus that a client did not encode in a query string.
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+ -]\d{2}:[0-5]\d)", re.ASCII)
_NUMBER = r"\d+(?:\.\d+)?"
_DURATION = re.compile(rf"P(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.ASCII)
_DATE_LENGTH = len("2015-01-01T")


def is_duration(text: str) -> bool:
    """Whether `text` is a duration of days, hours, minutes and seconds, such as `P1DT2H` or `PT0.5S`."""
    return _DURATION.fullmatch(text) is not None


def parse_timestamp(text: str) -> datetime:
    """The UTC instant of a timestamp with a zone; digits beyond microseconds are dropped.

    InvalidRequest, without the name of the member, for all else: no zone, a bare date, a 30th of February.
    """
    if _TIMESTAMP.fullmatch(text) is None:
        raise _unreadable(text)
    try:
        return read_timestamp(text[:_DATE_LENGTH] + text[_DATE_LENGTH:].replace(" ", "+"))
    except (ValueError, OverflowError):
        raise _unreadable(text) from None


def parse_instant(text: str, now: datetime) -> datetime:
    """The UTC instant of a timestamp with a zone, or of a duration: that long before `now`, which is aware.

    InvalidRequest, without the name of the member, for all else and outside of the years 1 to 9999.
    """
    if not is_duration(text):
        return parse_timestamp(text)
    try:
        # A `P` alone is no ISO-8601, but existing clients may send it.
        return now.astimezone(UTC) - read_duration("PT" if text == "P" else text)
    except OverflowError:
        raise _unreadable(text) from None


def parse_bound(text: str, now: datetime, name: str) -> datetime:
    """As `parse_instant`; the InvalidRequest names the member `name`."""
    try:
        return parse_instant(text, now)
    except InvalidRequest as error:
        raise InvalidRequest(f"{name}: {error.detail}") from None


def parse_range(
    started: str | None, ended: str | None, now: datetime, names: tuple[str, str] = ("started", "ended")
) -> tuple[datetime | None, datetime | None]:
    """Both ends of a time range in UTC, None where none is given; `names` are the members that errors name.

    InvalidRequest when an end cannot be read and when the start is not before the end. Two durations of equal
    length are accepted all the same, as an empty range.
    """
    start = None if started is None else parse_bound(started, now, names[0])
    end = None if ended is None else parse_bound(ended, now, names[1])
    if start is None or end is None:
        return start, end
    both_durations = all(text is not None and is_duration(text) for text in (started, ended))
    if start > end or (start == end and not both_durations):
        raise InvalidRequest(f"{names[0]}: must be before {names[1]}")
    return start, end


def _unreadable(text: str) -> InvalidRequest:
    return InvalidRequest(f"must be a timestamp with a zone (2015-01-01T00:00:00Z) or a duration (P1DT2H30M), not {text[:64]!r}")

"""Dates as HTTP writes them (RFC 9110, section 5.6.7): whole seconds of GMT."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


def write_date(time: datetime) -> str:
    """`Sun, 06 Nov 1994 08:49:37 GMT`; fractions of a second are cut off."""
    return format_datetime(time.astimezone(UTC), usegmt=True)


def read_date(text: str | None) -> datetime | None:
    """A date in any of the forms that HTTP knows; None for what is none, as the header is to be ignored then."""
    try:
        result = parsedate_to_datetime(text or "")
        return (result if result.tzinfo else result.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None

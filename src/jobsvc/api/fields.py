"""Types of fields in requests: read as leniently as existing clients need it, documented as they should be written."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.ids import MAX_ID
from jobsvc.domain.instants import is_duration, parse_timestamp

MAX_DIGITS = 1000
"""More than any id has, and fewer than Python refuses to convert."""
NO_ID = -1
MAX_PRIORITY = 2**31 - 1
TRUE, FALSE = frozenset({"true", "t", "1"}), frozenset({"false", "f", "0"})


def read_int(value: object) -> int:
    """An integer as clients send it: a JSON integer, or a decimal string with blanks and a sign.

    See docs/spec/behaviour/conventions.md#values.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        raise ValueError("must be an integer")
    return int(text)


def read_bool(value: object) -> bool:
    """A flag as clients send it: JSON true or false, or one of the words for them."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in TRUE | FALSE:
        raise ValueError("must be true or false")
    return word in TRUE


def read_text(value: str) -> str:
    """A text that PostgreSQL can compare and store."""
    if "\0" in value:
        raise ValueError("must not hold U+0000")
    return value


def read_moment(value: object) -> datetime:
    """A timestamp with a zone."""
    try:
        return parse_timestamp(value if isinstance(value, str) and not is_duration(value) else "")
    except InvalidRequest:
        raise ValueError("must be a timestamp with a zone (2015-01-01T00:00:00Z)") from None


def flat(value: object) -> object:
    """A scalar taken for an array; arrays inside of the array flattened (a real client sends one)."""
    if not isinstance(value, list):
        return [value]
    return [inner for item in value for inner in (item if isinstance(item, list) else [item])]


def _storable(value: int) -> int:
    """An id that no row can have stays one, also when it is larger than a stored filter can hold."""
    return value if abs(value) <= MAX_ID else NO_ID


def none_if_empty(value: object) -> object:
    """An empty choice is the default one (docs/spec/behaviour/conventions.md#values)."""
    return value or None


Int = Annotated[int, BeforeValidator(read_int), WithJsonSchema({"type": "integer", "format": "int64"})]
Bool = Annotated[bool, BeforeValidator(read_bool), WithJsonSchema({"type": "boolean"})]
Text = Annotated[str, AfterValidator(read_text)]
INSTANT = (
    "Supports the ISO-8601 date/time format, (ex: 2015-01-01T00:00:00Z). Supports the ISO-8601 duration format, (ex: PT3H0M0S)."
)
Instant = Annotated[str, WithJsonSchema({"type": "string", "description": INSTANT})]
Moment = Annotated[datetime, BeforeValidator(read_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Ids = Annotated[list[Annotated[Int, AfterValidator(_storable)]], BeforeValidator(flat)]
Texts = Annotated[list[Text], BeforeValidator(flat)]
"""Lists in bodies."""
OneText = Annotated[Texts, WithJsonSchema({"type": "string"})]
"""The same, documented as the one value that clients were generated for."""
Judged = Annotated[object, WithJsonSchema({"type": "object", "additionalProperties": True})]
"""A document that the domain reads, and says what is wrong with it."""
Timeout = Annotated[int, Field(ge=1, le=MAX_PRIORITY), BeforeValidator(read_int)]
Priority = Annotated[int, Field(ge=1, le=MAX_PRIORITY), BeforeValidator(read_int)]
PriorityOrZero = Annotated[int, Field(ge=0, le=MAX_PRIORITY), BeforeValidator(read_int), AfterValidator(none_if_empty)]
"""Zero is what clients send that do not want to say one."""
Count = Annotated[int, Field(ge=0), BeforeValidator(read_int)]

"""Reads a filter from a request: the filter says name, type and text of a criterion, a generation only its spelling."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeVar, get_args

from fastapi import Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, WithJsonSchema

from jobsvc.api.context import services_of
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.instants import parse_range

FilterT = TypeVar("FilterT", bound=BaseModel)
MAX_DIGITS = 1000
"""More than any id has, and fewer than Python refuses to convert."""
RANGES = tuple((f"{what}started", f"{what}ended") for what in ("", "source_", "data_", "created_", "modified_"))
MAX_ID, NO_ID = 2**63 - 1, -1
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


def flat(value: object) -> object:
    """A scalar taken for an array; arrays inside of the array flattened (a real client sends one)."""
    if not isinstance(value, list):
        return [value]
    return [inner for item in value for inner in (item if isinstance(item, list) else [item])]


def _storable(value: int) -> int:
    """An id that no row can have stays one, also when it is larger than a stored filter can hold."""
    return value if abs(value) <= MAX_ID else NO_ID


Int = Annotated[int, BeforeValidator(read_int), WithJsonSchema({"type": "integer", "format": "int64"})]
Bool = Annotated[bool, BeforeValidator(read_bool), WithJsonSchema({"type": "boolean"})]
Text = Annotated[str, AfterValidator(read_text)]
Ids = Annotated[list[Annotated[Int, AfterValidator(_storable)]], BeforeValidator(flat)]
Texts = Annotated[list[Text], BeforeValidator(flat)]
"""Lists in bodies, as leniently as existing clients need them."""
INSTANT = (
    "Supports the ISO-8601 date/time format, (ex: 2015-01-01T00:00:00Z). Supports the ISO-8601 duration format, (ex: PT3H0M0S)."
)
Instant = Annotated[str, WithJsonSchema({"type": "string", "description": INSTANT})]


def hint(spec: type[BaseModel], field: str) -> Any:
    """The type of a criterion as it is written in a request."""
    annotation = spec.model_fields[field].annotation
    kind = next(iter(get_args(annotation)), annotation)
    if kind is datetime:
        return Instant | None
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Annotated[kind | None, BeforeValidator(_none_if_empty)]
    if kind is bool:
        return Bool | None
    members = get_args(kind)
    if not members:
        return (Int if kind is int else Text) | None
    return list[Int] | None if members[0] is int else list[Text] | None


def _none_if_empty(value: object) -> object:
    """An empty choice is the default one (docs/spec/behaviour/conventions.md#values)."""
    return value or None


def filter_from_query(spec: type[FilterT], names: Mapping[str, str]) -> Callable[..., Awaitable[FilterT]]:
    """A dependency that reads the filter from the query; `names` maps spellings to the filter's fields.

    It is a coroutine, as all dependencies here: the framework would send a plain function to a thread and back.
    """

    async def read(request: Request, **values: Any) -> FilterT:
        result = {name: value for name, value in values.items() if value is not None}
        return build(spec, names, result, services_of(request).clock())

    parameters = [
        Parameter(
            wire,
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[hint(spec, field), Query(description=spec.model_fields[field].description)],
        )
        for wire, field in names.items()
    ]
    request = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    read.__signature__ = Signature([request, *parameters])  # type: ignore[attr-defined]
    return read


def build(spec: type[FilterT], names: Mapping[str, str], provided: Mapping[str, Any], now: datetime) -> FilterT:
    """The filter of values that were read by their spellings; an empty list is no condition, durations become instants."""
    fields: dict[str, Any] = {}
    spelling: dict[str, str] = {}
    for wire, value in provided.items():
        field = names[wire]
        spelling[field] = wire
        if not isinstance(value, list):
            fields[field] = value
        elif value:
            fields[field] = frozenset(value) | fields.get(field, frozenset())
    for first, last in RANGES:
        if first in fields or last in fields:
            times = _range(fields.get(first), fields.get(last), now, (spelling.get(first, first), spelling.get(last, last)))
            fields |= {name: value for name, value in zip((first, last), times, strict=True) if value is not None}
    return spec.model_validate(fields)


def _range(started: Any, ended: Any, now: datetime, names: tuple[str, str]) -> tuple[datetime | None, datetime | None]:
    for name, value in zip(names, (started, ended), strict=True):
        if value is not None and not isinstance(value, str):
            raise InvalidRequest(f"{name}: must be an ISO-8601 string.")
    return parse_range(started, ended, now, names)

"""Reads single values of an imported line: strict about types, and quick, for there are some hundred million of them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

import orjson

from jobsvc.domain.iso8601 import read_timestamp
from jobsvc.domain.json_text import is_deeper
from jobsvc.domain.limits import MAX_STORED_DEPTH
from jobsvc.domain.transfer import Column, Kind

Reader = Callable[[Any], Any]
"""Makes of a JSON value that is not null what the database stores; WrongValue when it is of another kind."""

LEAST, MOST = -(2**63), 2**63 - 1
_TOO_DEEP = "must not be nested that deep"


class WrongValue(Exception):
    """The value does not suit its column; the text goes on from the column's name."""


def reader(column: Column) -> Reader:
    """What reads the values of a column that are not of its plain type."""
    return _one_of(column.choices) if column.choices else _READERS[column.kind]


def plain_type(column: Column) -> type | None:
    """The type whose every value the column takes as it is, if there is one: no function has to be called for those."""
    return None if column.choices else _PLAIN.get(column.kind)


def _integer(value: Any) -> int:
    # `type` and not `isinstance`: true and false are no numbers here.
    if type(value) is int and LEAST <= value <= MOST:
        return value
    raise WrongValue("must be an integer of 64 bits")


def _id(value: Any) -> int:
    if type(value) is int and 1 <= value <= MOST:
        return value
    raise WrongValue("must be an integer from 1 to 2^63 - 1")


def _number(value: Any) -> float:
    if type(value) is int:
        return float(value)
    raise WrongValue("must be a number")


def _boolean(_value: Any) -> NoReturn:
    raise WrongValue("must be true or false")


def _text(_value: Any) -> NoReturn:
    raise WrongValue("must be a text")


def _timestamp(value: Any) -> datetime:
    try:
        return read_timestamp(value)
    except (TypeError, ValueError, OverflowError):
        raise WrongValue(f"must be a timestamp with a zone, as 2015-01-01T00:00:00Z, not {_shown(value)}") from None


def _document(value: Any) -> str:
    if type(value) is not dict:
        raise WrongValue("must be an object")
    try:
        text = orjson.dumps(value)
    except TypeError:
        raise WrongValue(_TOO_DEEP) from None
    # Counting is quick, and most documents have fewer brackets than levels are allowed.
    if text.count(b"{") + text.count(b"[") > MAX_STORED_DEPTH and is_deeper(value, MAX_STORED_DEPTH):
        raise WrongValue(_TOO_DEEP)
    return text.decode()


def _texts(value: Any) -> list[str]:
    if type(value) is list and all(type(item) is str for item in value):
        return value
    raise WrongValue("must be a list of texts")


def _integers(value: Any) -> list[int]:
    if type(value) is list and all(type(item) is int and LEAST <= item <= MOST for item in value):
        return value
    raise WrongValue("must be a list of integers of 64 bits")


def _one_of(choices: tuple[str, ...]) -> Reader:
    allowed = frozenset(choices)

    def read(value: Any) -> str:
        if type(value) is str and value in allowed:
            return value
        raise WrongValue(f"must be one of {', '.join(choices)}, not {_shown(value)}")

    return read


def _shown(value: Any) -> str:
    return repr(value)[:64]


_READERS: Mapping[Kind, Reader] = {
    Kind.ID: _id,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _text,
    Kind.TIMESTAMP: _timestamp,
    Kind.DOCUMENT: _document,
    Kind.TEXTS: _texts,
    Kind.INTEGERS: _integers,
}

_PLAIN: Mapping[Kind, type] = {Kind.NUMBER: float, Kind.BOOLEAN: bool, Kind.TEXT: str}

"""What is a JSON text that every reader understands in one way."""

from typing import Any

import pytest

from jobsvc.domain.json_text import is_deeper, parse_json
from jobsvc.domain.limits import MAX_DEPTH


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, null, "\xc3\xa4"]}', {"a": [1, 2.5, None, "ä"]}),
        (b"1" * 30, int("1" * 30)),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
    ],
)
def test_a_text_is_read(text: bytes, value: Any) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"NaN",
        b"[-Infinity]",
        b"1e400",
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 1}',
        b'{"b": {"a": 1, "\\u0061": 2}}',
        b"1" * 5000,
        b"[1]\0",
        nested(MAX_DEPTH + 1),
        nested(2000),
        b'{"a":' * 5000,
    ],
)
def test_what_is_none_or_ambiguous_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)


def test_only_so_many_levels_are_read() -> None:
    assert is_deeper(parse_json(nested(MAX_DEPTH)), MAX_DEPTH - 1)
    for levels in (MAX_DEPTH + 1, 1000, 5000):
        with pytest.raises(ValueError, match=f"^nested deeper than {MAX_DEPTH} levels$"):
            parse_json(nested(levels))


def test_objects_and_arrays_are_levels_and_what_is_in_them_is_not() -> None:
    assert not is_deeper(1, 0)
    assert not is_deeper({"a": [1, "b"]}, 2)
    assert is_deeper({"a": [1, "b"]}, 1)

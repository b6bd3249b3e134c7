"""Cursors come back as what they were made of, for their own list and key alone."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.cursors import Position, Value, read_cursor, write_cursor
from jobsvc.domain.errors import InvalidRequest

KEY = b"of this installation"
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.datetimes(timezones=st.just(UTC)),
    st.timedeltas(min_value=timedelta(days=-1000), max_value=timedelta(days=1000)),
)


@given(st.lists(VALUES), st.integers(1, 2**53), st.booleans())
def test_a_position_comes_back_as_it_was(values: list[Value], job_id: int, is_backwards: bool) -> None:  # noqa: FBT001
    position = Position(tuple(values), job_id, is_backwards)
    token = write_cursor(position, KEY, "jobs?status=FAILED")
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert read_cursor(token, KEY, "jobs?status=FAILED", [type(value) for value in values]) == position


@given(st.text())
def test_what_nobody_made_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest, match="not one of this list"):
        read_cursor(token, KEY, "jobs", [])


def test_a_cursor_is_of_its_list_and_its_key() -> None:
    token = write_cursor(Position((datetime(2026, 1, 2, tzinfo=UTC),), 7), KEY, "jobs")
    for key, scope in ((KEY, "jobs?"), (b"another", "jobs"), (KEY, "")):
        with pytest.raises(InvalidRequest):
            read_cursor(token, key, scope, [datetime])


def test_one_of_a_release_that_sorts_the_list_by_something_else_is_refused() -> None:
    token = write_cursor(Position(("a",), 7), KEY, "jobs?order=source_sensor")
    for kinds in ([], [str, datetime]):
        with pytest.raises(InvalidRequest, match="Begin again with an empty one"):
            read_cursor(token, KEY, "jobs?order=source_sensor", kinds)


def test_every_bit_of_it_is_signed() -> None:
    token = write_cursor(Position(("a",), 7), KEY, "jobs")
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(InvalidRequest):
            read_cursor(base64.urlsafe_b64encode(changed).decode(), KEY, "jobs", [str])

"""Pages as they are asked for (docs/spec/behaviour/conventions.md#paging)."""

import pytest

from jobsvc.domain.cursors import CursorRequest
from jobsvc.domain.errors import InvalidPage
from jobsvc.domain.paging import Page, PageRequest, paginate, parse_page

FIRST = PageRequest(1, 100)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (None, 1),
        ("1", 1),
        ("7", 7),
        (" 7 ", 7),
        ("+7", 7),
        ("007", 7),
        ("last", None),
        ("9" * 18, int("9" * 18)),
        ("9" * 5000, 10**18),
    ],
)
def test_the_page_that_is_asked_for(page: str | None, expected: int | None) -> None:
    assert parse_page(page, None) == PageRequest(expected, 100)


@pytest.mark.parametrize("page", ["", "0", "-1", "1.0", "1e3", "one", "LAST", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_what_is_no_page_is_refused(page: str) -> None:
    with pytest.raises(InvalidPage):
        parse_page(page, None)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (None, 100),
        ("1", 1),
        ("1000", 1000),
        ("1001", 1000),
        ("999999999", 1000),
        ("0", 100),
        ("-5", 100),
        ("ten", 100),
        ("", 100),
        ("2.5", 100),
        ("0" * 30 + "7", 7),
        ("9" * 19, 1000),
        ("9" * 5000, 1000),
    ],
)
def test_the_size_is_limited_and_a_senseless_one_is_the_default(size: str | None, expected: int) -> None:
    assert parse_page(None, size) == PageRequest(1, expected)


@pytest.mark.parametrize(
    ("request_", "count", "expected"),
    [
        (FIRST, 0, 1),
        (FIRST, 1000, 1),
        (PageRequest(2, 100), 101, 2),
        (PageRequest(None, 100), 0, 1),
        (PageRequest(None, 100), 100, 1),
        (PageRequest(None, 100), 101, 2),
    ],
)
def test_the_number_of_the_page_within_the_result(request_: PageRequest, count: int, expected: int) -> None:
    assert request_.locate(count) == expected


@pytest.mark.parametrize(("number", "count"), [(2, 0), (2, 100), (3, 200)])
def test_a_page_beyond_the_end_is_refused(number: int, count: int) -> None:
    with pytest.raises(InvalidPage, match=r"^Invalid page\.$"):
        PageRequest(number, 100).locate(count)


def test_a_page_is_cut_from_the_whole() -> None:
    assert paginate("abcde", PageRequest(2, 2)) == Page("cd", 5, 2, 2)
    assert paginate("abcde", PageRequest(None, 2)) == Page("e", 5, 3, 2)
    assert paginate("", FIRST) == Page("", 0, 1, 100)


def test_the_same_slice_may_hold_other_items() -> None:
    assert paginate("abcde", PageRequest(2, 2)).of([1, 2]) == Page([1, 2], 5, 2, 2)


@pytest.mark.parametrize(("number", "count", "expected"), [(1, 0, False), (1, 2, False), (1, 3, True), (2, 3, False)])
def test_whether_rows_follow(number: int, count: int, *, expected: bool) -> None:
    assert Page([], count, number, size=2).has_next is expected


def test_a_cursor_takes_the_place_of_a_number() -> None:
    cursor = CursorRequest("abc", "jobs")
    assert PageRequest(3, 20).by(None) == PageRequest(3, 20)
    assert PageRequest(3, 20).by(cursor) == PageRequest(1, 20, cursor)

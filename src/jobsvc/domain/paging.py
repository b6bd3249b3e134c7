"""Which slice: pages as all generations number them (docs/spec/behaviour/conventions.md#paging)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jobsvc.domain.cursors import CursorRequest
from jobsvc.domain.errors import InvalidPage

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
LAST = "last"
MAX_DIGITS = 18
MAX_PAGE_NUMBER = 10**MAX_DIGITS
"""Stands for every number of more digits: Python refuses to read some thousands of them."""

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class PageRequest:
    """A page that is asked for: `number` counts from 1 (None: the last one), `size` is in rows; or one by a cursor."""

    number: int | None = 1
    size: int = DEFAULT_PAGE_SIZE
    cursor: CursorRequest | None = None

    def by(self, cursor: CursorRequest | None) -> "PageRequest":
        """The same by a cursor, if there is one."""
        return self if cursor is None else PageRequest(size=self.size, cursor=cursor)

    def locate(self, count: int) -> int:
        """The page's number within a result of `count` rows.

        Raises:
            InvalidPage: Beyond its end.
        """
        last = max(1, -(-count // self.size))
        number = last if self.number is None else self.number
        if number > last:
            raise InvalidPage
        return number


@dataclass(frozen=True)
class Cursors:
    """The cursors of the pages around one; None where there is none."""

    next: str | None
    previous: str | None


@dataclass(frozen=True)
class Page(Generic[T]):
    """A slice of a result, and the number of rows of all of it."""

    items: Sequence[T]
    count: int
    number: int
    size: int
    cursors: Cursors | None = None
    """Set when the page was asked for by a cursor: it has no number then."""

    @property
    def has_next(self) -> bool:
        """Whether rows follow."""
        return self.number * self.size < self.count

    def of(self, items: "Sequence[U]") -> "Page[U]":
        """The same slice with other items."""
        return Page(items, self.count, self.number, self.size, self.cursors)


def paginate(items: Sequence[T], request: PageRequest) -> Page[T]:
    """A page of a result that is there as a whole.

    Raises:
        InvalidPage: Beyond its end.
    """
    number = request.locate(len(items))
    start = (number - 1) * request.size
    return Page(items[start : start + request.size], len(items), number, request.size)


def parse_page(page: str | None, page_size: str | None) -> PageRequest:
    """Read the two parameters: a page that is no positive number is InvalidPage, a senseless size is the default."""
    return PageRequest(_number(page), _size(page_size))


def _number(text: str | None) -> int | None:
    if text is None:
        return 1
    if text == LAST:
        return None
    number = _digits(text)
    if number is None:
        raise InvalidPage
    return number


def _size(text: str | None) -> int:
    size = _digits(text) if text is not None else None
    return min(size, MAX_PAGE_SIZE) if size else DEFAULT_PAGE_SIZE


def _digits(text: str) -> int | None:
    """A positive number, or None."""
    digits = text.strip().removeprefix("+").lstrip("0")
    if not (digits.isascii() and digits.isdigit()):
        return None
    return int(digits) if len(digits) <= MAX_DIGITS else MAX_PAGE_NUMBER

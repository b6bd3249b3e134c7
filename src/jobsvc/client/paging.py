"""Lists that are longer than a page."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from jobsvc.client.models import Page

T = TypeVar("T")
MAX_PAGE_SIZE = 1000


def items(page: Callable[[int], Page[T]]) -> Iterator[T]:
    """Every result of a list, given how to fetch page N (from 1), one page at a time."""
    number = 1
    while True:
        found = page(number)
        yield from found["results"]
        if found["next"] is None:
            return
        number += 1

"""Matches paths with the patterns of outputs, in time that grows with the path and never faster.

A pattern is a sequence of parts, and what fits the beginning of a path is a set of places in that sequence: each part of
the path leads from one set to the next. Whatever has to be tried out is tried out at once, and nothing twice.
"""

import re
from collections.abc import Iterable
from fnmatch import translate

ANY_DIRECTORIES = "**"
Places = frozenset[int]
"""Where in a pattern the rest of a path may begin; none when nothing below fits."""


class Glob:
    """A pattern with slashes; `**` is any number of directories, or all below.

    As in a shell, a wildcard does not stand for the dot of a hidden file.
    """

    def __init__(self, pattern: str) -> None:
        self._parts = _without_repeats(part for part in pattern.split("/") if part not in {"", "."})
        self._expressions = [re.compile(translate("*" if part == ANY_DIRECTORIES else part)) for part in self._parts]
        self.start = self._with_skipped({0})

    def step(self, places: Places, part: str) -> Places:
        """The places after one more part of the path."""
        fitting = [place for place in places if place < len(self._parts) and self._fits(place, part)]
        return self._with_skipped({place if self._parts[place] == ANY_DIRECTORIES else place + 1 for place in fitting})

    def accepts(self, places: Places) -> bool:
        """Whether a path that ends here fits."""
        return len(self._parts) in places

    def goes_on(self, places: Places) -> bool:
        """Whether something below a path that ends here can fit."""
        return any(place < len(self._parts) for place in places)

    def _fits(self, place: int, part: str) -> bool:
        is_hidden = part.startswith(".") and not self._parts[place].startswith(".")
        return not is_hidden and self._expressions[place].match(part) is not None

    def _with_skipped(self, places: set[int]) -> Places:
        """`**` may stand for nothing."""
        skipped = {place + 1 for place in places if place < len(self._parts) and self._parts[place] == ANY_DIRECTORIES}
        return frozenset(places | skipped)


def _without_repeats(parts: Iterable[str]) -> list[str]:
    """Of several `**` in a row one says the same."""
    kept: list[str] = []
    for part in parts:
        if part != ANY_DIRECTORIES or kept[-1:] != [ANY_DIRECTORIES]:
            kept.append(part)
    return kept

"""Patterns with many wildcards take as long as others."""

import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.globs import Glob

PARTS = st.sampled_from(["a", "b", ".a", "**", "*", "?", "a*", "[ab]"])
NAMES = st.sampled_from(["a", "b", "ab", ".a"])


def tried_out(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """The same by trying out, which takes very long for some patterns."""
    if not pattern or not path:
        return all(part == "**" for part in pattern) and not path
    hides = path[0].startswith(".") and not pattern[0].startswith(".")
    fits = fnmatchcase(path[0], "*" if pattern[0] == "**" else pattern[0]) and not hides
    if pattern[0] == "**":
        return tried_out(pattern[1:], path) or (fits and tried_out(pattern, path[1:]))
    return fits and tried_out(pattern[1:], path[1:])


def matches(glob: Glob, path: str) -> bool:
    """Whether a path fits."""
    return glob.accepts(reduce(glob.step, path.split("/"), glob.start))


@given(st.lists(PARTS, max_size=6), st.lists(NAMES, min_size=1, max_size=6))
def test_it_finds_what_trying_out_finds(pattern: list[str], path: list[str]) -> None:
    assert matches(Glob("/".join(pattern)), "/".join(path)) == tried_out(pattern, path)


@pytest.mark.parametrize("pattern", ["**/x/" * 9 + "y", "**/*/" * 9 + "y", "*a" * 50 + "b", "**/" * 1000 + "y"])
def test_no_pattern_takes_long(pattern: str) -> None:
    glob = Glob(pattern)
    begin = time.process_time()
    assert not any(matches(glob, path) for path in ("x/" * 24 + "z", "x/" * 99 + "z", "a" * 255))
    assert time.process_time() - begin < 1


def test_nothing_goes_on_below_what_does_not_fit() -> None:
    glob = Glob("a/*.txt")
    below = glob.step(glob.start, "a")
    assert (glob.goes_on(below), glob.accepts(below), glob.step(glob.start, "b")) == (True, False, frozenset())
    file = glob.step(below, "b.txt")
    assert (glob.goes_on(file), glob.accepts(file), glob.step(file, "c")) == (False, True, frozenset())

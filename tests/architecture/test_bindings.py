"""A name of a module means one thing: a second constant of the name would silently take its place."""

import ast
from collections import Counter

import pytest

from tests.architecture.pages import ROOT

FILES = sorted(file for place in ("src", "tests", "bench", "scripts") for file in (ROOT / place).rglob("*.py"))


def bound_twice(source: str) -> list[str]:
    """The names that are assigned more than once at the top of a module."""
    names = Counter(
        target.id
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    )
    return [name for name, count in names.items() if count > 1]


def test_no_constant_takes_the_place_of_another() -> None:
    twice = {str(file.relative_to(ROOT)): bound_twice(file.read_text()) for file in FILES}
    assert {file: names for file, names in twice.items() if names} == {}


@pytest.mark.parametrize("source", ["A = 1\nA = 2\n", "A: int = 1\nB = 3\nA = 2\n"])
def test_a_second_constant_of_a_name_is_noticed(source: str) -> None:
    assert bound_twice(source) == ["A"]

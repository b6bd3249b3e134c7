"""Docstrings are written in plain present-day English, and name errors where tools look for them."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.pages import ROOT

# Archaic, or words of this project alone.
REFUSED = re.compile(
    r"^Gives?\b|; gives\b|\b(anew|happenings?|left-overs?|mends?|mended|forgets)\b|\bin words\b|\b(is|are) told\b"
)


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings of a module and of all that is in it, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            text := ast.get_docstring(node)
        ):
            yield getattr(node, "lineno", 1), text


def refused(source: str) -> list[tuple[int, str]]:
    """Words in docstrings that are refused."""
    return [(line, match[0]) for line, text in docstrings(source) for match in REFUSED.finditer(text)]


def test_docstrings_are_plain() -> None:
    files = sorted((ROOT / "src").rglob("*.py"))
    listed = {str(file.relative_to(ROOT)): refused(file.read_text()) for file in files}
    assert {file: words for file, words in listed.items() if words} == {}


@pytest.mark.parametrize("text", ["Gives the id.", "Store it; gives the id.", "Written anew.", "The worker is told to stop."])
def test_refused_words_are_noticed(text: str) -> None:
    assert refused(f'def f():\n    """{text}"""')
    assert refused(f'"""{text}"""')


@pytest.mark.parametrize("text", ["Return the id.", "What the caller gives.", "Renewed."])
def test_other_words_are_not(text: str) -> None:
    assert refused(f'def f():\n    """{text}"""') == []

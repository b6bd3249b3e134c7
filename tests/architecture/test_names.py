"""Things are called by the words of docs/glossary.md."""

import pytest

from tests.architecture.names import RefusedName, glossary, refused_in, refused_names
from tests.architecture.pages import ROOT

PLACES = ("src", "tests", "migrations", "bench", "scripts", "examples")
FILES = sorted(file for place in PLACES for file in (ROOT / place).rglob("*.py"))


def test_modules_are_called_by_the_words_of_the_glossary() -> None:
    refused = glossary()
    assert [file for file in FILES if any(item.is_in(file.stem) for item in refused)] == []


def test_what_is_in_modules_is_called_by_the_words_of_the_glossary() -> None:
    refused = glossary()
    named = {str(file.relative_to(ROOT)): refused_in(file.read_text(), refused) for file in FILES}
    assert {file: names for file, names in named.items() if names} == {}


TABLE = """
| say | meaning | not |
| --- | --- | --- |
| execution (`exe_num`) | one run | `*attempt*`, try |
| (anything) | what it is | `found` |
"""


def test_refused_names_are_read_from_the_last_column() -> None:
    assert refused_names(TABLE) == [RefusedName("attempt", part=True), RefusedName("found", part=False)]


@pytest.mark.parametrize(
    "source",
    [
        "attempt = 1",
        "last_attempt = 1",
        "self.attempt_number = 1",
        "class AttemptRow: pass",
        "def list_attempt(): pass",
        "def f(*, attempt=None): pass",
        "lambda attempt: 0",
        "for found in []: pass",
        "[0 for found in []]",
        "with x as found: pass",
        "try: pass\nexcept E as found: pass",
        "import a as found",
        "(_found := 1)",
        "async def found(): pass",
        "ATTEMPT = 1",
        "match x:\n  case found: pass",
    ],
)
def test_a_refused_name_is_noticed(source: str) -> None:
    assert refused_in(source, refused_names(TABLE))


@pytest.mark.parametrize(
    "source",
    [
        "attempted = 1",
        "NotFound = 1",
        "found_line = 1",
        "x = found",
        "def test_what_is_found_in_an_attempt(): pass",
        "import found",
    ],
)
def test_other_names_are_not(source: str) -> None:
    assert refused_in(source, refused_names(TABLE)) == []


def test_the_glossary_refuses_some_names() -> None:
    assert RefusedName("attempt", part=True) in glossary()

"""What is looked for in log lines."""

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.log_text import LONGEST, LogText, parse_log_text, words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("disk", LogText(("disk",))),
        ("disk full", LogText(("disk", "full"))),
        ('"disk full" error', LogText(("disk full", "error"))),
        ("error -debug", LogText(("error",), ("debug",))),
        ('-"disk full"', LogText((), ("disk full",))),
        ("exit-code", LogText(("exit-code",))),
        ('"disk full', LogText(("disk", "full"))),
        ('disk"full"', LogText(("disk", "full"))),
        ("disk -- ! full", LogText(("disk", "full"))),
        ('" disk " ""', LogText(("disk",))),
        ("größe", LogText(("größe",))),
    ],
)
def test_a_query_is_terms(query: str, expected: LogText) -> None:
    assert parse_log_text(query) == expected


@pytest.mark.parametrize("query", ["", " ", "-", '""', "!?", "-''", "x" * (LONGEST + 1), "a\0b", "a\ud800b"])
def test_a_query_without_a_readable_word_is_refused(query: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^q: "):
        parse_log_text(query)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("disk", ["disk"]),
        ("(exit code: 3)", ["exit", "code", "3"]),
        ("/data/in.txt", ["data/in.txt"]),
        ("it's", ["it's"]),
        ("a - b", ["a", "b"]),
    ],
)
def test_a_term_is_words(term: str, expected: list[str]) -> None:
    assert words(term) == expected

"""What readers search for in log lines: words, "phrases" and -not."""

import re
from dataclasses import dataclass

from jobsvc.domain.errors import InvalidRequest

TERM = re.compile(r'(?P<excluded>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
WORD = re.compile(r"\w(?:\S*\w)?")
LONGEST = 1000
"""Characters of a query."""


@dataclass(frozen=True)
class LogText:
    """A line matches when it holds every term of `wanted` and none of `excluded`; case does not matter.

    A term is one word or several in a row, each a whole word of the line.
    """

    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def parse_log_text(query: str) -> LogText:
    """The terms of a `q` parameter.

    Raises:
        InvalidRequest: There is no word in it.
    """
    if len(query) > LONGEST:
        raise InvalidRequest(f"q: longer than {LONGEST} characters.")
    if not query.isprintable():
        raise InvalidRequest("q: has characters that cannot be printed.")
    terms = [(match["excluded"], (match["phrase"] or match["word"] or "").strip()) for match in TERM.finditer(query)]
    terms = [(excluded, term) for excluded, term in terms if words(term)]
    if not terms:
        raise InvalidRequest("q: has no word to search for.")
    expected = tuple(term for excluded, term in terms if not excluded)
    return LogText(expected, tuple(term for excluded, term in terms if excluded))


def words(term: str) -> list[str]:
    """The words of a term without what stands around them: `"(exit code: 3)"` has `exit`, `code` and `3`."""
    return WORD.findall(term)

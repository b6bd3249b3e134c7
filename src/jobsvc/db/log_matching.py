"""What readers search for in lines, as conditions of PostgreSQL."""

import re

from sqlalchemy import ColumnElement

from jobsvc.db.tables import LogLineRow
from jobsvc.domain.log_text import LogText, words

_SPECIAL = re.compile(r"\W")


def matching(text: LogText) -> list[ColumnElement[bool]]:
    """A condition for each term."""
    result = [LogLineRow.message.regexp_match(pattern(term), flags="i") for term in text.required]
    return [*result, *(~LogLineRow.message.regexp_match(pattern(term), flags="i") for term in text.excluded)]


def pattern(term: str) -> str:
    """The regular expression of a term: its words in a row, whole, with anything but letters and digits between them."""
    # Not \m and \M: where the database's locale knows ASCII only, no word begins with another letter.
    literal = [_SPECIAL.sub(r"\\\g<0>", word) for word in words(term)]
    return r"(?<!\w)" + r"\W+".join(literal) + r"(?!\w)"

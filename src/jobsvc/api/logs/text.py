"""Characters of log lines: a job writes what it likes, and no answer may break on it."""

import re
from html import escape

UNWRITABLE = re.compile("[\ud800-\udfff]")
"""Halves of surrogate pairs, which a collector's JSON can hold and UTF-8 cannot."""
UNWRITABLE_IN_TEXT = re.compile("[\0\ud800-\udfff]")
NONCHARACTERS = "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
FORBIDDEN_IN_HTML = re.compile(f"[\0-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{NONCHARACTERS}]")
"""Control characters but for blanks, and noncharacters: parse errors of the HTML standard."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def in_json(text: str) -> str:
    """The text as a JSON string can hold it: escapes take care of control characters."""
    # Whether a string is ASCII is known without a look at it.
    return text if text.isascii() else UNWRITABLE.sub(REPLACEMENT, text)


def in_text(text: str) -> bytes:
    """The text as it is, without what ends strings or cannot be written in UTF-8."""
    return UNWRITABLE_IN_TEXT.sub(REPLACEMENT, text).encode()


def in_html(text: str) -> str:
    """The text as the content of an element or attribute."""
    return escape(FORBIDDEN_IN_HTML.sub(REPLACEMENT, text))

"""How the output of a process is cut into lines."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.engines.lines import CONTINUES, MAX_LINE_BYTES, LineSplitter


def _split(*chunks: bytes) -> list[bytes]:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + splitter.finish()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a\n\nb\n", [b"a", b"", b"b"]),
        (b"a\r\nb\rc", [b"a", b"b\rc"]),
        (b"no end", [b"no end"]),
    ],
)
def test_lines_without_their_ends(text: bytes, lines: list[bytes]) -> None:
    assert _split(text) == lines


@given(st.text(alphabet="ab\r\nä").map(str.encode), st.data())
def test_it_does_not_matter_how_the_text_comes(text: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text))).map(sorted))
    chunks = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    assert _split(*chunks) == _split(text)


@pytest.mark.parametrize("end", [b"", b"\nlast"])
def test_a_line_that_is_too_long_comes_in_pieces(end: bytes) -> None:
    text = "ä".encode() * MAX_LINE_BYTES
    *pieces, rest = _split(*(text[start : start + 65_536] for start in range(0, len(text), 65_536)), end)[: 3 + 0]
    assert all(len(piece) <= MAX_LINE_BYTES and piece.endswith(CONTINUES) for piece in pieces)
    assert b"".join(piece.removesuffix(CONTINUES) for piece in pieces) + rest == text

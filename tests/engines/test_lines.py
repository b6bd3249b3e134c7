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
        (b"a\r\nb\rc", [b"a", b"b", b"c"]),
        (b"\r10 %\r20 %\r\ndone\n", [b"", b"10 %", b"20 %", b"done"]),
        (b"a\r\rb\n\rc\r", [b"a", b"", b"b", b"", b"c"]),
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


@given(st.text(alphabet="a\rä😀\n").map(str.encode), st.data())
def test_flushing_loses_and_tears_nothing(text: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text))).map(sorted))
    splitter = LineSplitter()
    pieces: list[bytes] = []
    for start, end in pairwise([0, *cuts, len(text)]):
        pieces += splitter.feed(text[start:end])
        if data.draw(st.booleans()):
            pieces += splitter.flush()
    pieces += splitter.finish()
    assert all(piece.decode() is not None for piece in pieces)
    assert b"".join(pieces) == text.replace(b"\r", b"").replace(b"\n", b"")


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        (b"\n", [b"step 1"]),
        (b"\r\n", [b"step 1"]),
        (b"\n\n", [b"step 1", b""]),
        (b" of 2\rstep 2", [b"step 1", b" of 2", b"step 2"]),
    ],
)
def test_the_end_of_a_line_that_was_passed_on_is_no_further_line(after: bytes, lines: list[bytes]) -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"step 1") == []
    assert splitter.is_waiting
    begun = splitter.flush()
    assert not splitter.is_waiting
    assert [*begun, *splitter.feed(after), *splitter.finish()] == lines


@pytest.mark.parametrize("character", ["ä", "€", "😀"])
def test_a_character_that_has_only_begun_waits_for_the_rest_of_it(character: str) -> None:
    encoded = character.encode()
    for cut in range(1, len(encoded)):
        splitter = LineSplitter()
        splitter.feed(b"x" + encoded[:cut])
        assert splitter.flush() == [b"x"]
        assert not splitter.is_waiting
        assert splitter.feed(encoded[cut:]) == []
        assert splitter.flush() == [encoded]


@pytest.mark.parametrize("text", [b"caf\xff", b"\x80\x80\x80\x80", b"a\xc0", b"\xf5"])
def test_bytes_that_are_no_character_do_not_wait(text: bytes) -> None:
    splitter = LineSplitter()
    splitter.feed(text)
    assert splitter.flush() == [text]

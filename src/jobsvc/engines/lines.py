"""Cuts what a process writes into lines."""

MAX_LINE_BYTES = 1 << 20
CONTINUES = b" [line continues]"
"""Ends every piece but the last of a line that is too long to be passed on as one."""

_CONTINUATION_BYTE = 0b10000000  # what the upper bits of a byte inside of a UTF-8 character are
_ROOM = MAX_LINE_BYTES - len(CONTINUES)


class LineSplitter:
    """Turns pieces of a byte stream into lines without their line ends: LF, CR, or CRLF, which is one end.

    No line is longer than `MAX_LINE_BYTES` and no more than that is held back: a longer line is cut into
    pieces, each but the last marked with `CONTINUES`. UTF-8 characters are not cut.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._ended_by_cr = False
        self._is_continued = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes."""
        if not data:
            return []
        # The end of the line is passed on with the CR: the LF that belongs to it may come much later.
        data = data[1:] if self._ended_by_cr and data[:1] == b"\n" else data
        self._ended_by_cr = data[-1:] == b"\r"
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        text = self._rest + data
        *lines, self._rest = text.split(b"\n")
        if len(text) > MAX_LINE_BYTES:
            lines = self._cut(lines)
        if lines and self._is_continued:
            # What was passed on has its end now, and that alone is no further line.
            self._is_continued = False
            return lines if lines[0] else lines[1:]
        return lines

    @property
    def is_waiting(self) -> bool:
        """Whether `flush` would pass something on."""
        return bool(self._rest) and _whole_characters(self._rest) > 0

    def flush(self) -> list[bytes]:
        """What waits for its line end, up to the last whole character; what follows it will be a line of its own."""
        end = _whole_characters(self._rest)
        piece, self._rest = self._rest[:end], self._rest[end:]
        self._is_continued = self._is_continued or bool(piece)
        return [piece] if piece else []

    def finish(self) -> list[bytes]:
        """The last line when it has no line end, else nothing."""
        line, self._rest = self._rest, b""
        return [line] if line else []

    def _cut(self, lines: list[bytes]) -> list[bytes]:
        pieces = [piece for line in lines for piece in _pieces(line)]
        *more, self._rest = _pieces(self._rest)
        return pieces + more


def _pieces(line: bytes) -> list[bytes]:
    pieces = []
    while len(line) > MAX_LINE_BYTES:
        cut = _character_start(line, _ROOM)
        pieces.append(line[:cut] + CONTINUES)
        line = line[cut:]
    return [*pieces, line]


def _character_start(line: bytes, position: int) -> int:
    for start in range(position, position - 4, -1):
        if line[start] & 0b11000000 != _CONTINUATION_BYTE:
            return start
    return position


def _whole_characters(text: bytes) -> int:
    """The length of the text without a UTF-8 character at its end that has only begun."""
    for back in range(1, min(3, len(text)) + 1):
        byte = text[-back]
        if byte & 0b11000000 != _CONTINUATION_BYTE:
            return len(text) - back if back < _character_length(byte) else len(text)
    return len(text)


def _character_length(first: int) -> int:
    """How many bytes the character has that begins with this one; 1 where none does."""
    return 4 if 0xF0 <= first <= 0xF4 else 3 if 0xE0 <= first < 0xF0 else 2 if 0xC2 <= first < 0xE0 else 1  # noqa: PLR2004

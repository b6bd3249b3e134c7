"""Cuts what a process writes into lines."""

MAX_LINE_BYTES = 1 << 20
CONTINUES = b" [line continues]"
"""Ends every piece but the last of a line that is too long to be passed on as one."""

_CONTINUATION_BYTE = 0b10000000  # what the upper bits of a byte inside of a UTF-8 character are
_ROOM = MAX_LINE_BYTES - len(CONTINUES)


class LineSplitter:
    """Turns pieces of a byte stream into lines without their line ends (LF or CRLF).

    No line is longer than `MAX_LINE_BYTES` and no more than that is held back: a longer line is cut into
    pieces, each but the last marked with `CONTINUES`. UTF-8 characters are not cut.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes."""
        text = self._rest + data
        *lines, self._rest = text.replace(b"\r\n", b"\n").split(b"\n")
        if len(text) <= MAX_LINE_BYTES:
            return lines
        return self._cut(lines)

    def finish(self) -> list[bytes]:
        """The last line when it has no line end, else nothing."""
        line, self._rest = self._rest.removesuffix(b"\r"), b""
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

"""What one client may take of the server: all that is bounded before a handler is called."""

from dataclasses import dataclass

PIECE_BYTES = 16 * 1024
"""What is parsed at a time: limits are looked at in between."""


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    connections: int = 1000
    """Open at the same time; one more takes the place of the one that has waited longest for its client."""
    line_bytes: int = 64 * 1024
    """Of the address in the first line of a request."""
    header_bytes: int = 64 * 1024
    """Of all headers together."""
    headers: int = 100
    head_seconds: float = 10
    """From the first byte of a request, or from the connection on, to the end of its headers."""
    idle_seconds: float = 10
    """Without any request."""
    body_seconds: float = 20
    """That the server waits for a body in all, and one more for each `body_rate` bytes that came."""
    body_rate: int = 1024
    framing_bytes: int = 64 * 1024
    """What stands around the content of a body: chunk sizes with their extensions, trailers ..."""
    framing_ratio: int = 16
    """... and that for each byte of content: what the smallest chunks take."""
    linger_seconds: float = 2
    linger_bytes: int = 16 * 2**20
    """What is thrown away of a request that is refused, so that its client gets to read why."""
    stall_seconds: float = 60
    """That a client may take nothing of its answer."""

    @property
    def head_bytes(self) -> int:
        """Of the first line and all headers together."""
        return self.line_bytes + self.header_bytes

    def framing(self, content: int) -> int:
        """What may stand around so much content, the head included."""
        return self.head_bytes + self.framing_bytes + self.framing_ratio * content

    def body_timeout(self, content: int) -> float:
        """How long the server may have waited for so much content."""
        return self.body_seconds + content / self.body_rate

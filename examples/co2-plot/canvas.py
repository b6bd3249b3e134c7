"""A picture to draw on, and its PNG file: smooth lines, text of dots, nothing beyond the standard library."""

import math
import struct
import zlib

import font

Color = tuple[int, int, int]
Point = tuple[float, float]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Canvas:
    """`width` x `height` white pixels of red, green and blue; (0, 0) is the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._pixels = bytearray(b"\xff" * (width * height * 3))

    def line(self, start: Point, end: Point, color: Color, thickness: float = 1.0) -> None:
        """Draw a line with round ends; `start` = `end` draws a disc of the diameter `thickness`."""
        reach = thickness / 2 + 1
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(start, end, strict=True))
        for y in range(math.floor(top - reach), math.ceil(bottom + reach) + 1):
            for x in range(math.floor(left - reach), math.ceil(right + reach) + 1):
                self._blend(x, y, color, thickness / 2 + 0.5 - _distance((x, y), start, end))

    def text(self, at: Point, text: str, color: Color, scale: int = 2) -> None:
        """Write `text` with `at` as its upper left corner, each dot of the font being `scale` pixels wide."""
        left, top = round(at[0]), round(at[1])
        for position, character in enumerate(text):
            for row, dots in enumerate(font.GLYPHS[character]):
                for column, dot in enumerate(dots, position * (font.WIDTH + 1)):
                    if dot == "#":
                        self._square(left + column * scale, top + row * scale, scale, color)

    def png(self) -> bytes:
        """Encode the picture as a PNG file of 8-bit RGB."""
        stride = self.width * 3
        # The leading zero of each row says that the row is not filtered.
        rows = (b"\0" + self._pixels[start : start + stride] for start in range(0, len(self._pixels), stride))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        data = zlib.compress(b"".join(rows), 9)
        return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")

    def _square(self, left: int, top: int, size: int, color: Color) -> None:
        for y in range(top, top + size):
            for x in range(left, left + size):
                self._blend(x, y, color, 1.0)

    def _blend(self, x: int, y: int, color: Color, coverage: float) -> None:
        """Mix `color` into one pixel; `coverage` is how much of the pixel it covers, cut to 0..1."""
        if coverage <= 0 or not (0 <= x < self.width and 0 <= y < self.height):
            return
        share = min(coverage, 1.0)
        at = (y * self.width + x) * 3
        for channel, value in enumerate(color, at):
            self._pixels[channel] = round(self._pixels[channel] * (1 - share) + value * share)


def text_width(text: str, scale: int = 2) -> int:
    """Give the width of `text` in pixels."""
    return (len(text) * (font.WIDTH + 1) - 1) * scale


def _distance(point: Point, start: Point, end: Point) -> float:
    """Give the distance of `point` from the line segment, in pixels."""
    (x, y), (x0, y0), (x1, y1) = point, start, end
    length_squared = (x1 - x0) ** 2 + (y1 - y0) ** 2
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length_squared if length_squared else 0.0
    along = min(max(along, 0.0), 1.0)
    return math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

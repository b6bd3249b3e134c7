"""A line chart of yearly values: frame, grid, labels and the line itself."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import font
from canvas import Canvas, Color, Point, text_width

WIDTH, HEIGHT = 960, 540
LEFT, RIGHT, TOP, BOTTOM = 90, 40, 100, 70  # margins, pixels
INK: Color = (38, 50, 56)
MUTED: Color = (96, 110, 118)
GRID: Color = (224, 228, 231)
LINE: Color = (0, 96, 168)
TICKS = 6


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` on pixels from `start` to `end`, with ticks at multiples of `step`."""

    low: float
    high: float
    step: float
    start: float
    end: float

    def pixel(self, value: float) -> float:
        """Give the pixel at which `value` stands."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> Iterator[float]:
        """Give the multiples of `step` from `low` to `high`."""
        for index in range(math.ceil(self.low / self.step), math.floor(self.high / self.step) + 1):
            yield index * self.step


def round_step(span: float) -> float:
    """Give the smallest of 1, 2 and 5 times a power of ten that cuts `span` into TICKS steps at the most."""
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power * TICKS >= span)


def draw(values: Mapping[int, float], title: str, subtitle: str) -> Canvas:
    """Draw `values` (year -> value, two years or more) under two lines of heading."""
    canvas = Canvas(WIDTH, HEIGHT)
    years, heights = _scales(values)
    canvas.text((LEFT, 24), title, INK, scale=3)
    canvas.text((LEFT, 60), subtitle, MUTED)
    _draw_axes(canvas, years, heights)
    points = [(years.pixel(year), heights.pixel(value)) for year, value in sorted(values.items())]
    _draw_line(canvas, points)
    return canvas


def _scales(values: Mapping[int, float]) -> tuple[Scale, Scale]:
    first, last, low, high = min(values), max(values), min(values.values()), max(values.values())
    years = Scale(first, last, max(1.0, round_step(last - first)), LEFT, WIDTH - RIGHT)
    step = round_step((high - low) or 1.0)
    low, high = math.floor(low / step) * step, (math.floor(high / step) + 1) * step
    return years, Scale(low, high, step, HEIGHT - BOTTOM, TOP)


def _draw_axes(canvas: Canvas, years: Scale, heights: Scale) -> None:
    for value in heights.ticks():
        y = heights.pixel(value)
        canvas.line((years.start, y), (years.end, y), GRID)
        label = f"{value:g}"
        canvas.text((LEFT - 14 - text_width(label), y - font.HEIGHT), label, MUTED)
    for value in years.ticks():
        x = years.pixel(value)
        canvas.line((x, heights.start), (x, heights.end), GRID)
        canvas.line((x, heights.start), (x, heights.start + 6), INK)
        label = f"{value:g}"
        canvas.text((x - text_width(label) / 2, heights.start + 16), label, MUTED)
    canvas.line((years.start, heights.start), (years.end, heights.start), INK, 1.5)
    canvas.line((years.start, heights.start), (years.start, heights.end), INK, 1.5)


def _draw_line(canvas: Canvas, points: list[Point]) -> None:
    for start, end in itertools.pairwise(points):
        canvas.line(start, end, LINE, 2.5)
    for point in points:
        canvas.line(point, point, LINE, 7)

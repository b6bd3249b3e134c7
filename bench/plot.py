"""Line plots as SVG: no more than the results of the benchmarks need."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 130, 40, 50
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
TICKS = 5


@dataclass(frozen=True)
class Line:
    """A name, and what is drawn: x values are the same, in the same sequence, in all lines of a plot."""

    name: str
    points: Sequence[tuple[float, float]]


def plot(title: str, across: str, up: str, lines: Sequence[Line]) -> str:
    """The picture; x values stand at equal distances, y begins at 0."""
    xs = [x for x, _ in lines[0].points]
    top = _round_up(max(y for line in lines for _, y in line.points))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        _text(WIDTH / 2, 22, title, "middle", size=15),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, "middle"),
        _text(LEFT - 8, TOP - 12, up, "end"),
    ]
    for number in range(TICKS + 1):
        value = top * number / TICKS
        y = _y(value, top)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{value:,.10g}", "end"))
    parts += [_text(_x(place, len(xs)), HEIGHT - BOTTOM + 18, f"{x:,.10g}", "middle") for place, x in enumerate(xs)]
    for number, line in enumerate(lines):
        parts += _drawn(line, COLOURS[number % len(COLOURS)], top)
    return "\n".join([*parts, "</svg>", ""])


def _drawn(line: Line, colour: str, top: float) -> list[str]:
    places = [(_x(place, len(line.points)), _y(y, top)) for place, (_, y) in enumerate(line.points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    x, y = places[-1]
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        _text(x + 8, y + 4, line.name, "start", colour=colour),
    ]


def _text(x: float, y: float, words: str, anchor: str, *, colour: str = "black", size: int = 12) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}" font-size="{size}">{escape(words)}</text>'


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * place / max(count - 1, 1)


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _round_up(value: float) -> float:
    """The next number that has one digit, or 1.5, 2.5 and the like."""
    step: float = 10 ** int(log10(value)) / 2
    return ceil(value / step) * step

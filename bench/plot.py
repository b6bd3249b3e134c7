"""Line plots as SVG: no more than the results of the benchmarks need."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 130, 40, 50
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
TICKS = 5


@dataclass(frozen=True)
class Line:
    """A name, and what is drawn: x values are the same, in the same sequence, in all lines of a plot."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Scale:
    """From which value to which y goes, and where it is marked."""

    least: float
    most: float
    marks: Sequence[float]
    is_logarithmic: bool

    @classmethod
    def of(cls, values: Sequence[float], *, is_logarithmic: bool) -> "_Scale":
        if not is_logarithmic:
            top = _round_up(max(values))
            return cls(0, top, [top * number / TICKS for number in range(TICKS + 1)], is_logarithmic=False)
        least, most = floor(log10(min(values))), ceil(log10(max(values)))
        return cls(least, most, [10.0**power for power in range(least, most + 1)], is_logarithmic=True)

    def place(self, value: float) -> float:
        """Where a value stands in the picture."""
        share = ((log10(value) if self.is_logarithmic else value) - self.least) / (self.most - self.least)
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def plot(title: str, across: str, up: str, lines: Sequence[Line], *, is_logarithmic: bool = False) -> str:
    """The picture; x values stand at equal distances, y begins at 0, or goes by powers of ten: then names stand in a list."""
    xs = [x for x, _ in lines[0].points]
    scale = _Scale.of([y for line in lines for _, y in line.points], is_logarithmic=is_logarithmic)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        _text(WIDTH / 2, 22, title, "middle", size=15),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, "middle"),
        _text(LEFT - 8, TOP - 12, up, "end"),
    ]
    for value in scale.marks:
        y = scale.place(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{value:,.10g}", "end"))
    parts += [_text(_x(place, len(xs)), HEIGHT - BOTTOM + 18, f"{x:,.10g}", "middle") for place, x in enumerate(xs)]
    for number, line in enumerate(lines):
        name_at = (LEFT + 12, TOP + 16 + 16 * number) if is_logarithmic else None
        parts += _drawn(line, COLOURS[number % len(COLOURS)], scale, name_at)
    return "\n".join([*parts, "</svg>", ""])


def _drawn(line: Line, colour: str, scale: _Scale, name_at: tuple[float, float] | None) -> list[str]:
    places = [(_x(place, len(line.points)), scale.place(y)) for place, (_, y) in enumerate(line.points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    x, y = name_at or (places[-1][0] + 8, places[-1][1] + 4)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        _text(x, y, line.name, "start", colour=colour),
    ]


def _text(x: float, y: float, words: str, anchor: str, *, colour: str = "black", size: int = 12) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}" font-size="{size}">{escape(words)}</text>'


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * place / max(count - 1, 1)


def _round_up(value: float) -> float:
    """The next number that has one digit, or 1.5, 2.5 and the like."""
    step: float = 10 ** int(log10(value)) / 2
    return ceil(value / step) * step

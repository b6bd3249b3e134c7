"""The end of a log as a page shows it: colours of terminals as classes, other sequences for terminals left out (ECMA-48)."""

import re

from markupsafe import Markup

_SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.")
_SPAN = Markup('<span class="{}">{}</span>')
_COLOURS = frozenset({*range(30, 38), *range(90, 98)})
_STYLES = frozenset(range(1, 5))
_RESETS = {0: _COLOURS | _STYLES, 22: frozenset({1, 2}), 23: frozenset({3}), 24: frozenset({4}), 39: _COLOURS}
"""Which styles end with a code."""
_EXTENDED = frozenset({"38", "48"})
"""What is followed by a colour of its own, which the whole log shows, but not its end."""


def ansi(text: str) -> Markup:
    """Text of a program as an element's content; colour and style go on from line to line, as in a terminal."""
    parts: list[Markup] = []
    styles: tuple[int, ...] = ()
    place = 0
    for sequence in _SEQUENCE.finditer(text):
        parts.append(_styled(text[place : sequence.start()], styles))
        place = sequence.end()
        if sequence[1] is not None:
            styles = _after(styles, sequence[1].split(";"))
    return Markup("").join([*parts, _styled(text[place:], styles)])


def _styled(text: str, styles: tuple[int, ...]) -> Markup:
    if not text or not styles:
        return Markup.escape(text)
    return _SPAN.format(" ".join(f"a{style}" for style in styles), text)


def _after(styles: tuple[int, ...], codes: list[str]) -> tuple[int, ...]:
    """The styles that hold after a sequence."""
    if codes[0] in _EXTENDED:
        return styles
    for code in (int(code or 0) for code in codes):
        if code in _COLOURS:
            styles = (*(style for style in styles if style in _STYLES), code)
        elif code in _STYLES:
            styles = tuple(dict.fromkeys((*styles, code)))
        elif code in _RESETS:
            styles = tuple(style for style in styles if style not in _RESETS[code])
    return styles

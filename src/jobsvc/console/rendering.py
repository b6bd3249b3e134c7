"""Templates, and how the pages write times, sizes and numbers."""

import hashlib
import json
import re
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from jobsvc.console.ansi import ansi
from jobsvc.domain.iso8601 import read_timestamp

MINUTE, HOUR, DAY = 60, 3600, 86400
STEPS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"))
SIZES = ("B", "kB", "MB", "GB", "TB")
THOUSAND = 1000
TIME = Markup('<time datetime="{}" title="{}">{}</time>')
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]")
NOTHING = "\N{EN DASH}"
"""In the place of what is not known."""


def environment() -> Environment:
    """The templates; what they are given is text of others, and is escaped."""
    made = Environment(
        loader=PackageLoader("jobsvc.console"), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    made.filters |= {
        "at": at,
        "ago": ago,
        "lasted": lasted,
        "size": size,
        "span": span,
        "number": number,
        "pretty": pretty,
        "query": urlencode,
        "segment": segment,
        "ansi": ansi,
        "visible": visible,
        "as_list": as_list,
    }
    made.globals["static"] = static_address
    return made


@cache
def static_address(name: str) -> str:
    """A file's address below the console; another content has another one, so that a browser may keep it."""
    content = (resources.files("jobsvc.console") / "static" / name).read_bytes()
    return f"static/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


def at(moment: str | None) -> Markup:
    """A time of the API as an element; nothing is a dash."""
    if not moment:
        return Markup.escape(NOTHING)
    instant = _instant(moment)
    return TIME.format(moment, moment, f"{instant:%Y-%m-%d %H:%M:%S}")


def ago(moment: str | None) -> Markup:
    """The same as how long ago it was."""
    if not moment:
        return Markup.escape(NOTHING)
    seconds = (datetime.now(UTC) - _instant(moment)).total_seconds()
    text = f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"
    return TIME.format(moment, moment, text)


def lasted(started: str | None, ended: str | None) -> str:
    """The time between two times of the API; up to now when the second is not known."""
    if not started:
        return NOTHING
    return span(((_instant(ended) if ended else datetime.now(UTC)) - _instant(started)).total_seconds())


def span(seconds: float) -> str:
    """Seconds as people write them: `4.2 s`, `3 min 5 s`, `2 d 4 h`."""
    if seconds < MINUTE:
        return f"{max(seconds, 0):.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    parts: list[str] = []
    rest = round(seconds)
    for length, unit in (*STEPS, (1, "s")):
        if rest >= length or parts:
            parts.append(f"{rest // length} {unit}")
            rest %= length
        if len(parts) == 2:  # noqa: PLR2004
            break
    return " ".join(part for part in parts if not part.startswith("0 "))


def size(count: float | None) -> str:
    """Bytes as people write them."""
    if count is None:
        return NOTHING
    value, unit = float(count), 0
    while value >= THOUSAND and unit < len(SIZES) - 1:
        value, unit = value / THOUSAND, unit + 1
    return f"{value:.0f} {SIZES[unit]}" if unit == 0 else f"{value:.1f} {SIZES[unit]}"


def number(value: float | None) -> str:
    """A number with its thousands apart."""
    return NOTHING if value is None else f"{value:,}"


def segment(text: object) -> str:
    """A text as one part of a path."""
    return quote(str(text), safe="")


def visible(name: str) -> str:
    """A file's name in which nothing can hide: marks that turn its direction would make `gnp.exe` look like `exe.png`."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", name)


def as_list(value: Any) -> list[Any]:
    """What may be one thing or several, as several."""
    return value if isinstance(value, list) else [value]


def pretty(document: Any) -> str:
    """A JSON document for people."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _instant(moment: str) -> datetime:
    return read_timestamp(moment)

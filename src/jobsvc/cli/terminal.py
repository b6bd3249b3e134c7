"""Where commands print: results on stdout, everything for the person who watches on stderr.

Colours and live displays appear on terminals only. Strings of the service are never taken for markup.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

STYLES = {
    "COMPLETED": "green",
    "FAILED": "bold red",
    "CANCELED": "yellow",
    "RUNNING": "bold cyan",
    "QUEUED": "blue",
    "BLOCKED": "magenta",
    "PENDING": "dim",
}
ENDLESS = 10_000
"""Columns when nobody looks: what is piped must not be cut."""


def out() -> Console:
    """Standard output."""
    return _console(sys.stdout)


def err() -> Console:
    """Standard error."""
    return _console(sys.stderr)


def watched() -> Console:
    """Where the person looks who waits: standard output, unless only standard error is a terminal."""
    return out() if sys.stdout.isatty() else err()


def print_json(value: object) -> None:
    """Print a JSON document for machines."""
    print(to_json(value, indent=2))


def to_json(value: object, indent: int | None = None) -> str:
    """A JSON text that standard output can hold, whatever its encoding."""
    return json.dumps(value, indent=indent, ensure_ascii=not sys.stdout.encoding.lower().startswith("utf"))


def status(word: str) -> Text:
    """A status in its colour."""
    return Text(word, STYLES.get(word, ""))


def record(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    """Names and values, a pair a row."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(f"  {name}", value)
    return grid


@contextmanager
def live(console: Console) -> Iterator[Callable[[str], None]]:
    """A line at the bottom of a terminal that says what is going on, as long as the block lasts.

    Gives the function that changes its text, which does nothing when the console is no terminal.
    """
    if not console.is_terminal:
        yield lambda _text: None
        return
    spinner = Spinner("dots", style="cyan")
    # Without redirection: the other stream may be a pipe, whose lines belong there.
    with Live(spinner, console=console, transient=True, redirect_stdout=False, redirect_stderr=False):
        yield lambda text: spinner.update(text=Text(text, "dim"))


def plain(text: str) -> str:
    """The text without characters that do something to a terminal: names of files may hold anything."""
    return "".join(item if item.isprintable() or item == "\n" else "\N{REPLACEMENT CHARACTER}" for item in text)


class _PlainConsole(Console):
    """Takes strings for what they say, never for what they would do."""

    def render_str(self, text: str, **options: Any) -> Text:
        """The text of a string."""
        return super().render_str(plain(text), **options)


def _console(file: TextIO) -> Console:
    width = None if file.isatty() else ENDLESS
    return _PlainConsole(file=file, width=width, markup=False, highlight=False, emoji=False)

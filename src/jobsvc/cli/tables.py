"""Tables of results, fitted to the terminal."""

from dataclasses import replace
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Column, Table

GAP = 2
READABLE = 16
"""What a text has to have of a line before it goes on in the next one."""


def table(
    *columns: str, right: tuple[str, ...] = (), elastic: tuple[str, ...] = (), spare: tuple[str, ...] = ()
) -> "FittingTable":
    """An empty table without lines.

    Columns in `right` hold numbers. When the table is too wide, those in `elastic` give way, and those in `spare` are left
    out, the first one first.
    """
    empty = FittingTable(spare)
    for name in columns:
        side: Literal["left", "right"] = "right" if name in right else "left"
        empty.add_column(name, no_wrap=name not in elastic, overflow="fold", justify=side)
    return empty


class FittingTable(Table):
    """Leaves out whole columns where there is no room: half of an id would be another id."""

    def __init__(self, spare: tuple[str, ...]) -> None:
        super().__init__(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
        self._spare = spare

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render what fits."""
        for name in self._spare:
            if self._needed() > options.max_width:
                self._leave_out(name)
        yield from super().__rich_console__(console, options)

    def _leave_out(self, name: str) -> None:
        kept = [column for column in self.columns if column.header != name]
        # Columns know which one they are: the last one has no gap behind it.
        self.columns = [replace(column, _index=index) for index, column in enumerate(kept)]

    def _needed(self) -> int:
        return sum(_width(column) + GAP for column in self.columns) - GAP


def _width(column: Column) -> int:
    longest = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
    return longest if column.no_wrap else min(longest, READABLE)

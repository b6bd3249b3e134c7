"""The format in which all data leave the service and come in: one JSON object a line, each a row of a table.

The tables and columns themselves are described by the database's layer, which knows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jobsvc.domain.errors import InvalidRequest

FORMAT = 1
"""Number of the format; a file of another one is refused."""
HEADER = "jobsvc"
"""The member that makes a line the header."""
TABLE = "table"
"""The member that names the table of a row."""
MAX_ISSUES = 20
"""The issues of a file that are reported at most; more of them would help nobody."""


class Kind(StrEnum):
    """What a column holds, in the words of the documentation."""

    ID = "id"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    TIMESTAMP = "timestamp"
    DOCUMENT = "object"
    TEXTS = "list of texts"
    INTEGERS = "list of integers"


@dataclass(frozen=True)
class Column:
    """A member of a line; one that is not `is_required` may be null or left out."""

    name: str
    kind: Kind
    is_required: bool = False
    choices: tuple[str, ...] = ()
    references: str | None = None
    """The table whose id it is."""


@dataclass(frozen=True)
class TableFormat:
    """What a line of a table may hold, in the order in which exports write it."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, order=True)
class ImportIssue:
    """Why a line cannot be imported; line 0 stands for the file as a whole."""

    line: int
    reason: str

    def __str__(self) -> str:
        """`line 17: job: status must be one of ...`."""
        return f"line {self.line}: {self.reason}" if self.line else self.reason


class ImportRefused(InvalidRequest):
    """Nothing of a file was imported; `issues` (at least one) are ordered by line."""

    def __init__(self, issues: Iterable[ImportIssue]) -> None:
        self.issues = tuple(sorted(set(issues)))[:MAX_ISSUES]
        super().__init__("\n".join(map(str, self.issues)))


def describe(tables: Sequence[TableFormat]) -> str:
    """The tables of the format and their columns, in Markdown."""
    return "\n\n".join(f"### {table.name}\n\n{_COLUMNS}\n{_rows(table)}" for table in tables) + "\n"


_COLUMNS = "| column | holds | required |\n| --- | --- | --- |"


def _rows(table: TableFormat) -> str:
    return "\n".join(
        f"| `{column.name}` | {_holds(column)} | {'yes' if column.is_required else ''} |" for column in table.columns
    )


def _holds(column: Column) -> str:
    if column.references is not None:
        return f"id of `{column.references}`"
    return ", ".join(f"`{word}`" for word in column.choices) or column.kind

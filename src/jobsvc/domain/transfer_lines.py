"""Reads the lines of an import into rows, and says what is wrong with those that are none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.job_data import parse_input, to_document
from jobsvc.domain.retry_policies import RetryDefinition
from jobsvc.domain.seed_document import normalise
from jobsvc.domain.transfer import FORMAT, HEADER, TABLE, Column, ImportIssue, Kind, TableFormat
from jobsvc.domain.transfer_values import Reader, WrongValue, plain_type, reader
from jobsvc.domain.validation import read_model, read_object

Row: TypeAlias = list[Any]
"""The number of the line, then a value for each column of the table; None where the line has none."""
Rows: TypeAlias = Mapping[str, Sequence[Row]]
"""Rows by the name of their table."""

_NUL = b"\\u0000"
_BOM = b"\xef\xbb\xbf"
_REJECTED = (WrongValue, InvalidRequest, KeyError, TypeError, ValueError, AttributeError)


class LineReader:
    """Reads the lines of one file, in sequence: `line` is the number of the last one, `issues` are those of all so far."""

    def __init__(self, tables: Iterable[TableFormat]) -> None:
        self._tables = {table.name: _RowReader(table) for table in tables}
        self.line = 0
        self.issues: list[ImportIssue] = []

    def read(self, lines: Sequence[bytes]) -> Rows:
        """The rows in the next lines; headers and blank lines are none."""
        if self.line == 0 and lines:
            lines = [lines[0].removeprefix(_BOM), *lines[1:]]
        rows: dict[str, list[Row]] = defaultdict(list)
        for line in lines:
            self.line += 1
            try:
                members = orjson.loads(line)
                if _NUL in line:
                    read_object(members, members[TABLE])
                name = members.pop(TABLE)
                row = self._tables[name].read(members)
            except _REJECTED:
                self.issues += [ImportIssue(self.line, reason) for reason in self._explain(line)]
            else:
                row[0] = self.line
                rows[name].append(row)
        return rows

    def _explain(self, line: bytes) -> list[str]:
        """What is wrong with a line that is no row; nothing is with a header and a blank line."""
        if not line.strip():
            return []
        try:
            members = orjson.loads(line.strip())
        except orjson.JSONDecodeError as exc:
            return [_explain_text(line) or f"is not JSON: {exc.msg} (column {exc.colno})"]
        if not isinstance(members, dict):
            return ["must be a JSON object"]
        return _explain_header(members[HEADER]) if HEADER in members else self._explain_row(members)

    def _explain_row(self, members: dict[str, Any]) -> list[str]:
        name = members.pop(TABLE, None)
        if not isinstance(name, str):
            return [f'must name its table, as in {{"{TABLE}": "job", "id": 1, ...}}']
        if name not in self._tables:
            return [f"there is no table {name[:64]!r}; the tables are {', '.join(self._tables)}"]
        reasons = [f"{name}: {reason}" for reason in self._tables[name].explain(members)]
        return reasons or [_explain_texts(name, members)]


class _RowReader:
    """Reads the lines of one table."""

    def __init__(self, table: TableFormat) -> None:
        self._slots: dict[str, tuple[int, type | None, Reader]] = {
            column.name: (index, plain_type(column), _CONVERTED.get((table.name, column.name)) or reader(column))
            for index, column in enumerate(table.columns, start=1)
        }
        self._required = tuple(column.name for column in table.columns if column.is_required)
        self._required_slots = tuple(self._slots[name][0] for name in self._required)
        self._blank: Row = [None] * (len(table.columns) + 1)

    def read(self, members: Mapping[str, Any]) -> Row:
        """The row in the members of a line; raises one of `_REJECTED`, without saying which member is wrong."""
        row = self._blank.copy()
        slots = self._slots
        for name, value in members.items():
            index, plain, read = slots[name]
            if type(value) is plain:
                row[index] = value
            elif value is not None:
                row[index] = read(value)
        for index in self._required_slots:
            if row[index] is None:
                raise WrongValue
        return row

    def explain(self, members: Mapping[str, Any]) -> Iterator[str]:
        """Each thing that is wrong with the members."""
        for name in self._required:
            if members.get(name) is None:
                yield f"{name} is missing"
        for name, value in members.items():
            if name not in self._slots:
                yield f"there is no column {name[:64]!r}"
            elif value is not None and type(value) is not self._slots[name][1]:
                try:
                    self._slots[name][2](value)
                except WrongValue as exc:
                    yield f"{name} {exc}"
                except InvalidRequest as exc:
                    yield exc.detail


def _explain_text(line: bytes) -> str | None:
    try:
        line.decode()
    except UnicodeDecodeError as exc:
        return f"is not UTF-8 (byte {exc.start + 1})"
    return None


def _explain_texts(name: str, members: dict[str, Any]) -> str:
    """What is left when each member is of its kind: texts that cannot be stored."""
    try:
        read_object(members, name)
    except InvalidRequest as exc:
        return exc.detail
    raise AssertionError(members)


def _explain_header(header: object) -> list[str]:
    number = header.get("format") if isinstance(header, dict) else None
    return [] if number == FORMAT else [f"is the header of format {number}; this version of jobsvc reads format {FORMAT}"]


_read_document = reader(Column("input", Kind.DOCUMENT))


def _read_job_input(value: Any) -> str:
    """A job's input in the form in which this service stores it; older generations wrote version 1.0."""
    is_v3 = isinstance(value, dict) and value.get("version") == "1.0"
    return _read_job_data(to_document(parse_input(value)) if is_v3 else value)


def _read_job_data(value: Any) -> str:
    """What went into a job or came out of it: whoever shows it relies on these members."""
    text = str(_read_document(value))
    files, values = value.get("files", {}), value.get("json", {})
    if not isinstance(files, dict) or not all(_is_ids(ids) for ids in files.values()):
        raise WrongValue("must have a list of ids for each name in files")
    if not isinstance(values, dict):
        raise WrongValue("must have an object as json")
    return text


def _read_resources(value: Any) -> str:
    """What an execution was given: amounts by name."""
    text = str(_read_document(value))
    amounts = value.get("resources") or {}
    if not isinstance(amounts, dict) or not all(type(amount) in {int, float} for amount in amounts.values()):
        raise WrongValue("must have a number for each name in resources")
    return text


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int for item in value)


def _read_manifest(value: Any) -> str:
    """A Seed manifest as this service stores it: what is read of a job relies on its members."""
    return str(_read_document(normalise(value)))


def _read_rules(value: Any) -> str:
    """The definition of a retry policy: its rules decide at the end of executions, where nobody could be told."""
    definition = read_model(RetryDefinition, read_object(value, "definition"), "definition")
    return str(_read_document(definition.model_dump(mode="json", exclude_none=True)))


_CONVERTED: Mapping[tuple[str, str], Reader] = {
    ("job", "input"): _read_job_input,
    ("job", "output"): _read_job_data,
    ("execution", "output"): _read_job_data,
    ("execution", "resources"): _read_resources,
    ("job_type", "manifest"): _read_manifest,
    ("job_type_revision", "manifest"): _read_manifest,
    ("retry_policy", "definition"): _read_rules,
}

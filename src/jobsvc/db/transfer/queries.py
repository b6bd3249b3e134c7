"""Queries for what is wrong with staged rows (`s`), each giving the line and the reason."""
# ruff: noqa: S608 - what is put into statements are names and texts of our own tables, never values

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Table

from jobsvc.db.transfer.stage import stage_of
from jobsvc.db.transfer.statements import differs, same_key, whole_rows
from jobsvc.db.transfer.tables import ERROR, checks, referenced, references_itself, unique_keys

BORN = ("created", "occurred")
"""Columns that never change: two rows which differ there are two things."""


def twice(table: Table) -> str:
    """Rows whose key an earlier line has."""
    keys = ", ".join(table.primary_key.columns.keys())
    what = f"concat('{keys} ', concat_ws(', ', {keys}), ' is on line ', first, ' already')"
    firsts = f"(SELECT line, {keys}, min(line) OVER (PARTITION BY {keys}) AS first FROM {stage_of(table)}) AS s"
    return f"SELECT line, {what} FROM {firsts} WHERE line > first"


def another(table: Table) -> str:
    """Rows whose id is that of something else here: of another name, or made at another time."""
    names = _identity(table)
    if not names:
        return "SELECT 0, '' WHERE false"
    here, staged = (", ".join(f"{row}.{name}" for name in names) for row in "ts")
    # A row that does not say when it was made says nothing against being the same.
    known = " AND ".join(f"s.{name} IS NOT NULL" for name in names)
    what = f"concat('id ', s.id, ' is that of another {table.name} here, with {', '.join(names)} ', concat_ws(', ', {here}))"
    return (
        f"SELECT s.line, {what} FROM {stage_of(table)} s JOIN {table.name} t ON {same_key(table)} "
        f"WHERE {known} AND ROW({here}) IS DISTINCT FROM ROW({staged})"
    )


def running_here(table: Table, key: str) -> str:
    """Rows of what a worker of this service runs now, unless they are just the same."""
    return (
        f"SELECT s.line, concat('id ', s.id, ' is running here and would be changed; wait for its end, or cancel it') "
        f"FROM lease l JOIN {stage_of(table)} s ON s.id = l.{key} JOIN {table.name} t ON t.id = s.id WHERE {differs(table)}"
    )


def unmet(table: Table) -> Iterator[str]:
    """Rows that do not meet a CHECK."""
    for condition in checks(table):
        rule = condition.replace("'", "''")
        yield f"SELECT line, 'breaks the rule {rule}' FROM {whole_rows(table)} AS s WHERE NOT ({condition})"


def clashes(table: Table) -> Iterator[str]:
    """Rows whose unique columns are those of an earlier line, or of a row here that the file does not bring."""
    for names, condition in unique_keys(table):
        columns, values = ", ".join(names), ", ".join(f"s.{name}" for name in names)
        what = f"'{columns} ', concat_ws(', ', {values})"
        known = " OR ".join(f"s.{name} IS NOT NULL" for name in names)
        same = " AND ".join(_equal(table, name) for name in names)
        rows = f"(SELECT * FROM {whole_rows(table)} AS s WHERE {condition}) AS s"
        yield (
            f"SELECT line, concat({what}, ' is on line ', first, ' already') FROM "
            f"(SELECT s.*, min(line) OVER (PARTITION BY {values}) AS first FROM {rows} WHERE {known}) AS s WHERE line > first"
        )
        yield (
            f"SELECT s.line, concat({what}, ' is that of id ', t.id, ' here') FROM {rows} "
            f"JOIN (SELECT * FROM {table.name} WHERE {condition}) AS t ON {same} WHERE ({known}) AND t.id <> s.id "
            f"AND NOT EXISTS (SELECT FROM {stage_of(table)} other WHERE other.id = t.id)"
        )


def count_missing(table: Table) -> str:
    """How many rows point to what there is not, once all are inserted: one look at all references together."""
    joins = (f"LEFT JOIN {target} r_{name} ON r_{name}.id = s.{name}" for name, target in _references(table))
    unmet = (f"s.{name} IS NOT NULL AND r_{name}.id IS NULL" for name, _ in _references(table))
    return f"SELECT count(*) FROM {stage_of(table)} s {' '.join(joins)} WHERE {' OR '.join(unmet) or 'false'}"


def missing(table: Table, staged: Collection[Table]) -> Iterator[str]:
    """Rows that point to what is neither here nor in one of the stages, by each reference."""
    for name, target in _references(table):
        places = [target, *(stage_of(item) for item in staged if item.name == target)]
        nowhere = " AND ".join(f"NOT EXISTS (SELECT FROM {place} t WHERE t.id = s.{name})" for place in places)
        what = f"'{name}: there is no {target} ' || s.{name}"
        yield f"SELECT s.line, {what} FROM {stage_of(table)} s WHERE s.{name} IS NOT NULL AND {nowhere}"


QUEUED_WITHOUT_INPUT = (
    "SELECT s.line, 'is QUEUED and has no input' FROM import_job s WHERE s.status = 'QUEUED' AND s.input IS NULL"
)
QUEUED_WITH_ODD_PRIORITY = """
    SELECT s.line, concat('is QUEUED with the priority ', s.configuration ->> 'priority', ', which is no integer from 1')
    FROM import_job s WHERE s.status = 'QUEUED' AND s.configuration ->> 'priority' !~ '^[1-9][0-9]{0,17}$'
"""
MISSING_INPUT_FILE = """
    SELECT s.line, concat('input.files.', i.job_input, ': there is no file ', i.file_id)
    FROM import_job s JOIN job_input_file i ON i.job_id = s.id
    WHERE NOT EXISTS (SELECT FROM file f WHERE f.id = i.file_id)
"""
# The next attempt of a job gets the number num_exes + 1, or num_exes while it is QUEUED: no execution may have it.
BEYOND_ITS_JOB = """
    SELECT s.line, concat('exe_num is ', s.exe_num, ', but job ', j.id, ' is ', j.status, ' with num_exes ', j.num_exes)
    FROM import_execution s JOIN job j ON j.id = s.job_id
    WHERE s.exe_num > j.num_exes OR (s.exe_num = j.num_exes AND j.status = 'QUEUED')
"""
BEHIND_ITS_EXECUTIONS = """
    SELECT s.line, concat('is ', j.status, ' with num_exes ', j.num_exes, ', but execution ', e.id, ' has exe_num ', e.exe_num)
    FROM import_job s JOIN job j ON j.id = s.id JOIN execution e ON e.job_id = s.id
    WHERE e.exe_num > j.num_exes OR (e.exe_num = j.num_exes AND j.status = 'QUEUED')
"""


def _identity(table: Table) -> Sequence[str]:
    """The columns that say which thing a row is, beside its id."""
    for names, condition in unique_keys(table):
        if condition == "true" and not any(references_itself(table, name) for name in names):
            return names
    return [name for name in BORN if name in table.columns]


def _equal(table: Table, name: str) -> str:
    """That a column is the same in both rows; null is like null (`IS NOT DISTINCT FROM` would compare all with all)."""
    return f"COALESCE(t.{name}, '') = COALESCE(s.{name}, '')" if table is ERROR else f"t.{name} = s.{name}"


def _references(table: Table) -> list[tuple[str, str]]:
    """The columns that point to other tables, and those."""
    return [(column.name, target) for column in table.columns if (target := referenced(column))]

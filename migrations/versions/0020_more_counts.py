"""Counts of the load by the hour, of executions without their nodes and errors, and of files; and indexes for their lists.

Executions are in the load from the first full hour on that is not before what happened to them, and in sums of days and months,
so that the load at any hour is a few hundred numbers. Numbers of executions that have neither node nor error in them are few, and
are read when no filter asks for these. All of it is kept as the other counts are: triggers append what statements change,
`fold_counts()` folds it, and `recount_slice()` compares it with the rows. Indexes are built beside writers.
"""

from collections.abc import Sequence
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0020"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HAVE = "({0}, last_modified, id) WHERE {0} IS NOT NULL"
_PRESENT = (
    "job_type_id",
    "job_output",
    "recipe_id",
    "recipe_type_id",
    "recipe_node",
    "batch_id",
    "source_sensor_class",
    "source_sensor",
    "source_collection",
    "source_task",
)
NEW: dict[str, tuple[str, str]] = {
    "ix_execution_created_id": ("execution", "(created, id)"),
    # With what the load is counted by.
    **{f"ix_execution_{name}": ("execution", f"({name}, id) INCLUDE (job_type_id)") for name in ("queued", "started")},
    "ix_execution_ended": ("execution", "(ended, id) INCLUDE (job_type_id, started)"),
    # With what v3 sorts the changes of a time by, so that they are read from the index alone.
    "ix_job_modified": ("job", "(last_modified, id) INCLUDE (last_status_change)"),
    "ix_file_created": ("file", "(created, id) INCLUDE (last_modified)"),
    "ix_file_data": ("file", "(data_started, id) INCLUDE (data_ended, last_modified)"),
    "ix_file_source": ("file", "(source_started, id) INCLUDE (source_ended, last_modified)"),
    "ix_file_data_ended_id": ("file", "(data_ended, id)"),
    "ix_file_source_ended_id": ("file", "(source_ended, id)"),
    # What ends before it begins is found apart: all else in a range begins in it, too.
    "ix_file_data_reversed": ("file", "(data_ended, id) WHERE data_ended < data_started"),
    "ix_file_source_reversed": ("file", "(source_ended, id) WHERE source_ended < source_started"),
    **{f"ix_file_{name}": ("file", _HAVE.format(name)) for name in _PRESENT},
    **{
        f"ix_file_{name}_last_modified_id": ("file", f"({name}, last_modified, id)")
        for name in ("workspace_id", "media_type", "file_type")
    },
    "ix_file_countries": ("file", "USING gin (countries)"),
    "ix_recipe_last_modified_id": ("recipe", "(last_modified, id)"),
    "ix_recipe_recipe_type_id_last_modified_id": ("recipe", "(recipe_type_id, last_modified, id)"),
    "ix_recipe_node_below": ("recipe_node", "(recipe_id, sub_recipe_id) WHERE sub_recipe_id IS NOT NULL"),
}
OLD = {"ix_job_last_modified_id": ("job", "(last_modified, id)")}

_counts, _upkeep, _indexes = (
    SimpleNamespace(**run_path(str(Path(__file__).with_name(f"{name}.py"))))
    for name in ("0007_counts", "0016_upkeep", "0008_list_indexes")
)
HOUR = "date_trunc('hour', {} + interval '1 hour' - interval '1 microsecond', 'UTC')"
HOURS = {f"{name}_hour": HOUR.format(name) for name in ("queued", "started", "ended")}
EXECUTION: dict[str, str] = _counts.EXECUTION | HOURS
FILE = {
    "file_type": "file_type",
    "media_type": "media_type",
    "workspace_id": "workspace_id",
    "job_type_id": "job_type_id",
    "job_output": "job_output",
    "recipe_type_id": "recipe_type_id",
    "recipe_node": "recipe_node",
    "source_sensor_class": "source_sensor_class",
    "source_sensor": "source_sensor",
    "source_collection": "source_collection",
    "source_task": "source_task",
    "countries": "countries",
}
LOAD = "load_count"
LOAD_KEYS = ("state", "job_type_id", "grain", "moment")
STATE = ("grain", "day", "job_type_id", "status", "error_id", "node_id")
EVENTS = ("insert", "delete", "update", "truncate")

# What was canceled while it waited has never started.
EDGES = """
    CROSS JOIN LATERAL (VALUES
        ('queued', r.queued_hour, 1), ('queued', COALESCE(r.started_hour, r.ended_hour), -1), ('running', r.started_hour, 1),
        ('running', CASE WHEN r.started_hour IS NOT NULL THEN r.ended_hour END, -1)
    ) AS e(state, hour, change)
"""
TYPES = "CROSS JOIN LATERAL (VALUES (job_type_id), (0)) AS t(of_type)"
LOAD_GRAINS = """
    CROSS JOIN LATERAL (VALUES
        ('hour', hour), ('day', date_trunc('day', hour, 'UTC')), ('month', date_trunc('month', hour, 'UTC'))
    ) AS g(grain, moment)
"""
RUN_GRAINS = """
    CROSS JOIN LATERAL (VALUES
        ('all', '-infinity'::date, own_error_id, own_node_id), ('all_states', '-infinity', 0, 0),
        ('modified_day', modified_day, own_error_id, own_node_id), ('states_day', modified_day, 0, 0),
        ('modified_month', date_trunc('month', modified_day::timestamp)::date, own_error_id, own_node_id),
        ('states_month', date_trunc('month', modified_day::timestamp)::date, 0, 0)
    ) AS g(grain, day, error_id, node_id)
"""
"""Those of states are for lists that are asked for neither nodes nor errors."""


def load_lines(deltas: str, grains: str = LOAD_GRAINS) -> str:
    """What deltas say of the load, for each type and for all (0)."""
    return f"""SELECT state, of_type AS job_type_id, grain, moment, r.n * e.change AS n
        FROM {deltas} r {EDGES} {TYPES} {grains} WHERE moment IS NOT NULL"""


def file_lines(deltas: str) -> str:
    """What deltas say of files, by each of their values."""
    plain = ", ".join(["('', '')", *(f"('{name}', {name}::text)" for name in FILE if name != "countries")])
    return f"""SELECT dimension, value, n FROM {deltas} r CROSS JOIN LATERAL (
            VALUES {plain} UNION ALL SELECT DISTINCT 'countries', country FROM unnest(r.countries) AS c(country)
        ) AS v(dimension, value) WHERE value IS NOT NULL"""


def added(count: str, keys: Sequence[str], lines: str) -> str:
    """Add lines to a count."""
    listed = ", ".join(keys)
    return f"""
        INSERT INTO {count} AS c ({listed}, n)
        SELECT {listed}, sum(n) FROM ({lines}) l GROUP BY {listed} HAVING sum(n) <> 0
        ON CONFLICT ({listed}) DO UPDATE SET n = c.n + excluded.n RETURNING 1"""


RUNS = f"""SELECT grain, day, job_type_id, status, error_id, node_id, n FROM (
        SELECT n, job_type_id, status, error_id AS own_error_id, node_id AS own_node_id, modified_day FROM execution_taken
    ) r {RUN_GRAINS}"""
FOLD = f"""
    CREATE OR REPLACE FUNCTION fold_counts() RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE taken bigint; result bigint := 0;
    BEGIN
        IF NOT EXISTS (SELECT FROM job_delta) AND NOT EXISTS (SELECT FROM execution_delta)
            AND NOT EXISTS (SELECT FROM file_delta)
            OR NOT pg_try_advisory_xact_lock(hashtextextended('jobsvc.counts:', 0)) THEN RETURN 0; END IF;
        {_counts.fold_all("job")};
        result := taken;
        WITH execution_taken AS (DELETE FROM execution_delta RETURNING *),
        runs_folded AS ({added("execution_count", STATE, RUNS)}),
        load_folded AS ({added(LOAD, LOAD_KEYS, load_lines("execution_taken"))})
        SELECT count(*) FROM execution_taken INTO taken;
        result := result + taken;
        WITH file_taken AS (DELETE FROM file_delta RETURNING *),
        files_folded AS ({added("file_count", ("dimension", "value"), file_lines("file_taken"))})
        SELECT count(*) FROM file_taken INTO taken;
        RETURN result + taken;
    END $$
"""


def slice_of_load() -> str:
    """Some days of hours: an execution has up to three times in them, and each is found by an index."""
    first, behind = (f"({_upkeep.INSTANT.format(end)} - interval '1 hour')" for end in ("first", "behind"))
    times = ("queued", "started", "ended")
    moments = {
        "queued": "('queued', 1)",
        "started": "('queued', -1), ('running', 1)",
        "ended": "(CASE WHEN started IS NULL THEN 'queued' ELSE 'running' END, -1)",
    }
    rows = " UNION ALL ".join(
        f"""SELECT e.state, x.job_type_id, {HOUR.format(f"x.{name}")} AS hour, e.change
            FROM execution x CROSS JOIN LATERAL (VALUES {moments[name]}) AS e(state, change)
            WHERE x.{name} > {first} AND x.{name} <= {behind}"""
        for name in times
    )
    hours = f"SELECT state, job_type_id, hour, sum(change) AS n FROM ({rows}) h GROUP BY 1, 2, 3"
    grains = "CROSS JOIN LATERAL (VALUES ('hour', hour), ('day', date_trunc('day', hour, 'UTC'))) AS g(grain, moment)"
    in_days = _upkeep.IN_TIMES.format("moment")
    listed = ", ".join((*LOAD_KEYS, "n"))
    return str(
        _upkeep.compared(
            LOAD,
            LOAD_KEYS,
            f"SELECT state, of_type AS job_type_id, grain, moment, n FROM ({hours}) h {TYPES} {grains}",
            f"SELECT {listed} FROM ({load_lines('execution_delta', grains)}) d WHERE {in_days}",
            f"grain IN ('hour', 'day') AND {in_days}",
        )
    )


def sums_of_load() -> str:
    """Months are sums of days, which were compared before."""
    month = "date_trunc('month', c.moment, 'UTC')"
    rows = f"SELECT state, job_type_id, 'month' AS grain, {month} AS moment, n FROM {LOAD} c WHERE grain = 'day'"
    nothing = f"SELECT {', '.join((*LOAD_KEYS, 'n'))} FROM {LOAD} WHERE false"
    return str(_upkeep.compared(LOAD, LOAD_KEYS, rows, nothing, "grain = 'month'"))


def sums_of_runs() -> str:
    """All other numbers of executions are sums of those by day, node and error."""
    rows = f"""SELECT grain, day, job_type_id, status, error_id, node_id, n FROM (
            SELECT n, job_type_id, status, error_id AS own_error_id, node_id AS own_node_id, day AS modified_day
            FROM execution_count WHERE grain = 'modified_day'
        ) r {RUN_GRAINS} WHERE grain <> 'modified_day'"""
    nothing = f"SELECT {', '.join((*STATE, 'n'))} FROM execution_count WHERE false"
    return str(_upkeep.compared("execution_count", STATE, rows, nothing, "grain <> 'modified_day'"))


def slice_of_files(name: str) -> str:
    """The numbers of files by one of their values, whatever it is."""
    value = {"": "''", "countries": "country"}.get(name, f"{name}::text")
    source = "file, LATERAL (SELECT DISTINCT c AS country FROM unnest(countries) AS c) x" if name == "countries" else "file"
    return str(
        _upkeep.compared(
            "file_count",
            ("dimension", "value"),
            f"SELECT '{name}' AS dimension, {value} AS value, 1 AS n FROM {source} WHERE {value} IS NOT NULL",
            f"SELECT * FROM ({file_lines('file_delta')}) l WHERE dimension = '{name}'",
            f"dimension = '{name}'",
        )
    )


FILES = {f"file_{name or 'all'}": slice_of_files(name) for name in ("", *FILE)}
PARTS = _upkeep.PARTS | {"execution_sums": sums_of_runs(), "load": slice_of_load(), "load_sums": sums_of_load()} | FILES
BRANCHES = "ELS".join(f"IF part = '{name}' THEN {statements}\n        " for name, statements in PARTS.items())
RECOUNT_SLICE = _upkeep.RECOUNT_SLICE.replace(_upkeep.BRANCHES, BRANCHES)
OF_DAYS = _upkeep.OF_DAYS | {"load": _upkeep.OF_DAYS["execution"]}
WHOLE = ", ".join(f"('{part}')" for part in PARTS if part.endswith("_sums") or part in FILES)
SLICES_OF_DAYS = {
    before: " UNION ALL ".join(_upkeep.slices(part, *numbers, _upkeep.DAYS) for part, numbers in days.items())
    for before, days in (("old", _upkeep.OF_DAYS), ("new", OF_DAYS))
}
RECOUNT_SLICES = _upkeep.RECOUNT_SLICES.replace(SLICES_OF_DAYS["old"], SLICES_OF_DAYS["new"]).replace(_upkeep.SUMS, WHOLE)
ADDED_PARTS = ("execution_sums", "load", "load_sums", *FILES)


def upgrade() -> None:
    """Apply, or go on where it was broken off."""
    _indexes.replace(OLD, NEW)
    if not sa.inspect(op.get_bind()).has_table(LOAD):
        count()
    with op.get_context().autocommit_block():
        fill()


def count() -> None:
    """The counts and what keeps them: for a moment nobody writes executions or files."""
    # Who writes meanwhile would count as before, and be counted by nobody.
    op.execute("LOCK TABLE execution, file IN SHARE ROW EXCLUSIVE MODE")
    for name in HOURS:
        op.add_column("execution_delta", sa.Column(name, sa.TIMESTAMP(timezone=True)))
    create_tables()
    keep_counting(EXECUTION, FOLD, ["execution_count", LOAD])
    for statement in (*_counts.count_changes("file", FILE), *_counts.drop_counts("file", ["file_count"])):
        op.execute(statement)
    for event in EVENTS:
        op.execute(f"ALTER TABLE file ENABLE ALWAYS TRIGGER count_file_{event}")
    op.execute("ALTER TABLE file_delta SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)")
    for table in (LOAD, "file_count"):
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 70)")
    recount_by(RECOUNT_SLICE, RECOUNT_SLICES)


def create_tables() -> None:
    """The counts, and what was changed in files and is not in them yet."""
    texts = {name: sa.Text() for name in FILE if not name.endswith("_id") and name != "countries"}
    ids = {name: sa.BigInteger() for name in FILE if name.endswith("_id")}
    kinds: dict[str, Any] = texts | ids | {"countries": ARRAY(sa.Text())}
    needed = ("file_type", "media_type", "workspace_id", "countries")
    _counts.create_delta(
        "file_delta",
        {name: kinds[name] for name in needed},
        {name: kinds[name] for name in FILE if name not in needed},
    )
    _counts.create_count("file_count", {"dimension": sa.Text(), "value": sa.Text()})
    moment = sa.TIMESTAMP(timezone=True)
    _counts.create_count(LOAD, {"state": sa.Text(), "job_type_id": sa.BigInteger(), "grain": sa.Text(), "moment": moment})


def keep_counting(columns: dict[str, str], fold: str, counts: Sequence[str]) -> None:
    """The functions of the triggers of executions, and the one that folds."""
    statements = [*_counts.count_changes("execution", columns), *_counts.drop_counts("execution", counts), fold]
    for statement in map(str.strip, statements):
        if not statement.startswith("CREATE TRIGGER"):
            op.execute(statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))


def recount_by(recount_slice: str, recount_slices: str) -> None:
    """The functions that count again."""
    op.execute("DROP FUNCTION recount_slice")
    op.execute("DROP FUNCTION recount_slices")
    op.execute(recount_slice)
    op.execute(recount_slices)


def fill() -> None:
    """Count what is there slice by slice, so that others fold in between."""
    connection = op.get_bind()
    slices = sa.text("SELECT * FROM recount_slices(:rows) WHERE part = ANY(:parts)")
    for part in connection.execute(slices, {"rows": _upkeep.ROWS, "parts": list(ADDED_PARTS)}).all():
        arguments = ", ".join(f":{name}" for name in part._fields)
        connection.execute(sa.text(f"SELECT recount_slice({arguments})"), part._asdict())
    for table in (LOAD, "file_count", "execution_count"):
        op.execute(f"ANALYZE {table}")


def downgrade() -> None:
    """Take back."""
    op.execute("LOCK TABLE execution, file IN SHARE ROW EXCLUSIVE MODE")
    for event in EVENTS:
        op.execute(f"DROP TRIGGER count_file_{event} ON file")
        op.execute(f"DROP FUNCTION count_file_{event}")
    keep_counting(_counts.EXECUTION, _counts.FOLD, ["execution_count"])
    recount_by(_upkeep.RECOUNT_SLICE, _upkeep.RECOUNT_SLICES)
    for name in HOURS:
        op.drop_column("execution_delta", name)
    for table in ("file_delta", "file_count", LOAD):
        op.drop_table(table)
    op.execute("DELETE FROM execution_count WHERE grain IN ('all_states', 'states_day', 'states_month')")
    _indexes.replace(NEW, OLD)

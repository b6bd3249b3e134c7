"""How many jobs and executions there are, kept by the database by what lists are filtered by.

Writers append what they change to a table of deltas, so that none waits for another; `fold_counts()` moves deltas into the
counts. What is folded and what is not add up to the truth at every moment, within the transaction that changed something, too.
The tables start empty: the next migration counts what is there.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Columns = dict[str, TypeEngine[Any]]
CALL = "FOR EACH STATEMENT EXECUTE FUNCTION"
DAY = "({} AT TIME ZONE 'UTC')::date"
STATE = {
    "status": "status",
    "job_type_id": "job_type_id",
    "error_id": "COALESCE(error_id, 0)",
    "is_superseded": "is_superseded",
}
JOB = {
    **STATE,
    "modified_day": DAY.format("last_modified"),
    "changed_day": DAY.format("last_status_change"),
    "batch_id": "batch_id",
    # Without times a job is in no range: neither since something nor until something.
    "source_started_day": f"COALESCE({DAY.format('source_started')}, '-infinity')",
    "source_ended_day": f"COALESCE({DAY.format('source_ended')}, 'infinity')",
    "source_sensor_class": "source_sensor_class",
    "source_sensor": "source_sensor",
    "source_collection": "source_collection",
    "source_task": "source_task",
}
EXECUTION = {
    "status": "status",
    "job_type_id": "job_type_id",
    "error_id": "COALESCE(error_id, 0)",
    "node_id": "COALESCE(node_id, 0)",
    "modified_day": DAY.format("last_modified"),
}


def count_changes(table: str, columns: dict[str, str]) -> list[str]:
    """The triggers of a table: every statement appends the sums of what it added and took away."""
    names = ", ".join(columns)
    values = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    sums = f"INSERT INTO {table}_delta (n, {names}) SELECT sum(n), {names} FROM (%s) c GROUP BY {names} HAVING sum(n) <> 0"
    added, removed = f"SELECT 1 AS n, {values} FROM added", f"SELECT -1 AS n, {values} FROM removed"
    sources = {"INSERT": added, "DELETE": removed, "UPDATE": f"{added} UNION ALL {removed}"}
    tables = {
        "INSERT": "REFERENCING NEW TABLE AS added",
        "DELETE": "REFERENCING OLD TABLE AS removed",
        "UPDATE": "REFERENCING NEW TABLE AS added OLD TABLE AS removed",
    }
    statements = []
    for event, source in sources.items():
        function = f"count_{table}_{event.lower()}"
        statements += [
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {sums % source}; RETURN NULL; END $$",
            f"CREATE TRIGGER {function} AFTER {event} ON {table} {tables[event]} {CALL} {function}()",
        ]
    return statements


def drop_counts(table: str, counts: Sequence[str]) -> list[str]:
    """What counts nothing after a TRUNCATE."""
    deletes = " ".join(f"DELETE FROM {name};" for name in (f"{table}_delta", *counts))
    return [
        f"CREATE FUNCTION count_{table}_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {deletes} RETURN NULL; END $$",
        f"CREATE TRIGGER count_{table}_truncate AFTER TRUNCATE ON {table} {CALL} count_{table}_truncate()",
    ]


GRAINS = """
    CROSS JOIN LATERAL (VALUES
        ('all', '-infinity'::date), ('modified_day', modified_day),
        ('modified_month', date_trunc('month', modified_day::timestamp)::date), {more}
    ) AS g(grain, day)
"""
CHANGED = "('changed_day', changed_day), ('changed_month', date_trunc('month', changed_day::timestamp)::date)"
SOURCES = """
    CROSS JOIN LATERAL (VALUES
        ('', ''), ('sensor_class', source_sensor_class), ('sensor', source_sensor), ('collection', source_collection),
        ('task', source_task)
    ) AS s(dimension, value)
"""
COUNTS = {
    "job_count": (
        "job",
        ("grain", "day", "job_type_id", "status", "error_id", "is_superseded"),
        GRAINS.format(more=CHANGED) + " WHERE g.day IS NOT NULL",
    ),
    "job_batch_count": ("job", ("batch_id", *STATE), "WHERE batch_id IS NOT NULL"),
    "job_source_count": (
        "job",
        ("dimension", "value", "source_started_day", "source_ended_day"),
        SOURCES + " WHERE s.value IS NOT NULL",
    ),
    "execution_count": (
        "execution",
        ("grain", "day", "job_type_id", "status", "error_id", "node_id"),
        GRAINS.format(more="('', NULL)") + " WHERE g.day IS NOT NULL",
    ),
}


def fold(name: str) -> str:
    """Add deltas that were taken to a count."""
    table, keys, expansion = COUNTS[name]
    columns = ", ".join(keys)
    return f"""
        INSERT INTO {name} AS c ({columns}, n)
        SELECT {columns}, sum(d.n) FROM {table}_taken d {expansion} GROUP BY {columns} HAVING sum(d.n) <> 0
        ON CONFLICT ({columns}) DO UPDATE SET n = c.n + excluded.n RETURNING 1"""


def widen(rows: str) -> str:
    """Note of the days on which jobs changed how far the times of their sources reach; what was noted stays."""
    return f"""
        INSERT INTO job_source_reach AS r (day, latest_started_day, earliest_ended_day)
        SELECT modified_day, max(source_started_day), min(source_ended_day) FROM {rows} d
        WHERE source_started_day > '-infinity' OR source_ended_day < 'infinity' GROUP BY modified_day
        ON CONFLICT (day) DO UPDATE SET latest_started_day = GREATEST(r.latest_started_day, excluded.latest_started_day),
                                        earliest_ended_day = LEAST(r.earliest_ended_day, excluded.earliest_ended_day)
        WHERE r.latest_started_day < excluded.latest_started_day OR r.earliest_ended_day > excluded.earliest_ended_day
        RETURNING 1"""


def fold_all(table: str) -> str:
    """Take all deltas of a table and add them to its counts, in one statement."""
    parts = [f"widened AS ({widen('job_taken')})"] if table == "job" else []
    parts += [f"{name}_folded AS ({fold(name)})" for name, (source, _, _) in COUNTS.items() if source == table]
    return f"""
        WITH {table}_taken AS (DELETE FROM {table}_delta RETURNING *), {", ".join(parts)}
        SELECT count(*) FROM {table}_taken INTO taken"""


FOLD = f"""
    CREATE FUNCTION fold_counts() RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE taken bigint; result bigint := 0;
    BEGIN
        IF NOT EXISTS (SELECT FROM job_delta) AND NOT EXISTS (SELECT FROM execution_delta)
            OR NOT pg_try_advisory_xact_lock(hashtextextended('jobsvc.counts:', 0)) THEN RETURN 0; END IF;
        {fold_all("job")};
        result := taken;
        {fold_all("execution")};
        RETURN result + taken;
    END $$
"""


def recount(name: str, columns: dict[str, str]) -> str:
    """Compare a count with what there is, all as of one moment, and add the difference to it."""
    table, keys, expansion = COUNTS[name]
    listed = ", ".join(keys)
    values = ", ".join(f"{value} AS {column}" for column, value in columns.items())
    # Times and texts of sources have about as many combinations as there are rows.
    truth = f"SELECT {values}, 1 AS n FROM {table}"
    if name != "job_source_count":
        truth = f"SELECT {', '.join(columns)}, sum(n) AS n FROM ({truth}) r GROUP BY {', '.join(columns)}"
    return f"""
        WITH truth AS ({truth}), difference AS (
            SELECT {listed}, sum(n) AS n FROM (
                SELECT {listed}, d.n FROM truth d {expansion}
                UNION ALL SELECT {listed}, -d.n FROM {table}_delta d {expansion}
                UNION ALL SELECT {listed}, -n FROM {name}
            ) u GROUP BY {listed} HAVING sum(n) <> 0
        ), mended AS (
            INSERT INTO {name} AS c ({listed}, n) SELECT {listed}, n FROM difference
            ON CONFLICT ({listed}) DO UPDATE SET n = c.n + excluded.n RETURNING 1
        )
        SELECT count(*) FROM mended INTO changed;
        result := result + changed;
        DELETE FROM {name} WHERE n = 0;"""


NEEDED = {
    "job_count": {name: JOB[name] for name in (*STATE, "modified_day", "changed_day")},
    "job_batch_count": {name: JOB[name] for name in (*STATE, "batch_id")},
    "job_source_count": {name: value for name, value in JOB.items() if name.startswith("source_")},
    "execution_count": EXECUTION,
}
REACH = ", ".join(f"{JOB[name]} AS {name}" for name in ("modified_day", "source_started_day", "source_ended_day"))
RECOUNT = f"""
    CREATE FUNCTION recount() RETURNS bigint LANGUAGE plpgsql SET work_mem = '128MB' AS $$
    DECLARE changed bigint; result bigint := 0;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('jobsvc.counts:', 0));
        {"".join(recount(name, columns) for name, columns in NEEDED.items())}
        WITH widened AS ({widen(f"(SELECT {REACH} FROM job)")}) SELECT count(*) FROM widened INTO changed;
        RETURN result;
    END $$
"""
FUNCTIONS = [f"count_{table}_{event}" for table in ("job", "execution") for event in ("insert", "delete", "update", "truncate")]


def upgrade() -> None:
    """Apply."""
    create_tables()
    for statement in (
        FOLD,
        RECOUNT,
        *count_changes("job", JOB),
        *count_changes("execution", EXECUTION),
        *drop_counts("job", ["job_count", "job_batch_count", "job_source_count", "job_source_reach"]),
        *drop_counts("execution", ["execution_count"]),
    ):
        op.execute(statement)
    # Imports, and servers that replicate by rows, switch off what is not said to run always.
    for table in ("job", "execution"):
        for event in ("insert", "delete", "update", "truncate"):
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER count_{table}_{event}")
    # Deltas come and go by the second: what is dead is taken away when there are some thousands, however many there were.
    for table in ("job_delta", "execution_delta"):
        op.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)")
    # Numbers change in place as long as a page has room for them.
    for table in COUNTS:
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 70)")


def create_tables() -> None:
    """The counts and their deltas."""
    numbers: Columns = {"job_type_id": sa.BigInteger(), "status": sa.Text(), "error_id": sa.BigInteger()}
    state: Columns = {**numbers, "is_superseded": sa.Boolean()}
    run: Columns = {**numbers, "node_id": sa.BigInteger()}
    days: Columns = {"source_started_day": sa.Date(), "source_ended_day": sa.Date()}
    optional: Columns = {"changed_day": sa.Date(), "batch_id": sa.BigInteger()}
    optional |= {name: sa.Text() for name in ("source_sensor_class", "source_sensor", "source_collection", "source_task")}
    create_delta("job_delta", {**state, "modified_day": sa.Date(), **days}, optional)
    create_delta("execution_delta", {**run, "modified_day": sa.Date()}, {})
    grain: Columns = {"grain": sa.Text(), "day": sa.Date()}
    create_count("job_count", {**grain, **state})
    create_count("job_batch_count", {"batch_id": sa.BigInteger(), **state})
    create_count("job_source_count", {"dimension": sa.Text(), "value": sa.Text(), **days})
    create_count("execution_count", {**grain, **run})
    op.create_table(
        "job_source_reach",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("latest_started_day", sa.Date(), nullable=False),
        sa.Column("earliest_ended_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_job_source_reach")),
    )


def create_delta(name: str, columns: Columns, optional: Columns) -> None:
    """A table that is only appended to and emptied: without a key."""
    kept = [sa.Column(column, kind, nullable=False) for column, kind in {"n": sa.BigInteger(), **columns}.items()]
    op.create_table(name, *kept, *(sa.Column(column, kind) for column, kind in optional.items()))


def create_count(name: str, columns: Columns) -> None:
    """A table of numbers by what is counted."""
    keys = [sa.Column(column, kind, nullable=False) for column, kind in columns.items()]
    key = sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{name}"))
    op.create_table(name, *keys, sa.Column("n", sa.BigInteger(), nullable=False), key)


def downgrade() -> None:
    """Take back."""
    for table in ("execution", "job"):
        for event in ("insert", "delete", "update", "truncate"):
            op.execute(f"DROP TRIGGER count_{table}_{event} ON {table}")
    for function in ("recount", "fold_counts", *FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    counts = (
        "execution_count",
        "execution_delta",
        "job_source_reach",
        "job_source_count",
        "job_batch_count",
        "job_count",
        "job_delta",
    )
    for table in counts:
        op.drop_table(table)

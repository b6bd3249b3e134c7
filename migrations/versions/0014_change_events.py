"""What happens, as rows: triggers write an event for each change in the statement that makes it.

Nothing in the code can leave an event out, and none is there for a change that was rolled back. Imports switch triggers off
that are not said to run always: what comes from elsewhere is history, and no event. Events lie in a partition for each UTC
day, so that old ones are dropped and not deleted; the service makes the days ahead.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0014"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DAYS_AHEAD = 7
COLUMNS = (
    "type, job_id, job_type_id, batch_id, recipe_id, execution_id, exe_num, bulk_operation_id, node_id, worker_id, actor, data"
)
ACTOR = "NULLIF(current_setting('jobsvc.actor', true), '')"
BULK = "NULLIF(current_setting('jobsvc.bulk_operation', true), '')::bigint"
ERROR = "(SELECT e.name FROM error e WHERE e.id = n.error_id)"
VERB = "CASE {} WHEN 'RUNNING' THEN 'started' ELSE lower({}) END"
REQUEUED = "o.status IN ('FAILED', 'CANCELED', 'COMPLETED') AND n.status IN ('QUEUED', 'PENDING')"


def changed(columns: Sequence[str]) -> str:
    """The names of those columns that an update has changed, as an array."""
    cases = ", ".join(f"CASE WHEN o.{name} IS DISTINCT FROM n.{name} THEN '{name}' END" for name in columns)
    return f"array_remove(ARRAY[{cases}], NULL)"


def values(columns: Sequence[str], row: str) -> str:
    """The columns of a row as an object."""
    pairs = ", ".join(f"'{name}', {row}.{name}" for name in columns)
    return f"jsonb_build_object({pairs})"


def row(event: str, data: str, *, actor: str = ACTOR, **subjects: str) -> str:
    """What is selected for `COLUMNS`."""
    names = COLUMNS.split(", ")[1:-2]
    return ", ".join([event, *(subjects.get(name, "NULL") for name in names), actor, data])


JOB = {
    "job_id": "n.id",
    "job_type_id": "n.job_type_id",
    "batch_id": "n.batch_id",
    "recipe_id": "n.recipe_id",
    "exe_num": "NULLIF(n.num_exes, 0)",
    "bulk_operation_id": BULK,
    "node_id": "n.node_id",
}
EXECUTION = {
    "job_id": "n.job_id",
    "job_type_id": "n.job_type_id",
    "batch_id": "(SELECT j.batch_id FROM job j WHERE j.id = n.job_id)",
    "execution_id": "n.id",
    "exe_num": "n.exe_num",
    "bulk_operation_id": BULK,
    "node_id": "n.node_id",
}
OPERATION = {"bulk_operation_id": "n.id", "actor": f"COALESCE({ACTOR}, n.requested_by)"}
PROGRESS = ("kind", "state", "matched", "processed", "done", "not_eligible", "conflict", "error")
JOB_TYPE = {"job_type_id": "n.id"}
SWITCHES = ("is_active", "is_paused", "max_scheduled", "max_tries", "revision_num", "docker_image", "is_published")
# Of these only is told that they have changed: they are large, or secret.
DOCUMENTS = ("title", "description", "manifest", "configuration", "secrets", "unmet_resources")
NODE = {"node_id": "n.id"}
NODE_SWITCHES = ("is_active", "is_paused", "pause_reason")
SCHEDULER_SWITCHES = ("is_paused", "queue_mode")
JOINED = "removed o JOIN added n USING (id)"


def settings_changed(event: str, switches: Sequence[str], documents: Sequence[str] = (), **subjects: str) -> str:
    """An event for rows of which one of some columns was changed, with what the small ones were and are."""
    before, after = values(switches, "o"), values(switches, "n")
    data = f"jsonb_build_object('changed', to_jsonb(c.names), 'before', {before}, 'after', {after})"
    names = f"CROSS JOIN LATERAL (SELECT {changed([*switches, *documents])} AS names) c"
    return f"SELECT {row(event, data, **subjects)} FROM {JOINED} {names} WHERE c.names <> '{{}}'"


JOB_SETTINGS = ("max_tries", "configuration", "input")
JOB_DATA = f"""CASE t.type WHEN 'job.changed' THEN jsonb_build_object('changed', to_jsonb({changed(JOB_SETTINGS)}))
    WHEN 'job.failed' THEN jsonb_build_object('status', n.status, 'status_before', o.status, 'error', {ERROR})
    ELSE jsonb_build_object('status', n.status, 'status_before', o.status) END"""
JOB_CHANGE = f"""SELECT {row("t.type", JOB_DATA, **JOB)}
    FROM {JOINED} CROSS JOIN LATERAL unnest(ARRAY[
        CASE WHEN o.status <> n.status THEN
            CASE WHEN {REQUEUED} THEN 'job.requeued' ELSE 'job.' || {VERB.format("n.status", "n.status")} END END,
        CASE WHEN n.is_superseded AND NOT o.is_superseded THEN 'job.superseded' END,
        CASE WHEN o.status = n.status AND (o.max_tries <> n.max_tries OR o.configuration IS DISTINCT FROM n.configuration
             OR o.input IS DISTINCT FROM n.input) THEN 'job.changed' END
    ]) AS t(type) WHERE t.type IS NOT NULL"""
STATUS = "jsonb_build_object('status', n.status)"
EXECUTION_END = f"""jsonb_build_object('status', n.status, 'status_before', o.status, 'exit_code', n.exit_code)
    || CASE n.status WHEN 'FAILED' THEN jsonb_build_object('error', {ERROR}) ELSE '{{}}' END"""
EXECUTION_TYPE = f"'execution.' || {VERB.format('n.status', 'n.status')}"
OPERATION_TYPE = f"'bulk.' || {VERB.format('n.state', 'n.state')}"
EVENTS = {
    ("job", "INSERT"): f"""SELECT {row(f"'job.' || {VERB.format('n.status', 'n.status')}", STATUS, **JOB)} FROM added n""",
    ("job", "UPDATE"): JOB_CHANGE,
    ("execution", "INSERT"): f"SELECT {row(EXECUTION_TYPE, STATUS, **EXECUTION)} FROM added n",
    ("execution", "UPDATE"): f"""SELECT {row(EXECUTION_TYPE, EXECUTION_END, **EXECUTION)}
        FROM {JOINED} WHERE o.status <> n.status""",
    ("bulk_operation", "INSERT"): f"SELECT {row(OPERATION_TYPE, values(PROGRESS, 'n'), **OPERATION)} FROM added n",
    ("bulk_operation", "UPDATE"): f"""SELECT {row(OPERATION_TYPE, values(PROGRESS, "n"), **OPERATION)}
        FROM {JOINED} WHERE o.state <> n.state""",
    ("job_type", "INSERT"): f"""SELECT {
        row("'job_type.created'", values(("name", "version", *SWITCHES), "n"), **JOB_TYPE)
    } FROM added n""",
    ("job_type", "UPDATE"): settings_changed("'job_type.changed'", SWITCHES, DOCUMENTS, **JOB_TYPE),
    ("node", "INSERT"): f"""SELECT {row("'node.created'", values(("hostname",), "n"), **NODE)} FROM added n""",
    ("node", "UPDATE"): settings_changed("'node.changed'", NODE_SWITCHES, **NODE),
    ("scheduler", "UPDATE"): settings_changed("'scheduler.changed'", SCHEDULER_SWITCHES),
    ("worker", "INSERT"): f"""SELECT {
        row("'worker.started'", values(("pid", "slots", "engines"), "n"), node_id="n.node_id", worker_id="n.id")
    } FROM added n""",
    ("worker", "DELETE"): f"""SELECT {
        row("'worker.stopped'", values(("pid", "heartbeat"), "n"), node_id="n.node_id", worker_id="n.id")
    } FROM removed n""",
}
REFERENCING = {
    "INSERT": "NEW TABLE AS added",
    "UPDATE": "NEW TABLE AS added OLD TABLE AS removed",
    "DELETE": "OLD TABLE AS removed",
}
# A plan is kept for all later calls, which may have a thousand times as many rows as the first one.
HASHED = "SET enable_nestloop = off"
# What no transaction in flight can come before: the last number, and then who may have drawn one that is not committed yet.
# (Whoever draws a number holds a lock on the sequence until the end of the transaction, when its rows can be seen.)
HORIZON = """
    CREATE FUNCTION change_event_horizon(OUT last bigint, OUT writers text[]) LANGUAGE plpgsql AS $$
    BEGIN
        SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM change_event_seq INTO last;
        SELECT COALESCE(array_agg(DISTINCT l.virtualtransaction), '{}') FROM pg_locks l
            WHERE l.locktype = 'relation' AND l.relation = 'change_event_seq'::regclass AND l.granted
                AND l.mode = 'RowExclusiveLock' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            INTO writers;
    END $$
"""


def upgrade() -> None:
    """Apply."""
    create_tables()
    op.execute(HORIZON)
    for (table, event), select in EVENTS.items():
        function = f"record_{table}_{event.lower()}"
        insert = f"INSERT INTO change_event ({COLUMNS}) {select}"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql {HASHED} AS $$ BEGIN {insert}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {function} AFTER {event} ON {table} REFERENCING {REFERENCING[event]} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def create_tables() -> None:
    """Events with the partitions of the next days, and what is known of days that are gone."""
    op.execute("CREATE SEQUENCE change_event_seq AS bigint")
    ids = ("job_id", "job_type_id", "batch_id", "recipe_id", "execution_id", "exe_num", "bulk_operation_id", "node_id")
    op.create_table(
        "change_event",
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("nextval('change_event_seq')"), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in ids),
        sa.Column("worker_id", sa.Text()),
        sa.Column("actor", sa.Text()),
        sa.Column("data", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "time", name=op.f("pk_change_event")),
        postgresql_partition_by="RANGE (time)",
    )
    op.execute("ALTER SEQUENCE change_event_seq OWNED BY change_event.seq")
    op.create_index(
        op.f("ix_change_event_job_id_seq"), "change_event", ["job_id", "seq"], postgresql_where=sa.text("job_id IS NOT NULL")
    )
    op.execute("CREATE TABLE change_event_other PARTITION OF change_event DEFAULT")
    today = datetime.now(UTC).date()
    for number in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=number)
        op.execute(
            f"CREATE TABLE change_event_{day:%Y%m%d} PARTITION OF change_event "
            f"FOR VALUES FROM ('{day} 00:00+00') TO ('{day + timedelta(days=1)} 00:00+00')"
        )
    op.create_table(
        "expired_event_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_expired_event_day")),
    )


def downgrade() -> None:
    """Take back."""
    for table, event in EVENTS:
        op.execute(f"DROP TRIGGER record_{table}_{event.lower()} ON {table}")
        op.execute(f"DROP FUNCTION record_{table}_{event.lower()}")
    op.execute("DROP FUNCTION change_event_horizon")
    op.drop_table("expired_event_day")
    op.drop_table("change_event")

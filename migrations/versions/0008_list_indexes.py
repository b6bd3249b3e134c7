"""Indexes for the filters and orders of lists, built beside writers, and the counts of what is there already.

Nothing is locked for long: each index is built concurrently, and one that was left half-built is begun again. The triggers of the
migration before count all changes from then on, so that the rows can be counted while there are more of them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SOURCES = ("source_sensor_class", "source_sensor", "source_collection", "source_task")
HAVE = "({0}, {1}) WHERE {0} IS NOT NULL"
NEW: dict[str, tuple[str, str]] = {
    # Filters: the time of the last change comes last, as lists are sorted by it.
    "ix_job_job_type_id_status_last_modified_id": ("job", "(job_type_id, status, last_modified, id)"),
    "ix_job_batch_id_status": ("job", HAVE.format("batch_id", "status, last_modified, id")),
    # With what the status of job types is made of, so that a month of it is read from the index alone.
    "ix_job_changed": ("job", "(last_status_change, id) INCLUDE (job_type_id, status, error_id)"),
    "ix_job_superseded_only": ("job", "(last_modified, id) WHERE is_superseded"),
    "ix_job_source_range": (
        "job",
        (
            "(source_started, source_ended, source_sensor, last_modified, id)"
            " WHERE source_started IS NOT NULL OR source_ended IS NOT NULL"
        ),
    ),
    **{f"ix_job_{name}": ("job", HAVE.format(name, "last_modified, id")) for name in ("source_ended", *SOURCES)},
    "ix_execution_status_last_modified_id": ("execution", "(status, last_modified, id)"),
    "ix_execution_job_type_id_last_modified_id": ("execution", "(job_type_id, last_modified, id)"),
    "ix_execution_node_id": ("execution", HAVE.format("node_id", "last_modified, id")),
    # Orders: equal values are sorted by id.
    **{f"ix_job_{name}_id": ("job", f"({name}, id)") for name in ("created", "queued", "started", "ended", "status")},
    "ix_job_job_type_id_id": ("job", "(job_type_id, id)"),
    "ix_job_duration": ("job", "((ended - started), id)"),
    **{f"ix_job_{name}_id": ("job", HAVE.format(name, "id")) for name in ("node_id", "error_id", "batch_id", "superseded")},
    "ix_job_root_superseded_job_id": ("job", HAVE.format("root_superseded_job_id", "id")),
}
OLD: dict[str, tuple[str, str]] = {
    "ix_job_job_type_id_last_modified_id": ("job", "(job_type_id, last_modified, id)"),
    "ix_job_source_started": ("job", "(source_started) WHERE source_started IS NOT NULL"),
    "ix_job_batch_id": ("job", HAVE.format("batch_id", "last_modified, id")),
    "ix_job_last_status_change_id": ("job", "(last_status_change, id)"),
}
VACUUMED = {"job": 0.02, "execution": 0.02, "queue": 0.05, "lease": 0.05}
"""After which share of dead rows a table is vacuumed: at ten million rows a fifth, as usual, would be weeks of work, in which
indexes cannot answer alone; and what waits or runs is updated over and over."""


def upgrade() -> None:
    """Apply."""
    replace(OLD, NEW)
    with op.get_context().autocommit_block():
        op.execute("SELECT recount()")
    for table, share in VACUUMED.items():
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = {share}, autovacuum_analyze_scale_factor = {share})"
        )


def downgrade() -> None:
    """Take back."""
    for table in VACUUMED:
        op.execute(f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)")
    replace(NEW, OLD)


def replace(old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]) -> None:
    """Make indexes, then drop others, and wait as long as it takes: nobody waits behind it. The limit for others stays."""
    with op.get_context().autocommit_block():
        limit = op.get_bind().execute(sa.text("SHOW lock_timeout")).scalar_one()
        op.execute("SET lock_timeout = 0")
        for name, index in new.items():
            build(name, *index)
        for name in old:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"SET lock_timeout = '{limit}'")


def build(name: str, table: str, definition: str) -> None:
    """Make an index that is not there, or not whole, while others write."""
    half_built = sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
    if op.get_bind().execute(half_built, {"name": name}).first():
        op.execute(f"DROP INDEX CONCURRENTLY {name}")
    op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} {definition}")

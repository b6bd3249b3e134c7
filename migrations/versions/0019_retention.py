"""How long jobs are kept: what job types say, holds, and bulk operations that purge.

Jobs that are purged are told of in one event for each statement and job type: an event of each job would stay longer than it.
What pointed to them lets go of them without a new `last_modified`, for nothing else about it has changed.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DAYS = ("job_days", "failed_job_days", "product_days")
TOUCH = """
    CREATE OR REPLACE FUNCTION touch_last_modified() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.last_modified IS NOT DISTINCT FROM OLD.last_modified {}THEN
            NEW.last_modified := clock_timestamp();
        END IF;
        RETURN NEW;
    END $$
"""
NOT_PURGING = "AND current_setting('jobsvc.purge', true) IS DISTINCT FROM 'on' "
RECORD = """
    CREATE FUNCTION record_job_delete() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
    BEGIN
        INSERT INTO change_event (type, job_type_id, bulk_operation_id, actor, data)
        SELECT 'job.purged', n.job_type_id, NULLIF(current_setting('jobsvc.bulk_operation', true), '')::bigint,
               NULLIF(current_setting('jobsvc.actor', true), ''),
               jsonb_build_object('count', count(*), 'job_ids', jsonb_agg(n.id ORDER BY n.id))
        FROM removed n GROUP BY n.job_type_id;
        RETURN NULL;
    END $$
"""
TRIGGER = """
    CREATE TRIGGER record_job_delete AFTER DELETE ON job REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION record_job_delete()
"""
KIND = "ck_bulk_operation_kind"
INDEX = "ix_idempotency_key_job_id"
LARGE = ("job_input_file", "log_line")
"""Of jobs and executions it was so already."""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "job_type_retention",
        sa.Column("job_type_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in DAYS),
        sa.Column("is_held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *(sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_job_type_retention_{name}")) for name in DAYS),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_job_type_retention_job_type_id")),
        sa.PrimaryKeyConstraint("job_type_id", name=op.f("pk_job_type_retention")),
    )
    op.create_table(
        "job_hold",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("held_by", sa.Text()),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_hold_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_hold")),
    )
    op.drop_constraint(op.f(KIND), "bulk_operation", type_="check")
    op.create_check_constraint(op.f(KIND), "bulk_operation", "kind IN ('CANCEL', 'REQUEUE', 'PURGE')")
    op.execute(TOUCH.format(NOT_PURGING))
    op.execute(RECORD)
    op.execute(TRIGGER)
    # What purges leave is taken away when it is a hundredth of a table, so that the place is used again.
    for table in LARGE:
        op.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000)")
    # Each job that goes is looked for in all that points to jobs; keys of requests had no index for it.
    with op.get_context().autocommit_block():
        limit = op.get_bind().execute(sa.text("SHOW lock_timeout")).scalar_one()
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(f"CREATE INDEX CONCURRENTLY {INDEX} ON idempotency_key (job_id) WHERE job_id IS NOT NULL")
        op.execute(f"SET lock_timeout = '{limit}'")


def downgrade() -> None:
    """Take back."""
    op.drop_index(INDEX, table_name="idempotency_key")
    for table in LARGE:
        op.execute(f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)")
    op.execute("DROP TRIGGER record_job_delete ON job")
    op.execute("DROP FUNCTION record_job_delete")
    op.execute(TOUCH.format(""))
    op.execute("DELETE FROM bulk_operation WHERE kind = 'PURGE'")
    op.drop_constraint(op.f(KIND), "bulk_operation", type_="check")
    op.create_check_constraint(op.f(KIND), "bulk_operation", "kind IN ('CANCEL', 'REQUEUE')")
    op.drop_table("job_hold")
    op.drop_table("job_type_retention")

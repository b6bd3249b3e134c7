"""Jobs that start after others: what they wait for, and which parents have changed since it was last looked at.

A trigger notes a parent whose status now means something else to those that wait for it, in the statement that changes it; so no
end of a job can be missed. What it means to the jobs that wait is worked off afterwards, in portions: a parent of ten thousand
ends as fast as any other.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TELLING = "('COMPLETED', 'FAILED', 'CANCELED', 'BLOCKED')"
"""Statuses of a parent that differ from all others for who waits for it."""
# A plan is kept for all later calls, which may have a thousand times as many rows as the first one. So the two tables are
# compared as sets, which is never done row against row, and links are looked for by their index, however many there are.
NOTE = f"""
    CREATE FUNCTION note_dependency_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM job_dependency) THEN RETURN NULL; END IF;
        WITH changed AS MATERIALIZED (
            SELECT id, status FROM added EXCEPT SELECT id, status FROM removed
        ), telling AS (
            SELECT id FROM changed WHERE status IN {TELLING}
            UNION (SELECT id FROM removed WHERE status IN {TELLING} INTERSECT SELECT id FROM changed)
        ), waiting AS (
            SELECT id FROM removed WHERE status = 'CANCELED' INTERSECT SELECT id FROM changed WHERE status = 'PENDING'
        )
        INSERT INTO dependency_change (parent_id, job_id)
        SELECT t.id, NULL FROM telling t
        CROSS JOIN LATERAL (SELECT FROM job_dependency d WHERE d.parent_id = t.id AND NOT d.is_met LIMIT 1) d
        UNION ALL SELECT NULL, w.id FROM waiting w
        CROSS JOIN LATERAL (SELECT FROM job_dependency d WHERE d.job_id = w.id LIMIT 1) d;
        IF FOUND THEN PERFORM pg_notify('jobsvc_dependency', ''); END IF;
        RETURN NULL;
    END $$
"""
TRIGGER = """
    CREATE TRIGGER note_dependency_change AFTER UPDATE ON job REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_dependency_change()
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "job_dependency",
        sa.Column("job_id", sa.BigInteger(), sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("parent_id", sa.BigInteger(), primary_key=True),
        sa.Column("is_met", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("not_before", sa.TIMESTAMP(timezone=True)),
    )
    op.create_index("ix_job_dependency_parent_id_job_id", "job_dependency", ["parent_id", "job_id"])
    op.create_table(
        "dependency_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("parent_id", sa.BigInteger()),
        sa.Column("job_id", sa.BigInteger()),
        sa.Column("after_job_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("(parent_id IS NULL) <> (job_id IS NULL)", name="subject"),
    )
    op.execute(NOTE)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER note_dependency_change ON job")
    op.execute("DROP FUNCTION note_dependency_change")
    op.drop_table("dependency_change")
    op.drop_table("job_dependency")

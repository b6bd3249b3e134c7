"""Retries that wait for the budget or the breaker of their job type, and what these have come to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0028"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply; the column of the queue is added without writing its rows, and its index has none of them yet."""
    time = sa.DateTime(timezone=True)
    op.add_column("queue", sa.Column("retry_at", time))
    op.create_index(
        "ix_queue_retry_at", "queue", ["job_type_id", "retry_at", "id"], postgresql_where=sa.text("retry_at IS NOT NULL")
    )
    op.create_table(
        "retry_gate",
        sa.Column("job_type_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'closed'"), nullable=False),
        sa.Column("since", time, server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("probed", time),
        sa.Column("released", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("state IN ('closed', 'open', 'half-open')", name=op.f("ck_retry_gate_state")),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_retry_gate_job_type_id")),
        sa.PrimaryKeyConstraint("job_type_id", name=op.f("pk_retry_gate")),
    )


def downgrade() -> None:
    """Take back: what was held goes on."""
    op.drop_table("retry_gate")
    op.execute("UPDATE queue SET not_before = retry_at WHERE retry_at IS NOT NULL")
    op.drop_index("ix_queue_retry_at", "queue")
    op.drop_column("queue", "retry_at")

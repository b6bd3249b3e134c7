"""Labels of jobs: a row for each.

Jobs without labels cost nothing, and a job that changes does not write its labels again.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "job_label",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.CheckConstraint("key ~ '^[a-z0-9][a-z0-9._/-]{0,62}$'", name=op.f("ck_job_label_key")),
        sa.CheckConstraint("length(value) <= 255", name=op.f("ck_job_label_value")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_label_job_id")),
        sa.PrimaryKeyConstraint("job_id", "key", name=op.f("pk_job_label")),
    )
    op.create_index("ix_job_label_key_value_job_id", "job_label", ["key", "value", "job_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("job_label")

"""What a key of a request for many jobs has led to: the jobs by their place in it, and why others of it were refused.

Columns that may be NULL and have no default, and a NOT NULL less: no table is rewritten, and it is locked for a moment only.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("idempotency_key", sa.Column("job_ids", sa.ARRAY(sa.BigInteger()), nullable=True))
    op.add_column("idempotency_key", sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.alter_column("idempotency_key", "job_id", existing_type=sa.BigInteger(), nullable=True)


def downgrade() -> None:
    """Take back; keys of many jobs are forgotten."""
    op.execute("DELETE FROM idempotency_key WHERE job_id IS NULL")
    op.alter_column("idempotency_key", "job_id", existing_type=sa.BigInteger(), nullable=False)
    op.drop_column("idempotency_key", "refused")
    op.drop_column("idempotency_key", "job_ids")

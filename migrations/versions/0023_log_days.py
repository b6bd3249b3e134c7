"""How long the lines of a job type are kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHECK = "ck_job_type_retention_log_days"


def upgrade() -> None:
    """Apply."""
    op.add_column("job_type_retention", sa.Column("log_days", sa.BigInteger()))
    op.create_check_constraint(op.f(CHECK), "job_type_retention", "log_days >= 0")


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f(CHECK), "job_type_retention", type_="check")
    op.drop_column("job_type_retention", "log_days")

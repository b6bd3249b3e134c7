"""How many lines a worker wrote of an execution, so that readers know whether the log store has all of them.

A column that may be NULL and has no default: the table is not rewritten, and is locked for a moment only.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("execution", sa.Column("log_lines", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("execution", "log_lines")

"""Where the run of an execution lives, and its name there; NULL: in its worker, with which it ends.

Columns that may be NULL and have no default: the table is not rewritten, and is locked for a moment only.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("lease", sa.Column("place", sa.Text(), nullable=True))
    op.add_column("lease", sa.Column("handle", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("lease", "handle")
    op.drop_column("lease", "place")

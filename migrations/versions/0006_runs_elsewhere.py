"""Where the run of an execution lives, its name there and what it waits for; the engines that a worker serves.

Without a place a run is a part of its worker. Columns with constant defaults or none: no table is rewritten, and each is locked
for a moment only.
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
    op.add_column("lease", sa.Column("waits_for", sa.Text(), nullable=True))
    op.add_column("worker", sa.Column("engines", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Take back."""
    op.drop_column("worker", "engines")
    op.drop_column("lease", "waits_for")
    op.drop_column("lease", "handle")
    op.drop_column("lease", "place")

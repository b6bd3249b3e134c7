"""What cursors of lists are signed with: made by the database, and known to nobody outside.

The table has one row.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    made = sa.text("gen_random_uuid()::text || gen_random_uuid()::text")
    op.add_column("scheduler", sa.Column("cursor_key", sa.Text(), nullable=False, server_default=made))


def downgrade() -> None:
    """Take back."""
    op.drop_column("scheduler", "cursor_key")

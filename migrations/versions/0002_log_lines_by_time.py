"""Log lines are kept in the sequence in which they are read, and can be searched by time.

Both indexes are built while the table is locked: workers keep the lines of that while and deliver them afterwards.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.drop_constraint("pk_log_line", "log_line", type_="primary")
    op.create_primary_key("pk_log_line", "log_line", ["execution_id", "time", "order_num"])
    op.create_index(
        "ix_log_line_time",
        "log_line",
        ["time"],
        postgresql_using="brin",
        postgresql_ops={"time": "timestamptz_minmax_multi_ops"},
        postgresql_with={"autosummarize": "on"},
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_log_line_time", "log_line")
    op.drop_constraint("pk_log_line", "log_line", type_="primary")
    op.create_primary_key("pk_log_line", "log_line", ["execution_id", "order_num"])

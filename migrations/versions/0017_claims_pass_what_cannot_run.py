"""Indexes by which claims pass jobs that cannot run now, and which engines of a worker take resources of its node.

The indexes are built beside writers; the column has a constant default, so the table is not rewritten.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW = {
    "ix_queue_ready": "(job_type_id, priority, queued, id, input_file_size) WHERE not_before IS NULL",
    "ix_queue_ready_lifo": "(job_type_id, priority, queued DESC, id DESC, input_file_size) WHERE not_before IS NULL",
    "ix_queue_not_before": "(not_before) WHERE not_before IS NOT NULL",
}
OLD = {"ix_queue_lifo": "(job_type_id, priority, queued DESC, id DESC)"}


def upgrade() -> None:
    """Apply."""
    op.add_column("worker", sa.Column("engines_on_host", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    replace(OLD, NEW)


def downgrade() -> None:
    """Take back."""
    replace(NEW, OLD)
    op.drop_column("worker", "engines_on_host")


def replace(old: dict[str, str], new: dict[str, str]) -> None:
    """Make indexes, then drop others, and wait as long as it takes: nobody waits behind it. The limit for others stays."""
    with op.get_context().autocommit_block():
        limit = op.get_bind().execute(sa.text("SHOW lock_timeout")).scalar_one()
        op.execute("SET lock_timeout = 0")
        for name, definition in new.items():
            build(name, definition)
        for name in old:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"SET lock_timeout = '{limit}'")


def build(name: str, definition: str) -> None:
    """Make an index that is not there, or not whole, while others write."""
    half_built = sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
    if op.get_bind().execute(half_built, {"name": name}).first():
        op.execute(f"DROP INDEX CONCURRENTLY {name}")
    op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON queue {definition}")

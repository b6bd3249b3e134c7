"""An index that has the first and the latest change to each state of a job type at the ends of its part.

The counts say how many jobs are in a state, and not since when. The index is built beside writers.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = "ix_job_job_type_id_status_error_id_last_status_change"


def upgrade() -> None:
    """Apply; what was left half-built is begun again."""
    with op.get_context().autocommit_block():
        limit = op.get_bind().execute(sa.text("SHOW lock_timeout")).scalar_one()
        op.execute("SET lock_timeout = 0")
        half_built = sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
        if op.get_bind().execute(half_built, {"name": INDEX}).first():
            op.execute(f"DROP INDEX CONCURRENTLY {INDEX}")
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON job (job_type_id, status, error_id, last_status_change)")
        op.execute(f"SET lock_timeout = '{limit}'")


def downgrade() -> None:
    """Take back."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")

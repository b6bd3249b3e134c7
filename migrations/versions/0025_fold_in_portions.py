"""Deltas are folded into the counts in portions.

After an import of millions of jobs there are as many deltas, and to fold them in one transaction took minutes: it kept vacuum
from all tables and stood in the way of what verifies the counts, and a process that was stopped meanwhile had done nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from runpy import run_path

from alembic import op

revision: str = "0025"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ALL_AT_ONCE = run_path(str(Path(__file__).with_name("0020_more_counts.py")))["FOLD"]
ROWS = 50_000
"""For processes of a release that does not say how many."""


def in_portions(fold: str) -> str:
    """The function that folds so many deltas of a table at most."""
    for table in ("job_delta", "execution_delta", "file_delta"):
        some = f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} LIMIT max_rows)) RETURNING *"
        fold = fold.replace(f"DELETE FROM {table} RETURNING *", some)
    return fold.replace("CREATE OR REPLACE FUNCTION fold_counts()", "CREATE FUNCTION fold_counts(max_rows bigint)")


def upgrade() -> None:
    """Apply."""
    op.execute(in_portions(ALL_AT_ONCE))
    op.execute(f"CREATE OR REPLACE FUNCTION fold_counts() RETURNS bigint LANGUAGE sql AS 'SELECT fold_counts({ROWS}::bigint)'")


def downgrade() -> None:
    """Take back."""
    op.execute(ALL_AT_ONCE)
    op.execute("DROP FUNCTION fold_counts(bigint)")

"""Indexes for orders by priority and timeout, and the jobs whose latest execution was not imported.

Indexes are built, and jobs looked for, beside writers; nothing is locked for longer than a moment.
"""

from collections.abc import Sequence
from pathlib import Path
from runpy import run_path
from typing import Any

from alembic import op

revision: str = "0030"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PRIORITY = "(configuration ->> 'priority')"
OWN = f"CASE WHEN {PRIORITY} ~ '^[1-9][0-9]{{0,17}}$' THEN CAST({PRIORITY} AS bigint) END"
"""An index must bear whatever was imported."""
NEW: dict[str, tuple[str, str]] = {
    **{f"ix_execution_{name}_job_id": ("execution", f"({name}, job_id)") for name in ("priority", "timeout")},
    # What was never queued has neither, and few jobs are so for long.
    "ix_job_never_queued": ("job", "(job_type_id, id) WHERE num_exes = 0"),
    "ix_job_own_priority": ("job", f"(({OWN}), id) WHERE num_exes = 0 AND {PRIORITY} IS NOT NULL"),
}
TABLE = """
    CREATE TABLE IF NOT EXISTS unrecorded_execution (
        job_id bigint NOT NULL,
        CONSTRAINT pk_unrecorded_execution PRIMARY KEY (job_id),
        CONSTRAINT fk_unrecorded_execution_job_id FOREIGN KEY (job_id) REFERENCES job (id) ON DELETE CASCADE
    )
"""
UNRECORDED = """
    INSERT INTO unrecorded_execution (job_id)
    SELECT j.id FROM job j
    WHERE j.num_exes > 0 AND j.status <> 'QUEUED'
      AND NOT EXISTS (SELECT FROM execution e WHERE e.job_id = j.id AND e.exe_num = j.num_exes)
    ON CONFLICT DO NOTHING
"""
_indexes: dict[str, Any] = run_path(str(Path(__file__).with_name("0008_list_indexes.py")))


def upgrade() -> None:
    """Apply; pointing to `job` locks it until a transaction ends, which is therefore not that which looks for jobs."""
    with op.get_context().autocommit_block():
        op.execute(TABLE)
    _indexes["replace"]({}, NEW)
    op.execute(UNRECORDED)


def downgrade() -> None:
    """Take back."""
    _indexes["replace"](NEW, {})
    op.drop_table("unrecorded_execution")

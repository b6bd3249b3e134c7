"""Indexes for orders of lists that had none: by events and what has not started; of executions and files.

Each is built beside writers; nothing is locked for longer than a moment.
"""

from collections.abc import Sequence
from pathlib import Path
from runpy import run_path
from typing import Any

revision: str = "0026"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW: dict[str, tuple[str, str]] = {
    # With the jobs that have none, for they are at one end of the list.
    "ix_job_event_id_id": ("job", "(event_id, id)"),
    "ix_job_ingest_event_id": ("job", "(ingest_event_id, id) WHERE ingest_event_id IS NOT NULL"),
    "ix_job_not_started": ("job", "(status, id) WHERE started IS NULL"),
    "ix_event_occurred": ("event", "(occurred)"),
    "ix_ingest_event_occurred": ("ingest_event", "(occurred)"),
    **{f"ix_execution_{name}_id": ("execution", f"({name}, id)") for name in ("status", "job_type_id", "node_id")},
    "ix_file_file_name_lower": ("file", "(lower(file_name), id)"),
    **{f"ix_file_{name}_id": ("file", f"({name}, id)") for name in ("file_size", "workspace_id")},
}
_indexes: dict[str, Any] = run_path(str(Path(__file__).with_name("0008_list_indexes.py")))


def upgrade() -> None:
    """Apply."""
    _indexes["replace"]({}, NEW)


def downgrade() -> None:
    """Take back."""
    _indexes["replace"](NEW, {})

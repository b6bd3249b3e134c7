"""The values of secret settings leave the configurations of job types for a column of their own.

What an edit stored in place of a value, the mask that readers see, is dropped: the job then says which setting has none.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SEPARATE = """
    UPDATE job_type t SET secrets = a.secrets, configuration = jsonb_set(t.configuration, '{settings}',
        (t.configuration -> 'settings') - a.names)
    FROM (SELECT j.id, array_agg(setting.key) AS names,
                 COALESCE(jsonb_object_agg(setting.key, setting.value) FILTER (WHERE setting.value <> '"*****"'), '{}') AS secrets
          FROM job_type j
          CROSS JOIN jsonb_each(CASE jsonb_typeof(j.configuration -> 'settings') WHEN 'object' THEN j.configuration -> 'settings'
                                ELSE '{}' END) AS setting
          WHERE EXISTS (SELECT FROM jsonb_path_query(j.manifest, '$.job.interface.settings[*] ? (@.secret == true).name')
                        AS s(name)
                        WHERE s.name #>> '{}' = setting.key)
          GROUP BY j.id) a
    WHERE t.id = a.id
"""
_JOIN = """
    UPDATE job_type SET configuration = jsonb_set(configuration, '{settings}',
        COALESCE(configuration -> 'settings', '{}') || secrets)
    WHERE secrets <> '{}'
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("job_type", sa.Column("secrets", JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.execute(_SEPARATE)


def downgrade() -> None:
    """Take back."""
    op.execute(_JOIN)
    op.drop_column("job_type", "secrets")

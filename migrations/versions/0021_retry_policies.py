"""Retry policies, and what they give to the next try of a job."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0021"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTOR = "NULLIF(current_setting('jobsvc.actor', true), '')"
SHOWN = "jsonb_build_object('name', {0}.name, 'version', {0}.version, 'rules', {0}.definition -> 'rules')"
EVENTS = {
    ("INSERT", "NEW TABLE AS added"): f"SELECT 'policy.created', {ACTOR}, {SHOWN.format('n')} FROM added n",
    ("UPDATE", "NEW TABLE AS added OLD TABLE AS removed"): f"""
        SELECT 'policy.changed', {ACTOR}, {SHOWN.format("n")} || jsonb_build_object('before', o.definition -> 'rules')
        FROM removed o JOIN added n USING (id) WHERE o.version <> n.version""",
    ("DELETE", "OLD TABLE AS removed"): f"SELECT 'policy.deleted', {ACTOR}, {SHOWN.format('o')} FROM removed o",
}


def upgrade() -> None:
    """Apply; the columns of the queue are added without writing its rows."""
    time, text, number = sa.DateTime(timezone=True), sa.Text(), sa.BigInteger()
    op.create_table(
        "retry_policy",
        sa.Column("id", number, sa.Identity(always=False), nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("description", text, server_default=sa.text("''"), nullable=False),
        sa.Column("version", number, server_default=sa.text("1"), nullable=False),
        sa.Column("definition", JSONB(), server_default=sa.text("""'{"rules": []}'"""), nullable=False),
        sa.Column("created", time, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", time, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_retry_policy_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retry_policy")),
        sa.UniqueConstraint("name", name=op.f("uq_retry_policy_name")),
    )
    for (event, referencing), select in EVENTS.items():
        function = f"record_retry_policy_{event.lower()}"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$ "
            f"BEGIN INSERT INTO change_event (type, actor, data) {select}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {function} AFTER {event} ON retry_policy REFERENCING {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    op.execute(
        "CREATE TRIGGER touch_retry_policy BEFORE UPDATE ON retry_policy FOR EACH ROW EXECUTE FUNCTION touch_last_modified()"
    )
    op.add_column("queue", sa.Column("memory", sa.Double(), server_default=sa.text("0"), nullable=False))
    op.add_column("queue", sa.Column("avoided_node", number))
    op.add_column("queue", sa.Column("avoided_until", time))


def downgrade() -> None:
    """Take back."""
    for name in ("avoided_until", "avoided_node", "memory"):
        op.drop_column("queue", name)
    for event, _ in EVENTS:
        op.execute(f"DROP TRIGGER record_retry_policy_{event.lower()} ON retry_policy")
        op.execute(f"DROP FUNCTION record_retry_policy_{event.lower()}")
    op.drop_table("retry_policy")

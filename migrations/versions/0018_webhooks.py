"""Webhooks and their deliveries; events of tokens, and of webhooks that were switched off."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTOR = "NULLIF(current_setting('jobsvc.actor', true), '')"
SUBJECT = "jsonb_build_object('token_id', n.id, 'name', n.name, 'role', n.role)"
JOINED = "removed o JOIN added n USING (id)"
BOTH = "NEW TABLE AS added OLD TABLE AS removed"
EVENTS = {
    ("access_token", "INSERT", "NEW TABLE AS added"): f"""
        SELECT 'token.created', COALESCE({ACTOR}, n.created_by), {SUBJECT} FROM added n""",
    ("access_token", "UPDATE", BOTH): f"""
        SELECT 'token.revoked', {ACTOR}, {SUBJECT} FROM {JOINED} WHERE o.revoked IS NULL AND n.revoked IS NOT NULL""",
    ("webhook", "UPDATE", BOTH): f"""
        SELECT 'webhook.disabled', {ACTOR}, jsonb_build_object('webhook_id', n.id, 'reason', n.disabled_reason)
        FROM {JOINED} WHERE o.disabled_reason IS NULL AND n.disabled_reason IS NOT NULL""",
}


def upgrade() -> None:
    """Apply."""
    create_tables()
    for (table, event, referencing), select in EVENTS.items():
        function = f"record_{table}_{event.lower()}"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$ "
            f"BEGIN INSERT INTO change_event (type, actor, data) {select}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {function} AFTER {event} ON {table} REFERENCING {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def create_tables() -> None:
    """The two tables."""
    time, text, number = sa.DateTime(timezone=True), sa.Text(), sa.BigInteger()
    op.create_table(
        "webhook",
        sa.Column("id", number, sa.Identity(always=False), nullable=False),
        sa.Column("url", text, nullable=False),
        sa.Column("description", text, nullable=False),
        sa.Column("secret", text, nullable=False),
        sa.Column("previous_secret", text),
        sa.Column("previous_until", time),
        sa.Column("types", sa.ARRAY(text)),
        sa.Column("job_type_names", sa.ARRAY(text)),
        sa.Column("batch_ids", sa.ARRAY(number)),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", text),
        sa.Column("created", time, nullable=False),
        sa.Column("created_by", text),
        sa.Column("position", number, nullable=False),
        sa.Column("last_success", time),
        sa.Column("not_before", time),
        sa.Column("lease_owner", text),
        sa.Column("lease_until", time),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", number, sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", number, nullable=False),
        sa.Column("event_id", number),
        sa.Column("event_type", text, nullable=False),
        sa.Column("job_id", number),
        sa.Column("body", text, nullable=False),
        sa.Column("state", text, server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("tries", number, server_default=sa.text("0"), nullable=False),
        sa.Column("created", time, nullable=False),
        sa.Column("first_try", time),
        sa.Column("next_try", time),
        sa.Column("ended", time),
        sa.Column("status_code", number),
        sa.Column("response", text),
        sa.Column("error", text),
        sa.CheckConstraint("state IN ('PENDING', 'DELIVERED', 'FAILED')", name=op.f("ck_webhook_delivery_state")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(op.f("ix_webhook_delivery_webhook_id_id"), "webhook_delivery", ["webhook_id", "id"])
    op.create_index(
        op.f("ix_webhook_delivery_webhook_id_job_id_id"),
        "webhook_delivery",
        ["webhook_id", "job_id", "id"],
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(op.f("ix_webhook_delivery_ended"), "webhook_delivery", ["ended"])


def downgrade() -> None:
    """Take back."""
    for table, event, _ in EVENTS:
        op.execute(f"DROP TRIGGER record_{table}_{event.lower()} ON {table}")
        op.execute(f"DROP FUNCTION record_{table}_{event.lower()}")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")

"""Events of retry policies tell their budgets and breakers, too."""

from collections.abc import Sequence

from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTOR = "NULLIF(current_setting('jobsvc.actor', true), '')"
RULES = "jsonb_build_object('name', {0}.name, 'version', {0}.version, 'rules', {0}.definition -> 'rules')"
LIMITS = " || jsonb_build_object('budget', {0}.definition -> 'budget', 'breaker', {0}.definition -> 'breaker')"
BEFORE = "'before', o.definition -> 'rules'"
LIMITS_BEFORE = ", 'budget_before', o.definition -> 'budget', 'breaker_before', o.definition -> 'breaker'"


def upgrade() -> None:
    """Apply."""
    _replace(RULES + LIMITS, BEFORE + LIMITS_BEFORE)


def downgrade() -> None:
    """Take back."""
    _replace(RULES, BEFORE)


def _replace(shown: str, before: str) -> None:
    selects = {
        "insert": f"SELECT 'policy.created', {ACTOR}, {shown.format('n')} FROM added n",
        "update": f"""SELECT 'policy.changed', {ACTOR}, {shown.format("n")} || jsonb_build_object({before})
            FROM removed o JOIN added n USING (id) WHERE o.version <> n.version""",
        "delete": f"SELECT 'policy.deleted', {ACTOR}, {shown.format('o')} FROM removed o",
    }
    for event, select in selects.items():
        op.execute(
            f"CREATE OR REPLACE FUNCTION record_retry_policy_{event}() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off"
            f" AS $$ BEGIN INSERT INTO change_event (type, actor, data) {select}; RETURN NULL; END $$"
        )

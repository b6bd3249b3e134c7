"""The whole schema: all that the five documents expose, and what the service needs for itself.

Beside the tables: the fencing tokens of leases, `last_modified` that moves with every update, the builtin errors and
the one row of the scheduler.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


DATED = (
    "batch",
    "bulk_operation",
    "error",
    "execution",
    "file",
    "job",
    "job_type",
    "node",
    "recipe",
    "recipe_type",
    "scheduler",
    "trigger_rule",
    "workspace",
)

TOUCH = """
    CREATE FUNCTION touch_last_modified() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.last_modified IS NOT DISTINCT FROM OLD.last_modified THEN
            NEW.last_modified := clock_timestamp();
        END IF;
        RETURN NEW;
    END $$
"""

# Name, title, description, category, should_be_retried: a copy, for a migration does not change with the code.
BUILTIN_ERRORS = (
    ("unknown", "Unknown", "The job failed and nothing is known of the cause.", "SYSTEM", True),
    ("database", "Database", "The database could not be reached.", "SYSTEM", True),
    ("database-operation", "Database operation", "The database refused or broke off an operation.", "SYSTEM", True),
    ("filesystem-io", "File system", "Reading or writing files failed.", "SYSTEM", True),
    ("ingest-timeout", "Ingest timeout", "Taking in a file took longer than it may.", "SYSTEM", True),
    ("task-launch", "Launch", "The process of the job could not be started.", "SYSTEM", True),
    ("docker-task-launch", "Container launch", "The container of the job could not be started.", "SYSTEM", True),
    ("docker-terminated", "Container ended", "The container of the job was ended from outside.", "SYSTEM", True),
    ("node-lost", "Node lost", "The node that ran the job does not answer any more.", "SYSTEM", True),
    ("resource-starvation", "Resources taken", "The job waited too long for the resources of its next step.", "SYSTEM", True),
    ("launch-timeout", "Launch timeout", "The job was handed to a node and did not start in time.", "SYSTEM", True),
    ("pull-timeout", "Image timeout", "Fetching the image of the job took longer than it may.", "SYSTEM", True),
    ("pre-timeout", "Preparation timeout", "Preparing the input of the job took longer than it may.", "SYSTEM", True),
    ("post-timeout", "Capture timeout", "Collecting the output of the job took longer than it may.", "SYSTEM", True),
    ("system-timeout", "System job timeout", "A job of the system itself ran longer than it may.", "SYSTEM", True),
    ("pull", "Image", "The image of the job could not be fetched.", "SYSTEM", True),
    ("scheduler-lost", "Scheduler lost", "The scheduler stopped while the job was in its hands.", "SYSTEM", True),
    ("timeout", "Timeout", "The job ran longer than the timeout of its job type.", "ALGORITHM", False),
    (
        "algorithm-unknown",
        "Unknown exit code",
        "The job ended with an exit code that its manifest does not explain.",
        "ALGORITHM",
        False,
    ),
    (
        "invalid-results-manifest",
        "Invalid results",
        "A file that describes the output of the job is not valid.",
        "ALGORITHM",
        False,
    ),
    ("missing-required-output", "Missing output", "The job did not produce an output that is required.", "ALGORITHM", False),
    (
        "unexpected-multiple-outputs",
        "Several outputs",
        "The job left several files for an output that takes one.",
        "ALGORITHM",
        False,
    ),
    ("missing-setting", "Missing setting", "The configuration has no value for a setting that the job needs.", "SYSTEM", False),
    ("missing-mount", "Missing mount", "The configuration has no directory for a mount that the job needs.", "SYSTEM", False),
    ("deleted-file", "Deleted file", "An input file of the job was deleted.", "SYSTEM", False),
    ("missing-file", "Missing file", "An input file of the job is not where it should be.", "SYSTEM", False),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bulk_operation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'ACCEPTED'"), nullable=False),
        sa.Column("filter", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("max_job_id", sa.BigInteger(), nullable=False),
        sa.Column("last_job_id", sa.BigInteger(), nullable=True),
        sa.Column("matched", sa.BigInteger(), nullable=True),
        sa.Column("processed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_eligible", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("conflict", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state IN ('COMPLETED', 'STOPPED')) = (ended IS NOT NULL)", name=op.f("ck_bulk_operation_ended")),
        sa.CheckConstraint("kind IN ('CANCEL', 'REQUEUE')", name=op.f("ck_bulk_operation_kind")),
        sa.CheckConstraint("state IN ('ACCEPTED', 'RUNNING', 'COMPLETED', 'STOPPED')", name=op.f("ck_bulk_operation_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_operation")),
    )
    op.create_index("ix_bulk_operation_open", "bulk_operation", ["id"], unique=False, postgresql_where=sa.text("ended IS NULL"))
    op.create_table(
        "error",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("job_type_name", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("is_builtin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("should_be_retried", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("category IN ('SYSTEM', 'DATA', 'ALGORITHM')", name=op.f("ck_error_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error")),
    )
    op.create_index(op.f("ix_error_category"), "error", ["category"], unique=False)
    op.create_index(
        "uq_error_job_type_name_name", "error", ["job_type_name", "name"], unique=True, postgresql_nulls_not_distinct=True
    )
    op.create_table(
        "ingest_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("ingest_id", sa.BigInteger(), nullable=True),
        sa.Column("strike_id", sa.BigInteger(), nullable=True),
        sa.Column("scan_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "description",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("occurred", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_event")),
    )
    op.create_table(
        "job_type",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("version_array", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=True),
        sa.Column("author_url", sa.Text(), nullable=True),
        sa.Column("is_system", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_long_running", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_operational", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("uses_docker", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("docker_privileged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("docker_image", sa.Text(), nullable=True),
        sa.Column("icon_code", sa.Text(), nullable=True),
        sa.Column("unmet_resources", sa.Text(), nullable=True),
        sa.Column("max_scheduled", sa.BigInteger(), nullable=True),
        sa.Column("max_tries", sa.BigInteger(), server_default=sa.text("3"), nullable=False),
        sa.Column("revision_num", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("manifest", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column(
            "configuration",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("deprecated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("max_scheduled >= 1", name=op.f("ck_job_type_max_scheduled")),
        sa.CheckConstraint("max_tries >= 1", name=op.f("ck_job_type_max_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_type")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_job_type_name_version")),
    )
    op.create_table(
        "log_line",
        sa.Column("execution_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_num", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("task", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint("stream IN ('stdout', 'stderr')", name=op.f("ck_log_line_stream")),
        sa.PrimaryKeyConstraint("execution_id", "order_num", name=op.f("pk_log_line")),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hostname", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("slave_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_paused_errors", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "resources",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("deprecated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_offer", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
        sa.UniqueConstraint("hostname", name=op.f("uq_node_hostname")),
    )
    op.create_table(
        "recipe_type",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("is_system", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("revision_num", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "definition",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("deprecated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe_type")),
    )
    op.create_table(
        "scheduler",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("queue_mode", sa.Text(), server_default=sa.text("'FIFO'"), nullable=False),
        sa.Column("framework_id", sa.Text(), server_default=sa.text("gen_random_uuid()::text"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("queue_mode IN ('FIFO', 'LIFO')", name=op.f("ck_scheduler_queue_mode")),
        sa.CheckConstraint("id = 1", name=op.f("ck_scheduler_singleton")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduler")),
    )
    op.create_table(
        "trigger_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "configuration",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("archived", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_rule")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("base_url", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("configuration", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("deprecated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("name", name=op.f("uq_workspace_name")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "description",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("occurred", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["trigger_rule.id"], name=op.f("fk_event_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_table(
        "job_type_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job_type_id", sa.BigInteger(), nullable=False),
        sa.Column("revision_num", sa.BigInteger(), nullable=False),
        sa.Column("docker_image", sa.Text(), nullable=True),
        sa.Column("manifest", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_job_type_revision_job_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_type_revision")),
        sa.UniqueConstraint("job_type_id", "revision_num", name=op.f("uq_job_type_revision_job_type_id_revision_num")),
    )
    op.create_table(
        "recipe_type_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recipe_type_id", sa.BigInteger(), nullable=False),
        sa.Column("revision_num", sa.BigInteger(), nullable=False),
        sa.Column(
            "definition",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["recipe_type_id"], ["recipe_type.id"], name=op.f("fk_recipe_type_revision_recipe_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe_type_revision")),
        sa.UniqueConstraint("recipe_type_id", "revision_num", name=op.f("uq_recipe_type_revision_recipe_type_id_revision_num")),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("slots", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_worker_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("recipe_type_id", sa.BigInteger(), nullable=True),
        sa.Column("recipe_type_rev_id", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "definition",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "configuration",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("is_creation_done", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_superseded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("root_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipes_estimated", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("recipes_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("recipes_completed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_pending", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_blocked", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_queued", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_running", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_failed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_completed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_canceled", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_batch_event_id")),
        sa.ForeignKeyConstraint(["recipe_type_id"], ["recipe_type.id"], name=op.f("fk_batch_recipe_type_id")),
        sa.ForeignKeyConstraint(["recipe_type_rev_id"], ["recipe_type_revision.id"], name=op.f("fk_batch_recipe_type_rev_id")),
        sa.ForeignKeyConstraint(["root_batch_id"], ["batch.id"], name=op.f("fk_batch_root_batch_id")),
        sa.ForeignKeyConstraint(["superseded_batch_id"], ["batch.id"], name=op.f("fk_batch_superseded_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "recipe",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recipe_type_id", sa.BigInteger(), nullable=False),
        sa.Column("recipe_type_rev_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("ingest_event_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("root_recipe_id", sa.BigInteger(), nullable=True),
        sa.Column("recipe_id", sa.BigInteger(), nullable=True),
        sa.Column("is_superseded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("root_superseded_recipe_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_recipe_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded", sa.DateTime(timezone=True), nullable=True),
        sa.Column("input", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("configuration", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("input_file_size", sa.Double(), nullable=True),
        sa.Column("is_completed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("completed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("jobs_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_pending", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_blocked", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_queued", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_running", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_failed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_completed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("jobs_canceled", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("source_started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_sensor_class", sa.Text(), nullable=True),
        sa.Column("source_sensor", sa.Text(), nullable=True),
        sa.Column("source_collection", sa.Text(), nullable=True),
        sa.Column("source_task", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_recipe_batch_id")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_recipe_event_id")),
        sa.ForeignKeyConstraint(["ingest_event_id"], ["ingest_event.id"], name=op.f("fk_recipe_ingest_event_id")),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipe.id"], name=op.f("fk_recipe_recipe_id")),
        sa.ForeignKeyConstraint(["recipe_type_id"], ["recipe_type.id"], name=op.f("fk_recipe_recipe_type_id")),
        sa.ForeignKeyConstraint(["recipe_type_rev_id"], ["recipe_type_revision.id"], name=op.f("fk_recipe_recipe_type_rev_id")),
        sa.ForeignKeyConstraint(["root_recipe_id"], ["recipe.id"], name=op.f("fk_recipe_root_recipe_id")),
        sa.ForeignKeyConstraint(["root_superseded_recipe_id"], ["recipe.id"], name=op.f("fk_recipe_root_superseded_recipe_id")),
        sa.ForeignKeyConstraint(["superseded_recipe_id"], ["recipe.id"], name=op.f("fk_recipe_superseded_recipe_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe")),
        sa.UniqueConstraint("superseded_recipe_id", name=op.f("uq_recipe_superseded_recipe_id")),
    )
    op.create_index(op.f("ix_recipe_batch_id"), "recipe", ["batch_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job_type_id", sa.BigInteger(), nullable=False),
        sa.Column("job_type_rev_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("ingest_event_id", sa.BigInteger(), nullable=True),
        sa.Column("root_recipe_id", sa.BigInteger(), nullable=True),
        sa.Column("recipe_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("is_superseded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("root_superseded_job_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_job_id", sa.BigInteger(), nullable=True),
        sa.Column("delete_superseded", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("superseded", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=True),
        sa.Column("error_id", sa.BigInteger(), nullable=True),
        sa.Column("max_tries", sa.BigInteger(), nullable=False),
        sa.Column("num_exes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("input", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("output", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("configuration", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("input_file_size", sa.Double(), nullable=True),
        sa.Column("queued", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status_change", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_sensor_class", sa.Text(), nullable=True),
        sa.Column("source_sensor", sa.Text(), nullable=True),
        sa.Column("source_collection", sa.Text(), nullable=True),
        sa.Column("source_task", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('PENDING', 'BLOCKED', 'QUEUED', 'RUNNING', 'FAILED', 'COMPLETED', 'CANCELED')", name=op.f("ck_job_status")
        ),
        sa.CheckConstraint("status NOT IN ('QUEUED', 'RUNNING') OR num_exes > 0", name=op.f("ck_job_num_exes_when_queued")),
        sa.CheckConstraint("is_superseded = (superseded IS NOT NULL)", name=op.f("ck_job_superseded")),
        sa.CheckConstraint("max_tries >= 1", name=op.f("ck_job_max_tries")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_job_batch_id")),
        sa.ForeignKeyConstraint(["error_id"], ["error.id"], name=op.f("fk_job_error_id")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_job_event_id")),
        sa.ForeignKeyConstraint(["ingest_event_id"], ["ingest_event.id"], name=op.f("fk_job_ingest_event_id")),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_job_job_type_id")),
        sa.ForeignKeyConstraint(["job_type_rev_id"], ["job_type_revision.id"], name=op.f("fk_job_job_type_rev_id")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_job_node_id")),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipe.id"], name=op.f("fk_job_recipe_id")),
        sa.ForeignKeyConstraint(["root_recipe_id"], ["recipe.id"], name=op.f("fk_job_root_recipe_id")),
        sa.ForeignKeyConstraint(["root_superseded_job_id"], ["job.id"], name=op.f("fk_job_root_superseded_job_id")),
        sa.ForeignKeyConstraint(["superseded_job_id"], ["job.id"], name=op.f("fk_job_superseded_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("superseded_job_id", name=op.f("uq_job_superseded_job_id")),
    )
    op.create_index(
        "ix_job_batch_id",
        "job",
        ["batch_id", "last_modified", "id"],
        unique=False,
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "ix_job_error_id",
        "job",
        ["error_id", "last_modified", "id"],
        unique=False,
        postgresql_where=sa.text("error_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_job_job_type_id_last_modified_id"), "job", ["job_type_id", "last_modified", "id"], unique=False)
    op.create_index(op.f("ix_job_last_modified_id"), "job", ["last_modified", "id"], unique=False)
    op.create_index(op.f("ix_job_last_status_change_id"), "job", ["last_status_change", "id"], unique=False)
    op.create_index(
        "ix_job_recipe_id",
        "job",
        ["recipe_id", "last_modified", "id"],
        unique=False,
        postgresql_where=sa.text("recipe_id IS NOT NULL"),
    )
    op.create_index(
        "ix_job_source_started", "job", ["source_started"], unique=False, postgresql_where=sa.text("source_started IS NOT NULL")
    )
    op.create_index(op.f("ix_job_status_last_modified_id"), "job", ["status", "last_modified", "id"], unique=False)
    op.create_table(
        "execution",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("job_type_id", sa.BigInteger(), nullable=False),
        sa.Column("exe_num", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=True),
        sa.Column("docker_image", sa.Text(), nullable=True),
        sa.Column("priority", sa.BigInteger(), nullable=True),
        sa.Column("timeout", sa.BigInteger(), nullable=True),
        sa.Column("input_file_size", sa.Double(), nullable=True),
        sa.Column(
            "resources",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "configuration",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("command_arguments", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("queued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_id", sa.BigInteger(), nullable=True),
        sa.Column("exit_code", sa.BigInteger(), nullable=True),
        sa.Column("task_results", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("output", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'RUNNING') = (ended IS NULL)", name=op.f("ck_execution_ended")),
        sa.CheckConstraint("started IS NOT NULL OR status = 'CANCELED'", name=op.f("ck_execution_started")),
        sa.CheckConstraint("status IN ('RUNNING', 'FAILED', 'COMPLETED', 'CANCELED')", name=op.f("ck_execution_status")),
        sa.CheckConstraint("exe_num >= 1", name=op.f("ck_execution_exe_num")),
        sa.ForeignKeyConstraint(["error_id"], ["error.id"], name=op.f("fk_execution_error_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_execution_job_id")),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_execution_job_type_id")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_execution_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_execution")),
        sa.UniqueConstraint("job_id", "exe_num", name=op.f("uq_execution_job_id_exe_num")),
    )
    op.create_index(op.f("ix_execution_cluster_id"), "execution", ["cluster_id"], unique=False)
    op.create_index(op.f("ix_execution_last_modified_id"), "execution", ["last_modified", "id"], unique=False)
    op.create_index("uq_execution_running", "execution", ["job_id"], unique=True, postgresql_where=sa.text("status = 'RUNNING'"))
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.Text(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_idempotency_key_job_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("job_type_id", sa.BigInteger(), nullable=False),
        sa.Column("exe_num", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("timeout", sa.BigInteger(), nullable=True),
        sa.Column("input_file_size", sa.Double(), nullable=False),
        sa.Column("queued", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("priority >= 1", name=op.f("ck_queue_priority")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_queue_job_id")),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_queue_job_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
        sa.UniqueConstraint("job_id", name=op.f("uq_queue_job_id")),
    )
    op.create_index(
        op.f("ix_queue_job_type_id_priority_queued_id"), "queue", ["job_type_id", "priority", "queued", "id"], unique=False
    )
    op.create_index(
        "ix_queue_lifo",
        "queue",
        ["job_type_id", "priority", sa.literal_column("queued DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "recipe_node",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recipe_id", sa.BigInteger(), nullable=False),
        sa.Column("node_name", sa.Text(), nullable=False),
        sa.Column("is_original", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("sub_recipe_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_recipe_node_job_id")),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipe.id"], name=op.f("fk_recipe_node_recipe_id")),
        sa.ForeignKeyConstraint(["sub_recipe_id"], ["recipe.id"], name=op.f("fk_recipe_node_sub_recipe_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipe_node")),
        sa.UniqueConstraint("recipe_id", "node_name", name=op.f("uq_recipe_node_recipe_id_node_name")),
    )
    op.create_index(op.f("ix_recipe_node_job_id"), "recipe_node", ["job_id"], unique=False)
    op.create_table(
        "file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_path", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data_type_tags", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("uuid", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deleted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geometry", sa.Text(), nullable=True),
        sa.Column("center_point", sa.Text(), nullable=True),
        sa.Column(
            "meta_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("countries", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("job_type_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("job_exe_id", sa.BigInteger(), nullable=True),
        sa.Column("job_output", sa.Text(), nullable=True),
        sa.Column("recipe_type_id", sa.BigInteger(), nullable=True),
        sa.Column("recipe_id", sa.BigInteger(), nullable=True),
        sa.Column("recipe_node", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("is_operational", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("has_been_published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unpublished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_superseded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("superseded", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_sensor_class", sa.Text(), nullable=True),
        sa.Column("source_sensor", sa.Text(), nullable=True),
        sa.Column("source_collection", sa.Text(), nullable=True),
        sa.Column("source_task", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_modified", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("file_type IN ('SOURCE', 'PRODUCT')", name=op.f("ck_file_file_type")),
        sa.CheckConstraint("file_size >= 0", name=op.f("ck_file_file_size")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_file_batch_id")),
        sa.ForeignKeyConstraint(["job_exe_id"], ["execution.id"], name=op.f("fk_file_job_exe_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_file_job_id")),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_file_job_type_id")),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipe.id"], name=op.f("fk_file_recipe_id")),
        sa.ForeignKeyConstraint(["recipe_type_id"], ["recipe_type.id"], name=op.f("fk_file_recipe_type_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_file_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_file_name"), "file", ["file_name"], unique=False)
    op.create_index(
        "ix_file_job_exe_id", "file", ["job_exe_id"], unique=False, postgresql_where=sa.text("job_exe_id IS NOT NULL")
    )
    op.create_index("ix_file_job_id", "file", ["job_id"], unique=False, postgresql_where=sa.text("job_id IS NOT NULL"))
    op.create_index(op.f("ix_file_last_modified_id"), "file", ["last_modified", "id"], unique=False)
    op.create_index(
        "uq_file_path", "file", ["workspace_id", "file_path"], unique=True, postgresql_where=sa.text("NOT is_deleted")
    )
    op.create_table(
        "lease",
        sa.Column("execution_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("job_type_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancel_requested", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["execution_id"], ["execution.id"], name=op.f("fk_lease_execution_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_lease_job_id")),
        sa.ForeignKeyConstraint(["job_type_id"], ["job_type.id"], name=op.f("fk_lease_job_type_id")),
        sa.PrimaryKeyConstraint("execution_id", name=op.f("pk_lease")),
        sa.UniqueConstraint("job_id", name=op.f("uq_lease_job_id")),
    )
    op.create_index(op.f("ix_lease_expires"), "lease", ["expires"], unique=False)
    op.create_index(op.f("ix_lease_job_type_id"), "lease", ["job_type_id"], unique=False)
    op.create_table(
        "job_input_file",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("job_input", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_job_input_file_file_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_input_file_job_id")),
        sa.PrimaryKeyConstraint("job_id", "job_input", "position", name=op.f("pk_job_input_file")),
    )
    op.create_index(op.f("ix_job_input_file_file_id"), "job_input_file", ["file_id"], unique=False)
    op.execute("CREATE SEQUENCE lease_token")
    op.execute("INSERT INTO scheduler (id) VALUES (1)")
    op.execute(TOUCH)
    for table in DATED:
        op.execute(f"CREATE TRIGGER touch_{table} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch_last_modified()")
    names = ("name", "title", "description", "category", "should_be_retried")
    errors = sa.table("error", *(sa.column(name) for name in (*names, "is_builtin")))
    op.bulk_insert(errors, [dict(zip(names, row, strict=True), is_builtin=True) for row in BUILTIN_ERRORS])


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_job_input_file_file_id"), table_name="job_input_file")
    op.drop_table("job_input_file")
    op.drop_index(op.f("ix_lease_job_type_id"), table_name="lease")
    op.drop_index(op.f("ix_lease_expires"), table_name="lease")
    op.drop_table("lease")
    op.drop_index("uq_file_path", table_name="file", postgresql_where=sa.text("NOT is_deleted"))
    op.drop_index(op.f("ix_file_last_modified_id"), table_name="file")
    op.drop_index("ix_file_job_id", table_name="file", postgresql_where=sa.text("job_id IS NOT NULL"))
    op.drop_index("ix_file_job_exe_id", table_name="file", postgresql_where=sa.text("job_exe_id IS NOT NULL"))
    op.drop_index(op.f("ix_file_file_name"), table_name="file")
    op.drop_table("file")
    op.drop_index(op.f("ix_recipe_node_job_id"), table_name="recipe_node")
    op.drop_table("recipe_node")
    op.drop_index("ix_queue_lifo", table_name="queue")
    op.drop_index(op.f("ix_queue_job_type_id_priority_queued_id"), table_name="queue")
    op.drop_table("queue")
    op.drop_table("idempotency_key")
    op.drop_index("uq_execution_running", table_name="execution", postgresql_where=sa.text("status = 'RUNNING'"))
    op.drop_index(op.f("ix_execution_last_modified_id"), table_name="execution")
    op.drop_index(op.f("ix_execution_cluster_id"), table_name="execution")
    op.drop_table("execution")
    op.drop_index(op.f("ix_job_status_last_modified_id"), table_name="job")
    op.drop_index("ix_job_source_started", table_name="job", postgresql_where=sa.text("source_started IS NOT NULL"))
    op.drop_index("ix_job_recipe_id", table_name="job", postgresql_where=sa.text("recipe_id IS NOT NULL"))
    op.drop_index(op.f("ix_job_last_status_change_id"), table_name="job")
    op.drop_index(op.f("ix_job_last_modified_id"), table_name="job")
    op.drop_index(op.f("ix_job_job_type_id_last_modified_id"), table_name="job")
    op.drop_index("ix_job_error_id", table_name="job", postgresql_where=sa.text("error_id IS NOT NULL"))
    op.drop_index("ix_job_batch_id", table_name="job", postgresql_where=sa.text("batch_id IS NOT NULL"))
    op.drop_table("job")
    op.drop_index(op.f("ix_recipe_batch_id"), table_name="recipe")
    op.drop_table("recipe")
    op.drop_table("batch")
    op.drop_table("worker")
    op.drop_table("recipe_type_revision")
    op.drop_table("job_type_revision")
    op.drop_table("event")
    op.drop_table("workspace")
    op.drop_table("trigger_rule")
    op.drop_table("scheduler")
    op.drop_table("recipe_type")
    op.drop_table("node")
    op.drop_table("log_line")
    op.drop_table("job_type")
    op.drop_table("ingest_event")
    op.drop_index("uq_error_job_type_name_name", table_name="error", postgresql_nulls_not_distinct=True)
    op.drop_index(op.f("ix_error_category"), table_name="error")
    op.drop_table("error")
    op.drop_index("ix_bulk_operation_open", table_name="bulk_operation", postgresql_where=sa.text("ended IS NULL"))
    op.drop_table("bulk_operation")
    op.execute("DROP FUNCTION touch_last_modified")
    op.execute("DROP SEQUENCE lease_token")

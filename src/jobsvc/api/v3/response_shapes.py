"""Objects of v3 as data, keys in the documented sequence (docs/spec/behaviour/keys-v3.md#objects)."""

from jobsvc.domain.response_shape import ResponseShape
from jobsvc.domain.v3.records import V3Execution, V3JobTypeColumns, V3Node, V3Rule


def ref(path: str) -> ResponseShape:
    """An object with nothing but the id that a field holds."""
    return ResponseShape({"id": path}, null_without=path)


JOB_TYPE = ResponseShape(
    {
        "id": "id",
        "name": "name",
        "version": "version",
        "title": "title",
        "description": "description",
        "category": "category",
        "author_name": "author_name",
        "author_url": "author_url",
        "is_system": "is_system",
        "is_long_running": "is_long_running",
        "is_active": "is_active",
        "is_operational": "is_operational",
        "is_paused": "is_paused",
        "icon_code": "icon_code",
    }
)
"""Of a JobTypeRef."""

JOB_TYPE_DETAILS = ResponseShape(
    {
        **JOB_TYPE.at("item.job_type").members,
        **{name: f"job_type.{name}" for name in ("uses_docker", "docker_privileged", "docker_image")},
        "revision_num": "item.job_type.revision_num",
        **{name: f"job_type.{name}" for name in V3JobTypeColumns._fields[3:]},
    }
)
"""Of V3JobDetails."""

JOB_TYPE_ITEM = ResponseShape(
    {
        **JOB_TYPE.at("job_type").members,
        **{name: f"columns.{name}" for name in ("uses_docker", "docker_privileged", "docker_image")},
        "revision_num": "job_type.revision_num",
        **{name: f"columns.{name}" for name in V3JobTypeColumns._fields[3:]},
    }
)
"""Of a V3JobType."""

EVENT = ResponseShape({"id": "id", "type": "type", "rule": ref("rule_id"), "occurred": "occurred"}, null_without="id")
"""Of an EventRef."""

EVENT_DETAILS = ResponseShape(
    {
        "id": "id",
        "type": "type",
        "rule": ResponseShape({name: f"rule.{name}" for name in V3Rule._fields}, null_without="rule.id"),
        "occurred": "occurred",
        "description": "description",
    },
    null_without="id",
)
"""Of a V3Event."""

ERROR = ResponseShape(
    {
        "id": "id",
        "name": "name",
        "title": "title",
        "description": "description",
        "category": "category",
        "is_builtin": "is_builtin",
    },
    null_without="id",
)
"""Of an ErrorRef."""

ERROR_DETAILS = ResponseShape(
    {**ERROR.at("error").members, "created": "created", "last_modified": "last_modified"}, null_without="error.id"
)
"""Of an ErrorItem."""

JOB = ResponseShape(
    {
        "id": "job.id",
        "job_type": JOB_TYPE.at("job_type"),
        "job_type_rev": ResponseShape(
            {"id": "revision.id", "job_type": ResponseShape({"id": "job_type.id"}), "revision_num": "revision.revision_num"}
        ),
        "event": EVENT.at("event"),
        "error": ERROR.at("error"),
        "status": "job.status",
        "priority": "more.priority",
        "num_exes": "job.num_exes",
        "timeout": "more.timeout",
        "max_tries": "job.max_tries",
        "cpus_required": "more.cpus_required",
        "mem_required": "more.mem_required",
        "disk_in_required": "more.disk_in_required",
        "disk_out_required": "more.disk_out_required",
        "is_superseded": "job.is_superseded",
        "root_superseded_job": ref("more.root_superseded_job_id"),
        "superseded_job": ref("job.superseded_job_id"),
        "superseded_by_job": ref("more.superseded_by_job_id"),
        "delete_superseded": "more.delete_superseded",
        "created": "job.created",
        "queued": "job.queued",
        "started": "job.started",
        "ended": "job.ended",
        "last_status_change": "job.last_status_change",
        "superseded": "job.superseded",
        "last_modified": "job.last_modified",
    }
)
"""Of a V3Job: a job as the list shows it."""

JOB_SHORT = ResponseShape(
    {
        "id": "id",
        "job_type": JOB_TYPE.at("job_type"),
        "job_type_rev": ResponseShape({"id": "revision_id"}),
        "event": ref("event_id"),
        "error": ref("error_id"),
        "status": "status",
        "priority": "priority",
        "num_exes": "num_exes",
    },
    null_without="id",
)
"""Of a V3JobShort."""

RECIPE = ResponseShape(
    {
        "id": "id",
        "recipe_type": ResponseShape(
            {
                "id": "type_id",
                "name": "type_name",
                "version": "type_version",
                "title": "type_title",
                "description": "type_description",
            }
        ),
        "recipe_type_rev": ResponseShape(
            {"id": "revision_id", "recipe_type": ResponseShape({"id": "type_id"}), "revision_num": "revision_num"}
        ),
        "event": EVENT.at("event"),
        "is_superseded": "is_superseded",
        "root_superseded_recipe": ref("root_superseded_recipe_id"),
        "superseded_recipe": ref("superseded_recipe_id"),
        "superseded_by_recipe": ref("superseded_by_recipe_id"),
        "created": "created",
        "completed": "completed",
        "superseded": "superseded",
        "last_modified": "last_modified",
    }
)
"""Of a V3Recipe."""

EXECUTION_COLUMNS = ResponseShape({name: name for name in V3Execution._fields if not name.endswith("_id")})
"""Of a V3Execution: what all its layouts share."""

EXECUTION_OF_JOB = ResponseShape(
    {**EXECUTION_COLUMNS.members, "job": ref("job_id"), "node": ref("node_id"), "error": ref("error_id")}, null_without="id"
)
"""Of a V3Execution, as its job shows it."""

NODE = ResponseShape({"id": "id", "hostname": "hostname", "port": "port", "slave_id": "slave_id"}, null_without="id")
NODE_DETAILS = ResponseShape({name: name for name in V3Node._fields}, null_without="id")
"""Both of a V3Node."""

EXECUTION = ResponseShape(
    {
        **EXECUTION_COLUMNS.at("execution").members,
        "job": JOB_SHORT.at("job"),
        "node": NODE.at("node"),
        "error": ERROR.at("error"),
    }
)
"""Of a V3ExecutionItem."""

EXECUTION_DETAILS = ResponseShape(
    {
        **EXECUTION_COLUMNS.at("execution").members,
        "job": JOB.at("job"),
        "node": NODE_DETAILS.at("node"),
        "error": ERROR_DETAILS.at("error"),
        "environment": "environment",
        "cpus_scheduled": "scheduled.cpus_scheduled",
        "mem_scheduled": "scheduled.mem_scheduled",
        "disk_in_scheduled": "scheduled.disk_in_scheduled",
        "disk_out_scheduled": "scheduled.disk_out_scheduled",
        "disk_total_scheduled": "scheduled.disk_total_scheduled",
        "results": "results",
        "results_manifest": "results_manifest",
    }
)
"""Of V3ExecutionDetails."""

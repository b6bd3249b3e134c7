"""Objects that v6 shows again and again, keys in the documented sequence (docs/spec/behaviour/keys-v6.md)."""

from jobsvc.domain.response_shape import ResponseShape

JOB_TYPE = ResponseShape(
    {
        "id": "id",
        "name": "name",
        "version": "version",
        "title": "title",
        "description": "description",
        "is_active": "is_active",
        "is_system": "is_system",
        "is_paused": "is_paused",
        "is_published": "is_published",
        "icon_code": "icon_code",
        "unmet_resources": "unmet_resources",
        "revision_num": "revision_num",
    }
)
"""Of a JobTypeRef."""

EVENT = ResponseShape({"id": "id", "type": "type", "occurred": "occurred"}, null_without="id")
"""Of an EventRef."""

RECIPE = ResponseShape(
    {
        "id": "id",
        "recipe_type": ResponseShape(
            {
                "id": "type_id",
                "name": "type_name",
                "title": "type_title",
                "description": "type_description",
                "revision_num": "type_revision_num",
            }
        ),
        "recipe_type_rev": ResponseShape({"id": "recipe_type_rev_id"}),
        "event": ResponseShape({"id": "event_id"}, null_without="event_id"),
    },
    null_without="id",
)
"""Of a RecipeRef."""

BATCH = ResponseShape({"id": "id", "title": "title", "description": "description", "created": "created"}, null_without="id")
"""Of a BatchRef."""

NODE = ResponseShape({"id": "id", "hostname": "hostname"}, null_without="id")
"""Of a NodeRef."""

ERROR = ResponseShape(
    {
        "id": "id",
        "name": "name",
        "title": "title",
        "description": "description",
        "job_type_name": "job_type_name",
        "category": "category",
        "is_builtin": "is_builtin",
        "should_be_retried": "should_be_retried",
    },
    null_without="id",
)
"""Of an ErrorRef."""

JOB = ResponseShape(
    {
        "id": "job.id",
        "job_type": JOB_TYPE.at("job_type"),
        "status": "job.status",
        "job_type_rev": ResponseShape(
            {"id": "revision.id", "job_type": ResponseShape({"id": "job_type.id"}), "revision_num": "revision.revision_num"}
        ),
        "event": EVENT.at("event"),
        "ingest_event": EVENT.at("ingest_event"),
        "recipe": RECIPE.at("recipe"),
        "batch": BATCH.at("batch"),
        "is_superseded": "job.is_superseded",
        "superseded_job": ResponseShape({"id": "job.superseded_job_id"}, null_without="job.superseded_job_id"),
        "node": NODE.at("node"),
        "error": ERROR.at("error"),
        "max_tries": "job.max_tries",
        "num_exes": "job.num_exes",
        "input_file_size": "job.input_file_size",
        "input_files": "input_files",
        "source_started": "job.source_started",
        "source_ended": "job.source_ended",
        "source_sensor_class": "job.source_sensor_class",
        "source_sensor": "job.source_sensor",
        "source_collection": "job.source_collection",
        "source_task": "job.source_task",
        "created": "job.created",
        "queued": "job.queued",
        "started": "job.started",
        "ended": "job.ended",
        "last_status_change": "job.last_status_change",
        "superseded": "job.superseded",
        "last_modified": "job.last_modified",
    }
)
"""Of a JobItem: a job as the list shows it."""

"""What several examples are made of: the job type, recipe and batch of the documents' examples."""

from typing import Any

Json = dict[str, Any]

CREATED = "2015-08-28T17:55:41.005000Z"
QUEUED = "2015-08-28T17:56:41.005000Z"
STARTED = "2015-08-28T17:57:41.005000Z"
ENDED = "2015-08-28T17:58:41.005000Z"
MODIFIED = "2015-08-28T17:58:46.001000Z"

JOB_TYPE: Json = {
    "id": 1,
    "name": "scale-ingest",
    "version": "1.0.0",
    "title": "Scale Ingest",
    "description": "Ingests a source file into a workspace",
    "is_active": True,
    "is_system": True,
    "is_paused": False,
    "is_published": False,
    "icon_code": "f013",
    "unmet_resources": "chocolate,vanilla",
    "revision_num": 1,
}
EVENT: Json = {"id": 3, "type": "STRIKE_TRANSFER", "occurred": "2015-08-28T17:57:24.261000Z"}
RECIPE_TYPE: Json = {
    "id": 208,
    "name": "my-recipe-type",
    "title": "My Recipe Type",
    "description": "My Recipe Type Description",
    "revision_num": 1,
}
RECIPE: Json = {"id": 1, "recipe_type": RECIPE_TYPE, "recipe_type_rev": {"id": 1}, "event": {"id": 1}}
BATCH: Json = {"id": 1, "title": "My Batch", "description": "My batch of recipes", "created": CREATED}
NODE: Json = {"id": 1, "hostname": "my-host.example.domain"}
RESOURCES: Json = {"resources": {"mem": 128.0, "disk": 11.0, "cpus": 1.0}}
CONFIGURATION: Json = {
    "mounts": {},
    "priority": 50,
    "output_workspaces": {"default": "defaultworkspace", "outputs": {}},
    "settings": {},
}
ERROR: Json = {
    "id": 1,
    "name": "unknown",
    "title": "Unknown",
    "description": "The error that caused the failure is unknown.",
    "job_type_name": None,
    "category": "SYSTEM",
    "is_builtin": True,
    "should_be_retried": True,
}
ERROR_DETAILS: Json = {**ERROR, "created": CREATED, "last_modified": CREATED}
MANIFEST: Json = {
    "seedVersion": "1.0.0",
    "job": {
        "name": "test-job",
        "jobVersion": "1.0.0",
        "packageVersion": "1.0.0",
        "title": "Test Job",
        "description": "This is a test job",
        "maintainer": {"name": "John Doe", "email": "jdoe@example.com"},
        "timeout": 10,
        "interface": {
            "command": "",
            "inputs": {"files": [{"name": "input_a"}]},
            "outputs": {"files": [{"name": "output_a", "pattern": "*.png", "multiple": True}]},
        },
    },
}
SOURCE: Json = {
    "source_started": CREATED,
    "source_ended": QUEUED,
    "source_sensor_class": "classA",
    "source_sensor": "1",
    "source_collection": "12345",
    "source_task": "my-task",
}
JOB_COUNTS: Json = {
    "jobs_total": 10,
    "jobs_pending": 0,
    "jobs_blocked": 0,
    "jobs_queued": 1,
    "jobs_running": 3,
    "jobs_failed": 1,
    "jobs_completed": 5,
    "jobs_canceled": 0,
}


def page(item: Json) -> Json:
    """A page with one result."""
    return {"count": 1, "next": None, "previous": None, "results": [item]}

"""Examples of job types, of the errors of their jobs, and of how many jobs they have."""

from typing import Any

from jobsvc.api.v6.examples.common import (
    CONFIGURATION,
    CREATED,
    ENDED,
    ERROR_DETAILS,
    JOB_TYPE,
    MANIFEST,
    MODIFIED,
    QUEUED,
    RECIPE_TYPE,
    STARTED,
    page,
)

Json = dict[str, Any]

TYPE: Json = {
    **JOB_TYPE,
    "docker_image": "scale-ingest-1.0.0-seed:1.0.0",
    "max_scheduled": None,
    "max_tries": 3,
    "created": CREATED,
    "deprecated": None,
    "paused": None,
    "last_modified": MODIFIED,
}
USER: Json = {
    **RECIPE_TYPE,
    "is_active": True,
    "is_system": False,
    "created": CREATED,
    "deprecated": None,
    "last_modified": MODIFIED,
}
TYPE_DETAILS: Json = {**TYPE, "manifest": MANIFEST, "configuration": CONFIGURATION, "recipe_types": [USER], "retry_limits": None}
REVISION: Json = {
    "id": 5,
    "job_type": JOB_TYPE,
    "revision_num": 1,
    "docker_image": "scale-ingest-1.0.0-seed:1.0.0",
    "created": CREATED,
}
NEW_TYPE: Json = {
    "manifest": MANIFEST,
    "docker_image": "test-job-1.0.0-seed:1.0.0",
    "icon_code": "f013",
    "max_tries": 3,
    "configuration": {"priority": 50},
}
COUNTS: Json = {
    "job_type": JOB_TYPE,
    "job_counts": [
        {"status": "RUNNING", "count": 1, "most_recent": STARTED, "category": None},
        {"status": "FAILED", "count": 2, "most_recent": ENDED, "category": "SYSTEM"},
    ],
}
FAILURE: Json = {"job_type": JOB_TYPE, "error": ERROR_DETAILS, "count": 2, "first_error": STARTED, "last_error": ENDED}
NAME: Json = {
    "id": 1,
    "name": "scale-ingest",
    "title": "Scale Ingest",
    "description": "Ingests a source file into a workspace",
    "icon_code": "f013",
    "is_active": True,
    "is_paused": False,
    "is_published": False,
    "is_system": True,
    "unmet_resources": None,
    "num_versions": 1,
    "latest_version": "1.0.0",
    "versions": ["1.0.0"],
}
WAITING: Json = {
    "job_type": JOB_TYPE,
    "count": 19,
    "longest_queued": QUEUED,
    "highest_priority": 1,
    "is_job_type_paused": False,
}
LOAD: Json = {"time": "2015-10-21T00:00:00Z", "pending_count": 1, "queued_count": 0, "running_count": 2}

EXAMPLES: dict[str, Json] = {
    "list_job_types": {"200": page(TYPE)},
    "create_job_type": {"request": NEW_TYPE, "200": TYPE_DETAILS, "201": TYPE_DETAILS},
    "list_job_type_versions": {"200": page(TYPE)},
    "get_job_type": {"200": TYPE_DETAILS},
    "update_job_type": {"request": {"is_paused": True}, "200": {**TYPE_DETAILS, "is_paused": True, "paused": MODIFIED}},
    "list_job_type_revisions": {"200": page(REVISION)},
    "get_job_type_revision": {"200": {**REVISION, "manifest": MANIFEST}},
    "list_job_type_status": {"200": page(COUNTS)},
    "list_job_types_pending": {"200": page({"job_type": JOB_TYPE, "count": 4, "longest_pending": CREATED})},
    "list_job_types_running": {"200": page({"job_type": JOB_TYPE, "count": 1, "longest_running": STARTED})},
    "list_job_type_system_failures": {"200": page(FAILURE)},
    "list_job_type_names": {"200": page(NAME)},
    "list_errors": {"200": page(ERROR_DETAILS)},
    "get_error": {"200": ERROR_DETAILS},
    "get_queue_status": {"200": page(WAITING)},
    "get_load": {"200": page(LOAD)},
}

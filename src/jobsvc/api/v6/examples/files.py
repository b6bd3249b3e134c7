"""Examples of files and workspaces."""

from typing import Any

from jobsvc.api.v6.examples.common import BATCH, CREATED, JOB_TYPE, MODIFIED, RECIPE_TYPE, SOURCE, STARTED, page

Json = dict[str, Any]

FILE: Json = {
    "id": 456,
    "file_name": "my-file.png",
    "workspace": {"id": 1, "name": "default"},
    "data_type_tags": ["image"],
    "media_type": "image/png",
    "file_type": "PRODUCT",
    "file_size": 10485760,
    "file_path": "scale-ingest/1.0.0/my-file.png",
    "is_deleted": False,
    "url": "http://service.example/v6/files/456/content/",
    "created": STARTED,
    "deleted": None,
    "data_started": CREATED,
    "data_ended": None,
    **SOURCE,
    "last_modified": MODIFIED,
    "geometry": "POINT (12.5 41.9)",
    "center_point": "POINT (12.5 41.9)",
    "countries": ["ITA"],
    "job_type": JOB_TYPE,
    "job": {"id": 3},
    "job_exe": {"id": 3},
    "job_output": "output_a",
    "recipe_type": RECIPE_TYPE,
    "recipe": {"id": 1},
    "recipe_node": "ingest",
    "batch": BATCH,
    "is_superseded": False,
    "superseded": None,
}
OF_NO_JOB = ("job_type", "job", "job_exe", "job_output", "recipe_type", "recipe", "recipe_node", "batch")
FILE_DETAILS: Json = {**FILE, "meta_data": {"bands": 3}}
SOURCE_FILE: Json = {
    **FILE_DETAILS,
    "id": 1234,
    "file_name": "my-file.file",
    "file_type": "SOURCE",
    "media_type": "text/plain",
    "file_path": "my-file.file",
    "url": "http://service.example/v6/files/1234/content/",
    **dict.fromkeys(OF_NO_JOB),
}
NEW_FILE: Json = {
    "workspace": "default",
    "file_path": "my-file.file",
    "media_type": "text/plain",
    "data_type_tags": ["image"],
    "source_started": "2015-08-28T17:55:41Z",
    "source_sensor_class": "classA",
    "meta_data": {"bands": 3},
}
WORKSPACE: Json = {
    "id": 2,
    "name": "raw-data",
    "title": "Raw Data",
    "description": "Where ingested files lie",
    "base_url": None,
    "is_active": True,
    "created": CREATED,
    "deprecated": None,
    "last_modified": CREATED,
}
BROKER: Json = {"broker": {"type": "host", "host_path": "/data/raw"}}
WORKSPACE_DETAILS: Json = {**WORKSPACE, "configuration": BROKER}
NEW_WORKSPACE: Json = {"title": "Raw Data", "description": "Where ingested files lie", "configuration": BROKER}

EXAMPLES: dict[str, Json] = {
    "list_files": {"200": page(FILE)},
    "register_file": {"request": NEW_FILE, "200": SOURCE_FILE, "201": SOURCE_FILE},
    "upload_file": {"201": SOURCE_FILE},
    "get_file": {"200": FILE_DETAILS},
    "list_workspaces": {"200": page(WORKSPACE)},
    "create_workspace": {"request": NEW_WORKSPACE, "201": WORKSPACE_DETAILS},
    "get_workspace": {"200": WORKSPACE_DETAILS},
    "update_workspace": {"request": {"is_active": True}, "200": WORKSPACE_DETAILS},
}

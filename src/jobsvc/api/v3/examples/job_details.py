"""Examples of jobs with all that belongs to them (docs/spec/services/v3-job-details.md)."""

from typing import Any

from jobsvc.api.v3.examples.jobs import EXECUTION_OF_JOB, FILE, JOB

Json = dict[str, Any]

JOB_TYPE: Json = {
    "id": 8,
    "name": "kml-footprint",
    "version": "1.0.0",
    "title": "KML Footprint",
    "description": "Creates a KML representation of the data",
    "category": None,
    "author_name": None,
    "author_url": None,
    "is_system": False,
    "is_long_running": False,
    "is_active": True,
    "is_operational": True,
    "is_paused": False,
    "icon_code": "f0ac",
    "uses_docker": False,
    "docker_privileged": False,
    "docker_image": None,
    "revision_num": 1,
    "priority": 2,
    "max_scheduled": None,
    "timeout": 600,
    "max_tries": 1,
    "cpus_required": 0.5,
    "mem_required": 128.0,
    "disk_out_const_required": 0.0,
    "disk_out_mult_required": 0.0,
    "created": "2015-06-01T00:00:00Z",
    "archived": None,
    "paused": None,
    "last_modified": "2015-06-01T00:00:00Z",
}
KML = "application/vnd.google-earth.kml+xml"
REVISION: Json = {
    "id": 5,
    "job_type": {"id": 8},
    "revision_num": 1,
    "interface": {
        "input_data": [{"type": "file", "name": "input_file"}],
        "output_data": [{"media_type": KML, "type": "file", "name": "output_file"}],
        "version": "1.0",
        "command": "/usr/local/bin/python2.7 /app/parser/manage.py create_footprint_kml",
        "command_arguments": "${input_file} ${job_output_dir}",
    },
    "created": "2015-11-06T00:00:00Z",
}
EVENT: Json = {
    "id": 10278,
    "type": "PARSE",
    "rule": {
        "id": 8,
        "type": "PARSE",
        "name": None,
        "is_active": True,
        "configuration": {},
        "created": "2015-08-28T18:31:29.282000Z",
        "archived": None,
        "last_modified": "2015-08-28T18:31:29.282000Z",
    },
    "occurred": "2015-09-01T17:27:31.467000Z",
    "description": {},
}
RECIPE: Json = {
    "id": 4832,
    "recipe_type": {"id": 6, "name": "Recipe", "version": "1.0.0", "title": "Recipe", "description": "Recipe description"},
    "recipe_type_rev": {"id": 7, "recipe_type": {"id": 6}, "revision_num": 1},
    "event": {"id": 7, "type": "PARSE", "rule": {"id": 2}, "occurred": "2015-08-28T17:58:45.280000Z"},
    "is_superseded": False,
    "root_superseded_recipe": None,
    "superseded_recipe": None,
    "superseded_by_recipe": None,
    "created": "2015-09-01T20:32:20.912000Z",
    "completed": "2015-09-01T20:35:20.912000Z",
    "superseded": None,
    "last_modified": "2015-09-01T20:35:20.912000Z",
}
PRODUCT: Json = {
    **FILE,
    "id": 8484,
    "workspace": {"id": 2, "name": "Products"},
    "file_name": "file.kml",
    "media_type": KML,
    "url": "http://host.com/file/path/my_file.kml",
    "data_started": None,
    "data_ended": None,
    "is_operational": True,
    "is_published": True,
    "has_been_published": True,
    "published": "2015-09-01T17:27:49.461000Z",
    "unpublished": None,
    "job_type": {"id": 8},
    "job": {"id": 15096},
    "job_exe": {"id": 14552},
}
EXECUTION: Json = {
    **EXECUTION_OF_JOB,
    "id": 14552,
    "command_arguments": "${input_file} ${job_output_dir}",
    "pre_started": "2015-09-01T17:27:32.435000Z",
    "pre_completed": "2015-09-01T17:27:34.346000Z",
    "job_started": "2015-09-01T17:27:42.437000Z",
    "job_completed": "2015-09-01T17:27:46.762000Z",
    "post_started": "2015-09-01T17:27:47.246000Z",
    "post_completed": "2015-09-01T17:27:49.461000Z",
    "created": "2015-09-01T17:27:31.753000Z",
    "queued": "2015-09-01T17:27:31.716000Z",
    "started": "2015-09-01T17:27:32.022000Z",
    "ended": "2015-09-01T17:27:49.461000Z",
    "last_modified": "2015-09-01T17:27:49.606000Z",
    "job": {"id": 15096},
}
JOB_DETAILS: Json = {
    **JOB,
    "id": 15096,
    "job_type": JOB_TYPE,
    "job_type_rev": REVISION,
    "event": EVENT,
    "data": {
        "input_data": [{"name": "input_file", "file_id": 2}],
        "version": "1.0",
        "output_data": [{"name": "output_file", "workspace_id": 2}],
    },
    "results": {"output_data": [{"name": "output_file", "file_id": 8484}], "version": "1.0"},
    "recipes": [RECIPE],
    "job_exes": [EXECUTION],
    "inputs": [{"name": "input_file", "type": "file", "value": FILE}],
    "outputs": [{"name": "output_file", "type": "file", "value": PRODUCT}],
    "input_files": [FILE],
    "products": [PRODUCT],
}
QUEUED_JOB: Json = {
    **JOB_DETAILS,
    "status": "QUEUED",
    "started": None,
    "ended": None,
    "results": None,
    "recipes": [],
    "job_exes": [],
    "outputs": [{"name": "output_file", "type": "file", "value": None}],
    "products": [],
}
EXAMPLES = {
    "get_job": {"200": JOB_DETAILS},
    "update_job": {"request": {"status": "CANCELED"}, "200": {**QUEUED_JOB, "status": "CANCELED", "ended": JOB["ended"]}},
}

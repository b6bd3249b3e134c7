"""Examples of jobs as lists show them (docs/spec/services/README.md#v3)."""

from typing import Any

Json = dict[str, Any]

JOB_TYPE: Json = {
    "id": 1,
    "name": "scale-ingest",
    "version": "1.0",
    "title": "Scale Ingest",
    "description": "Ingests a source file into a workspace",
    "category": "system",
    "author_name": None,
    "author_url": None,
    "is_system": True,
    "is_long_running": False,
    "is_active": True,
    "is_operational": True,
    "is_paused": False,
    "icon_code": "f013",
}
EVENT: Json = {"id": 3, "type": "STRIKE_TRANSFER", "rule": None, "occurred": "2015-08-28T17:57:24.261000Z"}
TIMES: Json = {
    "created": "2015-08-28T17:55:41.005000Z",
    "queued": "2015-08-28T17:56:41.005000Z",
    "started": "2015-08-28T17:57:41.005000Z",
    "ended": "2015-08-28T17:58:41.005000Z",
    "last_status_change": "2015-08-28T17:58:45.906000Z",
    "superseded": None,
    "last_modified": "2015-08-28T17:58:46.001000Z",
}
SUPERSEDING: Json = {
    "is_superseded": False,
    "root_superseded_job": None,
    "superseded_job": None,
    "superseded_by_job": None,
    "delete_superseded": True,
}
JOB: Json = {
    "id": 3,
    "job_type": JOB_TYPE,
    "job_type_rev": {"id": 5, "job_type": {"id": 1}, "revision_num": 1},
    "event": EVENT,
    "error": None,
    "status": "COMPLETED",
    "priority": 10,
    "num_exes": 1,
    "timeout": 1800,
    "max_tries": 3,
    "cpus_required": 1.0,
    "mem_required": 64.0,
    "disk_in_required": 0.0,
    "disk_out_required": 64.0,
    **SUPERSEDING,
    **TIMES,
}
FILE: Json = {
    "id": 2,
    "workspace": {"id": 1, "name": "Raw Source"},
    "file_name": "input_file.txt",
    "media_type": "text/plain",
    "file_size": 1234,
    "data_type": [],
    "is_deleted": False,
    "uuid": "c8928d9183fc99122948e7840ec9a0fd",
    "url": "http://host.com/input_file.txt",
    "created": "2015-09-10T15:24:53.962000Z",
    "deleted": None,
    "data_started": "2015-09-10T14:50:49Z",
    "data_ended": "2015-09-10T14:51:05Z",
    "geometry": None,
    "center_point": None,
    "meta_data": {},
    "countries": [],
    "last_modified": "2015-09-10T15:25:02.808000Z",
}
EXECUTION_COLUMNS: Json = {
    "id": 3,
    "status": "COMPLETED",
    "command_arguments": "",
    "timeout": 1800,
    "pre_started": None,
    "pre_completed": None,
    "pre_exit_code": None,
    "job_started": "2015-08-28T17:57:44.703000Z",
    "job_completed": "2015-08-28T17:57:45.906000Z",
    "job_exit_code": None,
    "post_started": None,
    "post_completed": None,
    "post_exit_code": None,
    "created": "2015-08-28T17:57:41.033000Z",
    "queued": "2015-08-28T17:57:41.010000Z",
    "started": "2015-08-28T17:57:44.494000Z",
    "ended": "2015-08-28T17:57:45.906000Z",
    "last_modified": "2015-08-28T17:57:45.992000Z",
}
EXECUTION_OF_JOB: Json = {**EXECUTION_COLUMNS, "job": {"id": 3}, "node": {"id": 2}, "error": None}


def page(*results: Json) -> Json:
    """A page that is the whole list."""
    return {"count": len(results), "next": None, "previous": None, "results": list(results)}


EXAMPLES = {
    "list_jobs": {"200": page(JOB)},
    "list_job_updates": {"200": page({**JOB, "input_files": [FILE]})},
    "list_jobs_with_executions": {"200": page({**JOB, "latest_job_exe": EXECUTION_OF_JOB})},
}

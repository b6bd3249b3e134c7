"""What the OpenAPI document of v6 says beside what the routers say."""

from typing import Any

from jobsvc.api.responses import OpenApiMetadata
from jobsvc.api.v6.examples import EXAMPLES

TAGS = {
    "jobs": "These services provide access to information about all, currently running and previously finished jobs.",
    "logs": "The log lines of job executions.",
    "events": "What was changed, when and by whom.",
    "queue": "Queued jobs, and the numbers of jobs that waited and ran.",
    "job types": "Definitions of jobs: Seed manifests with their revisions.",
    "retry policies": "What becomes of jobs that fail.",
    "saved views": "Queries of the list of jobs by a name.",
    "errors": "The errors with which jobs can fail.",
    "retention": "How long jobs are kept, and letting go of them.",
    "files": "Files that jobs read and make.",
    "workspaces": "Places where files are stored.",
    "batches": "Many recipes that are run together.",
    "recipes": "Recipes: jobs that feed each other; recipe types: their definitions.",
    "nodes": "The hosts on which jobs run.",
    "system": "The service itself.",
    "accounts": "The calling user, and tokens.",
}
PATH_PARAMETERS = {
    "job_id": "The unique identifier of an existing job.",
    "exe_num": "The execution number of a job execution as it relates to the job.",
    "execution_id": "The unique identifier of an existing job execution.",
    "log_id": "Specifies which output to include.",
    "operation_id": "The unique identifier of an existing bulk operation.",
    "name": "The stable name of an existing type.",
    "view": "The name of a view.",
    "policy": "The name of an existing retry policy.",
    "version": "The version of an existing job type.",
    "revision_num": "The number of an existing revision of the type.",
    "error_id": "The unique identifier of an existing error.",
    "file_id": "The unique identifier of an existing file.",
    "workspace_id": "The unique identifier of an existing workspace.",
    "batch_id": "The unique identifier of an existing batch.",
    "recipe_id": "The unique identifier of an existing recipe.",
    "token_id": "The unique identifier of an existing token.",
    "webhook_id": "The unique identifier of an existing webhook.",
    "delivery_id": "The unique identifier of an existing delivery.",
    "node_id": "The unique identifier of an existing node.",
}


def _to(operation: str, text: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation, "description": text, "parameters": parameters}


MADE = "$response.body#/id"
LINKS = {
    "create_job": {
        "201": {
            "details": _to("get_job", "The status of the job.", job_id=MADE),
            "executions": _to("list_job_executions", "The executions of the job.", job_id=MADE),
            "input_files": _to("list_job_input_files", "What it reads.", job_id=MADE),
        }
    },
    "get_job": {"200": {"executions": _to("list_job_executions", "The executions of the job.", job_id=MADE)}},
    "register_file": {"201": {"details": _to("get_file", "The metadata of the file.", file_id=MADE)}},
    "upload_file": {"201": {"content": _to("download_file", "The content of the file.", file_id=MADE)}},
    "create_workspace": {"201": {"details": _to("get_workspace", "The workspace.", workspace_id=MADE)}},
}
"""What can be done with something that was made or found. (None has a body: generators refuse such links.)"""
METADATA = OpenApiMetadata(TAGS, PATH_PARAMETERS, EXAMPLES, LINKS)

"""What the OpenAPI document of v3 says beside what the routers say."""

from jobsvc.api.responses import OpenApiMetadata
from jobsvc.api.v3.examples import EXAMPLES

METADATA = OpenApiMetadata(
    tags={
        "jobs": "Information about all, currently running and previously finished jobs.",
        "job executions": "Information about all, currently running and previously finished job executions, and their logs.",
        "job types": "Programs that jobs run.",
        "queue": "How jobs are queued.",
    },
    path_parameters={
        "job_type_id": "The unique identifier of the job type.",
        "job_id": "The unique identifier of the job.",
        "exe_num": "The number of the execution within the job; the first is 1.",
        "execution_id": "The unique identifier of the job execution; negative while it is queued.",
        "log_id": "Which output to include: stdout, stderr or combined.",
    },
    examples=EXAMPLES,
)

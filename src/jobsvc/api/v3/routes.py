"""All services of the generation."""

from jobsvc.api.v3 import executions, job_types, jobs, later, logs, queue

ROUTERS = tuple(part.router for part in (jobs, later, executions, logs, job_types, queue))

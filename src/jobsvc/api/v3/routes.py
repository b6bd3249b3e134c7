"""All services of the generation."""

from fastapi import APIRouter

from jobsvc.api.v3 import executions, job_types, jobs, later, logs, queue

router = APIRouter()
for part in (jobs, later, executions, logs, job_types, queue):
    router.include_router(part.router)

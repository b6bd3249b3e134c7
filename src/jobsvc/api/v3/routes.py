"""All services of the generation."""

from fastapi import APIRouter

from jobsvc.api.v3 import executions, jobs, logs, queue

router = APIRouter()
for part in (jobs, executions, logs, queue):
    router.include_router(part.router)

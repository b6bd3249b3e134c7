"""All services of the generation."""

from jobsvc.api.v6 import (
    absent,
    accounts,
    audit,
    batches,
    bulk,
    errors,
    events,
    figures,
    files,
    job_submission,
    job_type_status,
    job_types,
    jobs,
    log_search,
    log_stream,
    logs,
    nodes,
    plots,
    queue,
    recipe_types,
    recipes,
    retention,
    retry_policies,
    saved_views,
    scheduler,
    status,
    system,
    tokens,
    webhooks,
    workspaces,
)

JOBS = (jobs, figures, job_submission, bulk, logs, log_stream, log_search, queue, retention, saved_views)
# `/job-types/status/` would be the versions of a job type called `status`: the first route that fits is taken.
JOB_TYPES = (job_type_status, job_types, retry_policies, errors, plots)
OTHERS = (
    events,
    webhooks,
    files,
    workspaces,
    batches,
    recipes,
    recipe_types,
    nodes,
    scheduler,
    status,
    accounts,
    tokens,
    audit,
    absent,
    system,
)
ROUTERS = tuple(part.router for part in (*JOBS, *JOB_TYPES, *OTHERS))

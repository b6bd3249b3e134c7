"""Retry policies (docs/guide/retries.md)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from jobsvc.api.context import principal_of, services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.fields import Text
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.responses import LOCATION, responses, success
from jobsvc.api.urls import url_of
from jobsvc.api.v6.schemas import retry_policies as schemas
from jobsvc.domain.access import Permission, limited
from jobsvc.domain.retry_limits import Limits
from jobsvc.services.retry_policies import Failures

router = APIRouter(tags=["retry policies"])
ONE = "/retry-policies/{policy}/"


@router.get(
    "/retry-policies/",
    operation_id="list_retry_policies",
    summary="Retry Policy List",
    responses=responses(schemas.RetryPolicyPage, "A page of policies.", 404),
)
@requires(Permission.TYPES_READ)
async def list_policies(request: Request, page: PageQuery) -> Response:
    """Return the retry policies, by name."""
    return page_response(request, await services_of(request).retry_policies.list(page))


@router.post(
    "/retry-policies/simulate/",
    operation_id="simulate_retry_rules",
    summary="Simulate Retry Rules",
    responses=responses(schemas.RetrySimulation, "What they would have done.", 413, 415),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def simulate_rules(
    request: Request, trial: Annotated[schemas.SimulateRules, Depends(schemas.SimulateRules.read)]
) -> Response:
    """Say what rules that are stored nowhere would have done with the last failures."""
    result = await services_of(request).retry_policies.simulate_rules(trial.rules, _failures(request, trial))
    return record_response(request, result)


@router.get(
    ONE,
    operation_id="get_retry_policy",
    summary="Retry Policy Details",
    responses=responses(schemas.RetryPolicy, "The policy.", 404),
)
@requires(Permission.TYPES_READ)
async def get_policy(request: Request, policy: Text) -> Response:
    """Return a specific retry policy."""
    return record_response(request, await services_of(request).retry_policies.get(policy))


@router.put(
    ONE,
    operation_id="set_retry_policy",
    summary="Set Retry Policy",
    responses=responses(schemas.RetryPolicy, "The policy as it is now.", 413, 415)
    | success(schemas.RetryPolicy, "The policy, which is new.", status=201, headers=LOCATION),
)
@requires(Permission.TYPES_WRITE)
async def set_policy(
    request: Request, policy: str, members: Annotated[schemas.RetryPolicySet, Depends(schemas.RetryPolicySet.read)]
) -> Response:
    """Make a retry policy, or change the one of this name; other rules are another version, which holds at once."""
    limits = Limits(members.budget, members.breaker)
    item, is_new = await services_of(request).retry_policies.set(policy, members.description, members.rules, limits)
    headers = {"Location": url_of(request, f"retry-policies/{item.name}/")} if is_new else None
    return record_response(request, item, 201 if is_new else 200, headers)


@router.delete(
    ONE,
    operation_id="delete_retry_policy",
    summary="Delete Retry Policy",
    status_code=204,
    responses=responses(None, "The policy is gone.", 404, 409, status=204),
)
@requires(Permission.TYPES_WRITE)
async def delete_policy(
    request: Request,
    policy: Text,
    replacement: Annotated[Text | None, Query(description="The policy that job types name from then on.")] = None,
) -> Response:
    """Delete a retry policy. One that job types name goes only when another one comes in its place."""
    await services_of(request).retry_policies.remove(policy, replacement)
    return Response(status_code=204)


@router.post(
    f"{ONE}simulate/",
    operation_id="simulate_retry_policy",
    summary="Simulate Retry Policy",
    responses=responses(schemas.RetrySimulation, "What it would have done.", 404, 413, 415),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def simulate_policy(
    request: Request, policy: Text, trial: Annotated[schemas.SimulatePolicy, Depends(schemas.SimulatePolicy.read)]
) -> Response:
    """Say what a policy would have done with the last failures, whatever job types name it."""
    return record_response(request, await services_of(request).retry_policies.simulate(policy, _failures(request, trial)))


def _failures(request: Request, trial: schemas.SimulatePolicy) -> Failures:
    """Those that the caller asks for and may see."""
    criteria = limited(trial.criteria, principal_of(request).job_types)
    return Failures(criteria, trial.errors or (), trial.limit)

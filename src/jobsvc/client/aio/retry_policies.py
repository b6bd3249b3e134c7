"""Retry policies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from jobsvc.client.models import Json, Page, RetryPolicy, RetrySimulation

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport
    from jobsvc.client.http import Params

POLICIES = "v6/retry-policies/"


class RetryPolicies:
    """`/v6/retry-policies/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    async def list(self, *, page: int = 1, page_size: int = 100) -> Page[RetryPolicy]:
        """A page of all policies, by name."""
        record: Page[RetryPolicy] = await self._http.get(POLICIES, {"page": page, "page_size": page_size})
        return record

    async def get(self, name: str) -> RetryPolicy:
        """A policy (ApiError 404 when there is none)."""
        policy: RetryPolicy = await self._http.get(_path(name))
        return policy

    async def set(
        self,
        name: str,
        rules: Sequence[Json],
        description: str = "",
        *,
        budget: Json | None = None,
        breaker: Json | None = None,
    ) -> RetryPolicy:
        """Make a policy, or change the one of this name as a whole."""
        body = {"description": description, "rules": list(rules), "budget": budget, "breaker": breaker}
        policy: RetryPolicy = await self._http.call("PUT", _path(name), json=body)
        return policy

    async def delete(self, name: str, replacement: str | None = None) -> None:
        """Delete a policy; job types that name it name the replacement then (ApiError 409: there is none)."""
        params: Params = {} if replacement is None else {"replacement": replacement}
        await self._http.send("DELETE", _path(name), params=params)

    async def simulate(
        self,
        name: str | None = None,
        *,
        rules: Sequence[Json] | None = None,
        limit: int = 1000,
        job_type_names: Sequence[str] = (),
        errors: Sequence[str] = (),
        started: str | None = None,
        ended: str | None = None,
    ) -> RetrySimulation:
        """What a policy, or rules that are stored nowhere, would have done with the last failures."""
        body: Json = {"limit": limit, "started": started, "ended": ended}
        body |= {"job_type_names": list(job_type_names) or None, "errors": list(errors) or None}
        if name is None:
            body["rules"] = list(rules or ())
        path = f"{POLICIES}simulate/" if name is None else f"{_path(name)}simulate/"
        simulation: RetrySimulation = await self._http.call("POST", path, json=body)
        return simulation


def _path(name: str) -> str:
    return f"{POLICIES}{quote(name, safe='')}/"

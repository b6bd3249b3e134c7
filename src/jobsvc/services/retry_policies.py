"""Retry policies as callers make, attach, try and delete them."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.errors import Conflict, InvalidRequest
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import Document
from jobsvc.domain.retry_decisions import RetryPolicy
from jobsvc.domain.retry_limits import NO_LIMITS, Limits
from jobsvc.domain.retry_policies import RetryRule, check_name
from jobsvc.domain.retry_records import DecisionCount, FailedRun, RetryPolicyItem, rule_document, simulate

NOT_STORED = "in the request"


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a policy would have done with failures; `policy` is None for rules that are not stored."""

    policy: str | None
    version: int | None
    failures: int
    differs: int
    decisions: list[DecisionCount]


@dataclass(frozen=True)
class Failures:
    """Which failures a policy is tried on: the last ones that fit; no `errors` are all."""

    criteria: ExecutionFilter
    errors: Collection[str]
    limit: int


class RetryPolicyService:
    """Use cases around retry policies."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def list(self, request: PageRequest) -> Page[RetryPolicyItem]:
        """All policies, by name."""
        async with self._db.reading() as tx:
            return await tx.retry_policies.page(request)

    async def get(self, name: str) -> RetryPolicyItem:
        """A policy; raises NotFound."""
        async with self._db.reading() as tx:
            return await tx.retry_policies.get(name)

    async def set(
        self, name: str, description: str, rules: Sequence[RetryRule], limits: Limits = NO_LIMITS
    ) -> tuple[RetryPolicyItem, bool]:
        """Make a policy, or change the one of this name; says whether it is new. It holds for all failures from then on.

        Raises:
            InvalidRequest: No policy can be called like this, or a rule names an error that there is not.
        """
        check_name(name)
        async with self._db.transaction() as tx:
            await check_errors(tx, rules)
            is_new = await tx.retry_policies.put(name, description, _definition(rules, limits))
            return await tx.retry_policies.get(name), is_new

    async def remove(self, name: str, replacement: str | None = None) -> None:
        """Delete a policy; job types that name it name the replacement from then on.

        Raises:
            NotFound: There is no such policy.
            InvalidRequest: It cannot come in its own place.
            Conflict: Job types name it, and nothing comes in its place.
        """
        if replacement == name:
            raise InvalidRequest("replacement: must be another policy.")
        async with self._db.transaction() as tx:
            await tx.retry_policies.lock(name, replacement)
            attached = (await tx.retry_policies.get(name)).job_types
            if attached and replacement is None:
                first, more = attached[0], len(attached) - 1
                others = f" and {more} more" if more else ""
                raise Conflict(
                    f"The policy {name} is attached to {first.name} {first.version}{others}: say which one comes in its place "
                    "(`replacement`), or take it from the job types first."
                )
            if replacement is not None:
                await tx.retry_policies.replace(name, replacement)
            await tx.retry_policies.remove(name)

    async def simulate(self, name: str, failures: Failures) -> Simulation:
        """What a policy would have done with the last failures; raises NotFound."""
        async with self._db.reading() as tx:
            policy = (await tx.retry_policies.get(name)).policy
            runs = await tx.failed_runs.last(failures.criteria, failures.errors, failures.limit)
        return await _simulated(policy, runs, policy.name, policy.version)

    async def simulate_rules(self, rules: Sequence[RetryRule], failures: Failures) -> Simulation:
        """The same for rules that are stored nowhere.

        Raises:
            InvalidRequest: A rule names an error that there is not.
        """
        async with self._db.reading() as tx:
            await check_errors(tx, rules)
            runs = await tx.failed_runs.last(failures.criteria, failures.errors, failures.limit)
        return await _simulated(RetryPolicy(NOT_STORED, 0, rules), runs)


def _definition(rules: Sequence[RetryRule], limits: Limits) -> Document:
    stored = {name: limit.model_dump(mode="json") for name, limit in limits._asdict().items() if limit is not None}
    return {"rules": [rule_document(rule) for rule in rules], **stored}


async def check_errors(tx: Transaction, rules: Sequence[RetryRule]) -> None:
    """Raise InvalidRequest when a rule names an error that there is not."""
    unknown = await tx.retry_policies.unknown_errors({name for rule in rules for name in rule.errors})
    for index, rule in enumerate(rules):
        for place, name in enumerate(rule.errors):
            if name in unknown:
                why = f"there is no error '{name}': it is neither builtin nor declared by a manifest."
                raise InvalidRequest(f"rules[{index}].errors[{place}]: {why}")


async def _simulated(
    policy: RetryPolicy, runs: Sequence[FailedRun], name: str | None = None, version: int | None = None
) -> Simulation:
    # Of ten thousand failures and a hundred rules, the event loop would notice.
    decisions = await asyncio.to_thread(simulate, policy, runs)
    return Simulation(name, version, len(runs), sum(decision.differs for decision in decisions), decisions)

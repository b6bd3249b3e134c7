"""Retry policies as they are stored and shown, and failures that policies are tried on; see `records` for the conventions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from jobsvc.domain.jobs import JobState
from jobsvc.domain.retries import is_tried_by_default
from jobsvc.domain.retry_decisions import LastTry, RetryDecision, RetryPolicy, Situation, decide
from jobsvc.domain.retry_limits import NO_LIMITS, BreakerState, Limits
from jobsvc.domain.retry_policies import Failure, RetryRule, TypeRetries

SAMPLES = 5
"""Failures that are shown of those that were decided alike."""


class AttachedType(NamedTuple):
    """A job type that names a policy."""

    name: str
    version: str


class BreakerRecord(NamedTuple):
    """What the breaker of a job type does since when; `error` is the one that it is, or was last, open for."""

    state: BreakerState
    since: datetime | None
    error: str | None


class PolicyType(NamedTuple):
    """A job type that names a policy, and what becomes of its retries: `held` wait for budget or breaker, 10,000 at most."""

    name: str
    version: str
    held: int
    breaker: BreakerRecord


class TypeLimits(NamedTuple):
    """What limits the retries of a job type, by the policy that it names; `budget` and `breaker` are documents.

    `held` of its retries wait for them, 10,000 at most; `breaker_state` is what the breaker does.
    """

    policy: str
    version: int
    budget: dict[str, Any] | None
    breaker: dict[str, Any] | None
    held: int
    breaker_state: BreakerRecord


class RetryPolicyItem(NamedTuple):
    """A policy with the job types that name it; `rules`, `budget` and `breaker` are documents."""

    id: int
    name: str
    description: str
    version: int
    rules: list[dict[str, Any]]
    budget: dict[str, Any] | None
    breaker: dict[str, Any] | None
    created: datetime
    last_modified: datetime
    job_types: Sequence[PolicyType]

    @property
    def policy(self) -> RetryPolicy:
        """What decides."""
        return policy_of(self.name, self.version, self.rules)


def policy_of(name: str, version: int, rules: Sequence[dict[str, Any]], limits: Limits = NO_LIMITS) -> RetryPolicy:
    """A policy out of its stored rules."""
    return RetryPolicy(name, version, [RetryRule.model_validate(rule) for rule in rules], limits)


def rule_document(rule: RetryRule) -> dict[str, Any]:
    """A rule as it is stored: its members but those that say nothing."""
    return rule.model_dump(mode="json", exclude_none=True)


class FailedRun(NamedTuple):
    """An execution that failed, with what a policy looks at; `was_retried` says whether its job was tried after it."""

    execution_id: int
    job_id: int
    exe_num: int
    job_type: AttachedType
    failure: Failure
    job: JobState
    last: LastTry
    limits: TypeRetries
    should_be_retried: bool
    was_retried: bool


class Sample(NamedTuple):
    """What would have become of a failure."""

    run: FailedRun
    decision: RetryDecision


@dataclass(frozen=True, slots=True)
class DecisionCount:
    """How many failures a rule would have decided, by what it decided; `differs` of them went otherwise."""

    rule: int | None
    is_retried: bool
    count: int
    differs: int
    samples: list[Sample]


def simulate(policy: RetryPolicy, runs: Sequence[FailedRun]) -> list[DecisionCount]:
    """What a policy would have done with failures, by rule; the default's come last."""
    groups: dict[tuple[int | None, bool], list[Sample]] = {}
    for run in runs:
        by_default = is_tried_by_default(run.job, should_be_retried=run.should_be_retried)
        decision = decide(policy, run.failure, Situation(run.job, run.last, run.limits, by_default))
        groups.setdefault((decision.rule, decision.is_retried), []).append(Sample(run, decision))
    ordered = sorted(groups.items(), key=lambda item: (item[0][0] is None, item[0][0] or 0, not item[0][1]))
    return [_counted(rule, samples, is_retried=is_retried) for (rule, is_retried), samples in ordered]


def _counted(rule: int | None, samples: list[Sample], *, is_retried: bool) -> DecisionCount:
    others = [sample for sample in samples if sample.run.was_retried != is_retried]
    same = [sample for sample in samples if sample.run.was_retried == is_retried]
    return DecisionCount(rule, is_retried, len(samples), len(others), (others + same)[:SAMPLES])

"""What a retry policy decides of a failure: a function of the policy, the failure and what is known of the job."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from jobsvc.domain.jobs import JobState
from jobsvc.domain.retries import tries_over
from jobsvc.domain.retry_limits import NO_LIMITS, Limits
from jobsvc.domain.retry_policies import Failure, Growth, RetryAction, RetryRule, TypeRetries, matches

MOST_DOUBLINGS = 64
"""Of a wait: beyond that it is longer than any limit, and soon than any number."""


@dataclass(frozen=True)
class RetryPolicy:
    """A policy in one of its versions."""

    name: str
    version: int
    rules: Sequence[RetryRule]
    limits: Limits = NO_LIMITS

    @property
    def has_limits(self) -> bool:
        """Whether retries are held until they may go on."""
        return self.limits != NO_LIMITS


class LastTry(NamedTuple):
    """What the execution had that failed: MiB of memory (0: not known), seconds (None: no limit), and its node."""

    memory: float
    timeout: int | None
    node_id: int | None


class RetryDecision(NamedTuple):
    """What becomes of the job, and why; `rule` is the number of the rule that decided, from 1 on, None for the default.

    Where it is tried again: after `delay` (None: as long as without a policy), with so much memory and time.
    """

    is_retried: bool
    reason: str
    rule: int | None = None
    delay: timedelta | None = None
    memory: float = 0.0
    timeout: int | None = None
    avoids_node: bool = False


class Situation(NamedTuple):
    """What a decision depends on beside the failure; `by_default` says what becomes of the job without a policy.

    `chance` is from 0 to 1.
    """

    job: JobState
    last: LastTry
    limits: TypeRetries
    by_default: bool
    chance: float = 0.0


def decide(policy: RetryPolicy, failure: Failure, situation: Situation) -> RetryDecision:
    """What becomes of a job after a failure."""
    if situation.job.is_superseded:
        return RetryDecision(is_retried=False, reason="It is superseded.")
    for number, rule in enumerate(policy.rules, start=1):
        if matches(rule, failure):
            return _by_rule(f"Rule {number} of the policy {policy.name}", number, rule, situation)
    result = "tried" if situation.by_default else "not tried"
    reason = f"No rule of the policy {policy.name} fits, so it is {result} again as without one."
    last = situation.last
    return RetryDecision(situation.by_default, reason, memory=last.memory, timeout=last.timeout)


def _by_rule(name: str, number: int, rule: RetryRule, situation: Situation) -> RetryDecision:
    job, last, limits = situation.job, situation.last, situation.limits
    if rule.action is RetryAction.FAIL:
        return RetryDecision(is_retried=False, reason=f"{name}: it is not tried again.", rule=number)
    if not _has_tries(rule, job):
        tries = job.max_tries if rule.max_tries is None else rule.max_tries
        return RetryDecision(is_retried=False, reason=f"{name}: all {tries} tries are used.", rule=number)
    memory = _grown(last.memory, rule.memory, limits.max_memory)
    timeout = last.timeout if last.timeout is None else int(_grown(last.timeout, rule.timeout, limits.max_timeout))
    return RetryDecision(
        is_retried=True,
        reason=f"{name}: it is tried again{_with(rule, last, memory, timeout)}.",
        rule=number,
        delay=_delay(rule, tries_over(job), situation.chance),
        memory=memory,
        timeout=timeout,
        avoids_node=rule.another_node,
    )


def _has_tries(rule: RetryRule, job: JobState) -> bool:
    if rule.max_tries is not None:
        return tries_over(job) < rule.max_tries
    return job.is_endless or job.num_exes < job.max_tries


def _delay(rule: RetryRule, tries: int, chance: float) -> timedelta | None:
    if rule.delay_seconds is None:
        return None
    wait = rule.delay_seconds * rule.backoff ** min(tries - 1, MOST_DOUBLINGS)
    return timedelta(seconds=min(wait, rule.max_delay_seconds) * (1 + rule.jitter * chance))


def _grown(amount: float, growth: Growth | None, limit: float | None) -> float:
    """More by the factor, up to the limits of the rule and of the job type, and never less than there was."""
    if growth is None:
        return amount
    most = growth.max if limit is None else min(growth.max, limit)
    return max(amount, min(float(math.ceil(amount * growth.factor)), most))


def _with(rule: RetryRule, last: LastTry, memory: float, timeout: int | None) -> str:
    parts = [
        f"with {memory:g} MiB of memory" if memory > last.memory else "",
        f"with {timeout} s" if timeout != last.timeout else "",
        "on another node" if rule.another_node else "",
    ]
    return "".join(f", {part}" for part in parts if part)

"""What the retry policies of job types make of the ends of executions."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobsvc.db.database import Transaction
from jobsvc.db.retry_policies import PolicyFacts
from jobsvc.domain.jobs import JobState
from jobsvc.domain.outcome import Failed, HandedBack, Lost, Outcome
from jobsvc.domain.records import Document, ErrorRef
from jobsvc.domain.retries import is_tried_by_default
from jobsvc.domain.retry_decisions import RetryDecision, Situation, decide
from jobsvc.domain.retry_policies import failure_of
from jobsvc.domain.transitions import RetryNeeds


@dataclass(frozen=True)
class Verdict:
    """What a policy has decided of a failure."""

    policy: PolicyFacts
    decision: RetryDecision


async def policies_of(tx: Transaction, ended: Sequence[tuple[int, Outcome]]) -> Mapping[int, PolicyFacts]:
    """The policies of executions that ended in a way after which their jobs may be queued again, by execution."""
    ids = [execution_id for execution_id, outcome in ended if isinstance(outcome, Failed | Lost | HandedBack)]
    return await tx.retry_policies.of_executions(ids) if ids else {}


def judge(policy: PolicyFacts | None, outcome: Outcome, job: JobState, error: ErrorRef | None) -> Verdict | None:
    """What a policy decides; None when there is none, or nothing failed."""
    if policy is None or not isinstance(outcome, Failed | Lost):
        return None
    by_default = is_tried_by_default(job, should_be_retried=is_retried_error(error))
    chance = random.random()  # noqa: S311 - no secret
    failure = failure_of(outcome, error.category if error else None)
    return Verdict(policy, decide(policy.policy, failure, Situation(job, policy.last, policy.limits, by_default, chance)))


def is_retried_error(error: ErrorRef | None) -> bool:
    """Whether jobs with such an error are tried again by default."""
    return error is not None and error.should_be_retried


def is_limited(verdict: Verdict | None) -> bool:
    """Whether the next try waits until the limits of its type let it go on."""
    return verdict is not None and verdict.policy.policy.has_limits


def needs_of(policy: PolicyFacts, verdict: Verdict | None) -> RetryNeeds:
    """What the next try gets: after a worker that had to stop, what this one had."""
    if verdict is None:
        return RetryNeeds(policy.last.memory, policy.last.timeout)
    decision = verdict.decision
    return RetryNeeds(decision.memory, decision.timeout, policy.last.node_id if decision.avoids_node else None)


def noted(verdict: Verdict | None) -> Document:
    """What is written down of a decision with the execution: the policy may be another one when somebody asks for it."""
    if verdict is None:
        return {}
    policy, decision = verdict.policy.policy, verdict.decision
    said = {"is_retried": decision.is_retried, "rule": decision.rule, "reason": decision.reason}
    return {"retry": {"policy": policy.name, "version": policy.version, **said}}

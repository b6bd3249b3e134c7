"""Retry policies, and what they would have done."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Moment, Text, Texts, read_int
from jobsvc.api.models import ApiModel, Computed, Document, PageOf, Source
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.outcome import Cause
from jobsvc.domain.retry_limits import BreakerState, RetryBreaker, RetryBudget
from jobsvc.domain.retry_policies import MOST_RULES, RetryAction, RetryRule
from jobsvc.domain.retry_records import RetryPolicyItem, TypeLimits, rule_document
from jobsvc.domain.status import ErrorCategory

MOST_FAILURES = 10_000
Limit = Annotated[int, Field(ge=1, le=MOST_FAILURES), BeforeValidator(read_int)]
Rules = Annotated[list[RetryRule], Field(max_length=MOST_RULES, description="The rules: the first one that fits decides.")]


def _rules(item: RetryPolicyItem) -> list[Document]:
    """The rules with their members in one sequence, which the database does not keep."""
    return [rule_document(rule) for rule in item.policy.rules]


def _budget(item: RetryPolicyItem | TypeLimits) -> Document | None:
    return None if item.budget is None else RetryBudget.model_validate(item.budget).model_dump(mode="json")


def _breaker(item: RetryPolicyItem | TypeLimits) -> Document | None:
    return None if item.breaker is None else RetryBreaker.model_validate(item.breaker).model_dump(mode="json")


class RetryGrowth(ApiModel):
    """More with each try."""

    factor: float = Field(description="How many times as much as the try that failed had.")
    max: float = Field(description="At most so much: MiB of memory, or seconds.")


class ExitCodeRange(ApiModel):
    """All exit codes from the first to the last."""

    first: int = Field(description="The lowest one.")
    last: int = Field(description="The highest one.")


class StoredRetryRule(ApiModel):
    """What becomes of failures of a kind: of those that meet all conditions. An empty one is met by all."""

    errors: list[str] = Field(description="Names of errors.")
    categories: list[ErrorCategory] = Field(description="Categories of errors.")
    exit_codes: list[int] = Field(description="Exit codes of the command.")
    exit_code_ranges: list[ExitCodeRange] = Field(description="Ranges of exit codes; one of them, or one of `exit_codes`.")
    signals: list[int] = Field(description="Signals that ended the command, by number.")
    causes: list[Cause] = Field(description="What the engine says: `oom`, `evicted`, …")
    action: RetryAction = Field(description="Whether the job is tried again, or fails for good.")
    max_tries: int | None = Field(None, description="How many tries there are in all; absent: the job's own number.")
    delay_seconds: float | None = Field(None, description="How long the next try waits; absent: as without a policy.")
    backoff: float = Field(description="How many times as long each further try waits.")
    max_delay_seconds: float = Field(description="No try waits longer, but for what chance adds.")
    jitter: float = Field(description="By how much of itself chance makes a wait longer, at most.")
    memory: RetryGrowth | None = Field(None, description="More memory for the next try.")
    timeout: RetryGrowth | None = Field(None, description="More time for the next try.")
    another_node: bool = Field(description="Not on the node of the try that failed, while there is another one.")


class StoredRetryBudget(ApiModel):
    """How many retries of a job type go on within a time; what exceeds it waits."""

    share: float = Field(description="At most such a share of the starts of the type, retries among them.")
    window_seconds: int = Field(description="Within so many seconds.")
    at_least: int = Field(description="So many always do, however few starts there are.")


class StoredRetryBreaker(ApiModel):
    """When no retries of a job type go on: while most of its executions end with one and the same error."""

    share: float = Field(description="It opens when such a share of the executions that ended had the same error.")
    window_seconds: int = Field(description="Of those that ended within so many seconds, the last 1,000 at most.")
    min_failures: int = Field(description="It does not open for fewer failures.")
    open_seconds: int = Field(description="How long it is open before some executions are looked at again.")
    probes: int = Field(description="How many retries go on then, and how many ends decide whether it closes.")


class RetryBreakerState(ApiModel):
    """What the breaker of a job type does."""

    state: BreakerState = Field(description="Whether it holds retries back (`open`), or lets a few go on (`half-open`).")
    since: datetime | None = Field(description="Since when; null: always.")
    error: str | None = Field(description="The error that it is, or was last, open for.")


class NamedJobType(ApiModel):
    """A job type by its name and version."""

    name: str = Field(description="The stable name of the job type.")
    version: str = Field(description="The version of the job type.")


class PolicyJobType(ApiModel):
    """A job type that names a policy, and what becomes of its retries."""

    name: str = Field(description="The stable name of the job type.")
    version: str = Field(description="The version of the job type.")
    held: int = Field(description="How many of its retries wait for budget or breaker, or for their time before; 10,000 at most.")
    breaker: RetryBreakerState = Field(description="What its breaker does; it is closed where the policy has none.")


class JobTypeRetryLimits(ApiModel):
    """What limits the retries of a job type."""

    policy: str = Field(description="The policy that it names.")
    version: int = Field(description="How often the rules of that were another set, from 1 on.")
    budget: Annotated[StoredRetryBudget | None, Computed(_budget, is_json=True)] = Field(
        description="How many retries go on; null: any number."
    )
    breaker: Annotated[StoredRetryBreaker | None, Computed(_breaker, is_json=True)] = Field(
        description="When none go on; null: never."
    )
    held: int = Field(description="How many retries wait for budget or breaker, or for their time before; 10,000 at most.")
    breaker_state: RetryBreakerState = Field(description="What the breaker does; it is closed where the policy has none.")


class RetryPolicy(ApiModel):
    """What becomes of jobs that fail."""

    name: str = Field(description="The name by which job types name it.")
    description: str = Field(description="What it is for.")
    version: int = Field(description="How often its rules were another set, from 1 on.")
    rules: Annotated[list[StoredRetryRule], Computed(_rules, is_json=True)] = Field(
        description="The rules: the first one that fits decides; without one, what holds without a policy."
    )
    budget: Annotated[StoredRetryBudget | None, Computed(_budget, is_json=True)] = Field(
        description="How many retries go on; null: any number."
    )
    breaker: Annotated[StoredRetryBreaker | None, Computed(_breaker, is_json=True)] = Field(
        description="When none go on; null: never."
    )
    created: datetime = Field(description="When it was made.")
    last_modified: datetime = Field(description="When it was last changed.")
    job_types: list[PolicyJobType] = Field(description="The job types that name it.")


class RetryPolicyPage(PageOf[RetryPolicy]):
    """A page of policies."""


class RetryPolicySet(StrictRequestBody):
    """A policy as a whole: what is left out is empty."""

    description: Text = Field("", description="What it is for.", max_length=1000)
    rules: Rules
    budget: RetryBudget | None = Field(None, description="How many retries of a job type go on; null: any number.")
    breaker: RetryBreaker | None = Field(None, description="When no retries of a job type go on; null: always some do.")


class SimulatePolicy(StrictRequestBody):
    """Which failures a policy is tried on: the last ones that meet all conditions."""

    is_required: ClassVar[bool] = False

    limit: Limit = Field(1000, description="At most so many failures.")
    job_type_names: Texts | None = Field(None, description="Only failures of jobs of these types.")
    errors: Texts | None = Field(None, description="Only failures with these errors.")
    started: Moment | None = Field(None, description="Only failures from then on.")
    ended: Moment | None = Field(None, description="Only failures up to then.")

    @property
    def criteria(self) -> ExecutionFilter:
        """The conditions on executions."""
        names = None if self.job_type_names is None else frozenset(self.job_type_names)
        return ExecutionFilter(started=self.started, ended=self.ended, job_type_names=names)


class SimulateRules(SimulatePolicy):
    """Rules that are stored nowhere, and the failures that they are tried on."""

    is_required: ClassVar[bool] = True

    rules: Rules


class RetrySample(ApiModel, columns="run"):
    """A failure, and what would have become of it."""

    job_id: int = Field(description="The job.")
    exe_num: int = Field(description="The number of its execution that failed.")
    job_type: Annotated[NamedJobType, Source("run.job_type")] = Field(description="The job's type.")
    error: Annotated[str | None, Source("run.failure.error")] = Field(description="The name of the error.")
    exit_code: Annotated[int | None, Source("run.failure.exit_code")] = Field(description="The exit code of the command.")
    cause: Annotated[Cause | None, Source("run.failure.cause")] = Field(description="What the engine said.")
    was_retried: bool = Field(description="Whether the job had another try, by itself or because somebody requeued it.")
    reason: Annotated[str, Source("decision.reason")] = Field(description="Why it would have been tried again, or not.")
    delay_seconds: Annotated[
        float | None, Computed(lambda sample: sample.decision.delay and sample.decision.delay.total_seconds())
    ] = Field(description="How long the try would have waited, without what chance adds; null: as without a policy.")


class RetryDecision(ApiModel):
    """The failures that a rule would have decided in one way."""

    rule: int | None = Field(description="The number of the rule, from 1 on; null: none fits, so the default decides.")
    is_retried: bool = Field(description="Whether the jobs would have been tried again.")
    count: int = Field(description="How many failures.")
    differs: int = Field(description="Of how many the opposite happened.")
    samples: list[RetrySample] = Field(description="Some of them, first those of which the opposite happened.")


class RetrySimulation(ApiModel):
    """What a policy would have done."""

    policy: str | None = Field(description="The policy; null of rules that are stored nowhere.")
    version: int | None = Field(description="Its version.")
    failures: int = Field(description="How many failures were looked at.")
    differs: int = Field(description="Of how many it would have decided otherwise than it happened.")
    decisions: list[RetryDecision] = Field(description="What it would have decided, by rule.")

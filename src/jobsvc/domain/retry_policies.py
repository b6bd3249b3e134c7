"""Retry policies: ordered rules that say what becomes of a job whose execution failed (docs/guide/retries.md).

The first rule that fits decides; where none does, what holds without a policy. Nothing in here reads or writes anything.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from signal import Signals
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from jobsvc.domain import builtin_errors as builtin
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.outcome import Cause, Failed, Lost
from jobsvc.domain.status import ErrorCategory
from jobsvc.domain.validation import StrictModel

MOST_RULES = 100
MOST_VALUES = 200
MONTH = 30 * 86_400
MOST_MIB = 2**40
MOST_SECONDS = 2**31 - 1
HIGHEST_EXIT_CODE = 255
SIGNALLED, HIGHEST_SIGNAL = 128, 64
"""A command that a signal ends has the exit code 128 and the number of the signal."""
RESERVED = frozenset({"simulate"})
"""What stands in paths where names do."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_CAUSES = {
    builtin.TIMEOUT: Cause.TIMEOUT,
    builtin.SYSTEM_TIMEOUT: Cause.TIMEOUT,
    builtin.NODE_LOST: Cause.NODE_LOST,
    builtin.PULL: Cause.IMAGE,
    builtin.PULL_TIMEOUT: Cause.IMAGE,
    builtin.RESOURCE_STARVATION: Cause.UNSCHEDULABLE,
    builtin.TASK_LAUNCH: Cause.START_ERROR,
    builtin.DOCKER_TASK_LAUNCH: Cause.START_ERROR,
    builtin.LAUNCH_TIMEOUT: Cause.START_ERROR,
    builtin.DOCKER_TERMINATED: Cause.KILLED,
}
"""The cause that an error stands for, where no engine says one."""


class RetryAction(StrEnum):
    """What a rule does."""

    RETRY = "retry"
    FAIL = "fail"


def _signal(value: object) -> object:
    """The number of a signal that is called by its name."""
    return int(Signals[value]) if isinstance(value, str) and value in Signals.__members__ else value


ExitCode = Annotated[int, Field(strict=True, ge=1, le=HIGHEST_EXIT_CODE)]
SignalNumber = Annotated[int, Field(strict=True, ge=1, le=HIGHEST_SIGNAL), BeforeValidator(_signal)]


ErrorName = Annotated[str, Field(pattern=r"^[^\x00]+$")]


class ExitCodes(StrictModel):
    """All exit codes from the first to the last."""

    first: ExitCode = Field(description="The lowest one.")
    last: ExitCode = Field(description="The highest one.")

    @model_validator(mode="after")
    def _has_some(self) -> Self:
        if self.first > self.last:
            raise ValueError("the first exit code must not be higher than the last")
        return self


class Growth(StrictModel):
    """More with each try."""

    factor: float = Field(gt=1, le=100, description="How many times as much as the try that failed had.")
    max: float = Field(gt=0, le=MOST_MIB, description="At most so much: MiB of memory, or seconds.")


class RetryRule(StrictModel):
    """What becomes of failures of a kind: of those that meet all conditions; one that names several values is met by any."""

    errors: tuple[ErrorName, ...] = Field((), max_length=MOST_VALUES, description="Names of errors.")
    categories: tuple[ErrorCategory, ...] = Field((), max_length=3, description="Categories of errors.")
    exit_codes: tuple[ExitCode, ...] = Field((), max_length=MOST_VALUES, description="Exit codes of the command.")
    exit_code_ranges: tuple[ExitCodes, ...] = Field(
        (), max_length=MOST_VALUES, description="Ranges of exit codes; one of them, or one of `exit_codes`."
    )
    signals: tuple[SignalNumber, ...] = Field(
        (), max_length=MOST_VALUES, description="Signals that ended the command, by number; a name is read, too."
    )
    causes: tuple[Cause, ...] = Field((), max_length=len(Cause), description="What the engine says: `oom`, `evicted`, …")
    action: RetryAction = Field(RetryAction.RETRY, description="Whether the job is tried again, or fails for good.")
    max_tries: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = Field(
        None, description="How many tries there are in all since it was queued or requeued; null: the job's own number."
    )
    delay_seconds: float | None = Field(
        None, ge=0, le=MONTH, description="How long the next try waits; null: as long as without a policy."
    )
    backoff: float = Field(1, ge=1, le=100, description="How many times as long each further try waits.")
    max_delay_seconds: float = Field(86_400, ge=0, le=MONTH, description="No try waits longer, but for what chance adds.")
    jitter: float = Field(0, ge=0, le=1, description="By how much of itself chance makes a wait longer, at most.")
    memory: Growth | None = Field(None, description="More memory for the next try.")
    timeout: Growth | None = Field(None, description="More time for the next try.")
    another_node: bool = Field(
        default=False, strict=True, description="Not on the node of the try that failed, while there is another one."
    )


class RetryDefinition(StrictModel):
    """The rules of a policy: the first one that fits decides."""

    rules: tuple[RetryRule, ...] = Field((), max_length=MOST_RULES)


class TypeRetries(StrictModel):
    """What a job type says of retries: a policy by its name, and the most that policies may give to its jobs."""

    policy: str | None = Field(None, description="The name of a retry policy; absent: the default decides.")
    max_memory: float | None = Field(
        None, gt=0, le=MOST_MIB, description="The most memory, in MiB, that a policy may give to a job of the type."
    )
    max_timeout: Annotated[int, Field(strict=True, ge=1, le=MOST_SECONDS)] | None = Field(
        None, description="The most seconds that a policy may give to a job of the type."
    )


def policy_named(configuration: Mapping[str, Any]) -> str | None:
    """The policy that the configuration of a job type names."""
    name = (configuration.get("retries") or {}).get("policy")
    return str(name) if name else None


class Failure(NamedTuple):
    """How an execution failed, as rules look at it; None is what is not known."""

    error: str | None
    category: str | None
    exit_code: int | None = None
    cause: Cause | None = None

    @property
    def signal(self) -> int | None:
        """The number of the signal that ended the command."""
        number = (self.exit_code or 0) - SIGNALLED
        return number if 0 < number <= HIGHEST_SIGNAL else None


def failure_of(outcome: Failed | Lost, category: str | None) -> Failure:
    """The failure that an outcome is; `category` is that of its error."""
    if isinstance(outcome, Lost):
        return Failure(builtin.NODE_LOST, category, None, Cause.NODE_LOST)
    return Failure(
        outcome.error_name, category, outcome.exit_code, cause_of(outcome.error_name, outcome.exit_code, outcome.cause)
    )


def cause_of(error: str | None, exit_code: int | None, noted: str | None) -> Cause | None:
    """The cause of a failure: what its engine has noted, or what its error and its exit code let think."""
    if noted in set(Cause):
        return Cause(noted)
    return _CAUSES.get(error or "", Cause.EXIT if exit_code else None)


def matches(rule: RetryRule, failure: Failure) -> bool:
    """Whether a rule is about a failure: one without conditions is about all."""
    code = failure.exit_code
    return (
        (not rule.errors or failure.error in rule.errors)
        and (not rule.categories or failure.category in rule.categories)
        and (not (rule.exit_codes or rule.exit_code_ranges) or (code is not None and _has_code(rule, code)))
        and (not rule.signals or failure.signal in rule.signals)
        and (not rule.causes or failure.cause in rule.causes)
    )


def _has_code(rule: RetryRule, code: int) -> bool:
    return code in rule.exit_codes or any(codes.first <= code <= codes.last for codes in rule.exit_code_ranges)


def check_name(name: str) -> str:
    """The name of a policy.

    Raises:
        InvalidRequest: No policy can be called like this.
    """
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise InvalidRequest(
            "name: must have 1 to 63 lower case letters, digits, '.', '_' and '-', begin with a letter or digit, and not be "
            f"{' or '.join(sorted(RESERVED))}"
        )
    return name

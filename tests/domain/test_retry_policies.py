"""What retry policies decide: a table of rules and failures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.jobs import JobState
from jobsvc.domain.outcome import Cause, Failed, Lost
from jobsvc.domain.retry_decisions import LastTry, RetryDecision, RetryPolicy, Situation, decide
from jobsvc.domain.retry_policies import Failure, RetryRule, TypeRetries, check_name, failure_of, matches, policy_named
from jobsvc.domain.retry_records import (
    AttachedType,
    DecisionCount,
    FailedRun,
    RetryPolicyItem,
    policy_of,
    rule_document,
    simulate,
)
from jobsvc.domain.status import JobStatus

OOM = Failure("algorithm-unknown", "ALGORITHM", 137, Cause.OOM)
FULL = Failure("filesystem-io", "SYSTEM")
JOB = JobState(1, JobStatus.RUNNING, num_exes=1, max_tries=3, type_max_tries=3, has_input=True, is_superseded=False)
LAST = LastTry(memory=128.0, timeout=60, node_id=7)
NO_LIMITS = TypeRetries()


def rule(**members: Any) -> RetryRule:
    return RetryRule.model_validate(members)


@pytest.mark.parametrize(
    ("members", "failure", "fits"),
    [
        ({}, OOM, True),
        ({"errors": ["filesystem-io", "unknown"]}, FULL, True),
        ({"errors": ["unknown"]}, FULL, False),
        ({"categories": ["SYSTEM"]}, FULL, True),
        ({"categories": ["DATA"]}, FULL, False),
        ({"exit_codes": [137]}, OOM, True),
        ({"exit_codes": [3], "exit_code_ranges": [{"first": 130, "last": 140}]}, OOM, True),
        ({"exit_codes": [3], "exit_code_ranges": [{"first": 138, "last": 140}]}, OOM, False),
        ({"exit_code_ranges": [{"first": 1, "last": 255}]}, FULL, False),
        ({"signals": ["SIGKILL"]}, OOM, True),
        ({"signals": [9]}, OOM, True),
        ({"signals": ["SIGTERM", 11]}, OOM, False),
        ({"signals": ["SIGKILL"]}, Failure("x", None, 127), False),
        ({"signals": ["SIGKILL"]}, Failure("x", None, 200), False),
        ({"causes": ["oom", "evicted"]}, OOM, True),
        ({"causes": ["evicted"]}, OOM, False),
        ({"causes": ["oom"], "exit_codes": [1]}, OOM, False),
        ({"causes": ["oom"], "exit_codes": [137], "categories": ["ALGORITHM"]}, OOM, True),
    ],
)
def test_a_rule_fits_what_meets_all_its_conditions(members: dict[str, Any], failure: Failure, fits: object) -> None:
    assert matches(rule(**members), failure) is fits


def decision(*rules: dict[str, Any], failure: Failure = OOM, **facts: Any) -> RetryDecision:
    """What these rules decide of job 1; the facts are those of the situation, or of the job."""
    situation = Situation(JOB, LAST, NO_LIMITS, by_default=False)
    known = {name: facts.pop(name) for name in Situation._fields if name in facts}
    situation = situation._replace(job=replace(JOB, **facts), **known)
    return decide(RetryPolicy("p", 1, [rule(**members) for members in rules]), failure, situation)


RETRY: dict[str, Any] = {"causes": ["oom"]}
FAIL: dict[str, Any] = {"action": "fail"}
USED: dict[str, Any] = {"num_exes": 3}


@pytest.mark.parametrize(
    ("rules", "facts", "expected"),
    [
        ([], {}, (False, None)),
        ([], {"by_default": True}, (True, None)),
        ([{"causes": ["image"]}], {"by_default": True}, (True, None)),
        ([RETRY], {}, (True, 1)),
        ([FAIL, RETRY], {"by_default": True}, (False, 1)),
        ([RETRY, FAIL], {"failure": FULL}, (False, 2)),
        # The number of tries is the upper limit, unless the rule has one of its own.
        ([RETRY], USED, (False, 1)),
        ([{"max_tries": 4}], USED, (True, 1)),
        ([{"max_tries": 3}], USED, (False, 1)),
        ([{"max_tries": 1}], {}, (False, 1)),
        # Three tries were over when a user requeued it.
        ([{"max_tries": 2}], {"num_exes": 4, "max_tries": 6}, (True, 1)),
        ([{"max_tries": 1}], {"num_exes": 4, "max_tries": 6}, (False, 1)),
        # What runs for ever has no number of tries, and a rule may end it.
        ([{}], {"is_endless": True, "num_exes": 500}, (True, 1)),
        ([FAIL], {"is_endless": True, "by_default": True}, (False, 1)),
        ([RETRY], {"is_superseded": True}, (False, None)),
    ],
)
def test_the_first_rule_that_fits_decides(rules: list[dict[str, Any]], facts: dict[str, Any], expected: object) -> None:
    result = decision(*rules, **facts)
    assert (result.is_retried, result.rule) == expected


def test_a_decision_says_why() -> None:
    more = {"memory": {"factor": 2, "max": 1000}, "timeout": {"factor": 3, "max": 1000}, "another_node": True}
    assert decision(more).reason == (
        "Rule 1 of the policy p: it is tried again, with 256 MiB of memory, with 180 s, on another node."
    )
    assert decision({}).reason == "Rule 1 of the policy p: it is tried again."
    assert decision(FAIL).reason == "Rule 1 of the policy p: it is not tried again."
    assert decision({}, **USED).reason == "Rule 1 of the policy p: all 3 tries are used."
    assert decision({"max_tries": 1}).reason == "Rule 1 of the policy p: all 1 tries are used."
    assert decision().reason == "No rule of the policy p fits, so it is not tried again as without one."
    assert decision(by_default=True).reason == "No rule of the policy p fits, so it is tried again as without one."


@pytest.mark.parametrize(
    ("growth", "limit", "memory"),
    [
        ({"factor": 2, "max": 1000}, None, 256),
        ({"factor": 1.5, "max": 1000}, None, 192),
        ({"factor": 1.001, "max": 1000}, None, 129),
        ({"factor": 100, "max": 1000}, None, 1000),
        ({"factor": 100, "max": 1000}, 500, 500),
        ({"factor": 100, "max": 500}, 1000, 500),
        # What it had already it keeps.
        ({"factor": 2, "max": 64}, None, 128),
        ({"factor": 2, "max": 1000}, 64, 128),
        (None, None, 128),
    ],
)
def test_memory_grows_up_to_the_limits(growth: object, limit: float | None, memory: float) -> None:
    assert decision({"memory": growth}, limits=TypeRetries(max_memory=limit)).memory == memory


def test_the_timeout_grows_in_the_same_way() -> None:
    members = {"timeout": {"factor": 2, "max": 10_000}}
    assert decision(members).timeout == 120
    assert decision(members, limits=TypeRetries(max_timeout=100)).timeout == 100
    assert decision(members, last=LAST._replace(timeout=None)).timeout is None
    assert decision(members).avoids_node is False


def test_a_default_keeps_what_the_try_before_had() -> None:
    result = decision(last=LastTry(512.0, 90, 1), by_default=True)
    assert (result.memory, result.timeout, result.delay, result.avoids_node) == (512.0, 90, None, False)


def seconds(tries: int, chance: float = 0.0, **members: Any) -> float:
    result = decision({"max_tries": 1000, **members}, num_exes=tries, max_tries=1000, type_max_tries=1000, chance=chance)
    assert result.delay is not None
    return result.delay.total_seconds()


def test_waits_grow_with_each_try_up_to_a_maximum() -> None:
    members = {"delay_seconds": 10, "backoff": 3, "max_delay_seconds": 100}
    assert [seconds(tries, **members) for tries in (1, 2, 3, 4, 999)] == [10, 30, 90, 100, 100]
    assert seconds(999, delay_seconds=0.5, backoff=100) == timedelta(days=1).total_seconds()
    assert [seconds(tries, delay_seconds=7) for tries in (1, 5)] == [7, 7]


def test_chance_makes_a_wait_longer_within_the_bounds() -> None:
    members = {"delay_seconds": 10, "backoff": 10, "max_delay_seconds": 50, "jitter": 0.5}
    assert [seconds(1, chance, **members) for chance in (0, 0.5, 1)] == [10, 12.5, 15]
    assert seconds(5, 1, **members) == 75


def test_without_a_delay_the_default_one_holds() -> None:
    assert decision({}).delay is None


@pytest.mark.parametrize(
    ("outcome", "failure"),
    [
        (Lost(), Failure("node-lost", "SYSTEM", None, Cause.NODE_LOST)),
        (Failed("timeout"), Failure("timeout", "SYSTEM", None, Cause.TIMEOUT)),
        (Failed("pull"), Failure("pull", "SYSTEM", None, Cause.IMAGE)),
        (Failed("bad", exit_code=3), Failure("bad", "SYSTEM", 3, Cause.EXIT)),
        (Failed("filesystem-io"), Failure("filesystem-io", "SYSTEM", None, None)),
        (Failed("algorithm-unknown", exit_code=137, cause=Cause.OOM), Failure("algorithm-unknown", "SYSTEM", 137, Cause.OOM)),
    ],
)
def test_an_outcome_is_a_failure_of_a_kind(outcome: Failed | Lost, failure: Failure) -> None:
    assert failure_of(outcome, "SYSTEM") == failure


@pytest.mark.parametrize(
    "members",
    [
        {"exit_codes": [0]},
        {"exit_codes": [256]},
        {"exit_code_ranges": [{"first": 9, "last": 3}]},
        {"exit_codes": ["3"]},
        {"exit_code_ranges": [{"first": 0, "last": 3}]},
        {"exit_codes": [True]},
        {"signals": ["SIGNONE"]},
        {"signals": [0]},
        {"signals": [65]},
        {"signals": [True]},
        {"signals": [{}]},
        {"categories": ["OTHER"]},
        {"causes": ["boredom"]},
        {"action": "wait"},
        {"max_tries": 0},
        {"delay_seconds": -1},
        {"delay_seconds": float("inf")},
        {"delay_seconds": float("nan")},
        {"backoff": 0.5},
        {"jitter": 2},
        {"memory": {"factor": 1, "max": 10}},
        {"memory": {"factor": 2}},
        {"memory": {"factor": 2, "max": 0}},
        {"another_node": "yes"},
        {"eror": ["x"]},
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_meant_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**members)


@pytest.mark.parametrize("name", ["", "Upper", "a b", "-x", "simulate", "x" * 64, "ä", "a\n"])
def test_a_name_is_refused_that_no_path_can_have(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^name: must have 1 to 63 lower case"):
        check_name(name)


def test_a_rule_is_stored_and_read_again() -> None:
    stored = rule(exit_code_ranges=[{"first": 64, "last": 78}], signals=[9], memory={"factor": 2, "max": 10}, errors=["x"])
    policy = policy_of(check_name("p-1.x_y"), 4, [rule_document(stored)])
    assert policy == RetryPolicy("p-1.x_y", 4, [stored])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert RetryPolicyItem(1, policy.name, "", 4, [rule_document(stored)], None, None, now, now, ()).policy == policy


@pytest.mark.parametrize("configuration", [{}, {"retries": None}, {"retries": {"policy": None}}])
def test_a_job_type_need_not_name_a_policy(configuration: dict[str, Any]) -> None:
    assert policy_named(configuration) is None
    assert policy_named({"retries": {"policy": "p"}}) == "p"


def failed(job_id: int, failure: Failure, *, was_retried: bool) -> FailedRun:
    kind = AttachedType("echo", "1")
    return FailedRun(job_id, job_id, 1, kind, failure, JOB, LAST, NO_LIMITS, should_be_retried=False, was_retried=was_retried)


def test_a_simulation_counts_by_rule_and_shows_first_what_differs() -> None:
    runs = [failed(number, OOM, was_retried=number < 7) for number in range(8)]
    runs.append(failed(9, FULL, was_retried=False))
    by_rule, by_default = simulate(RetryPolicy("p", 1, [rule(**RETRY)]), runs)
    assert (by_rule.rule, by_rule.is_retried, by_rule.count, by_rule.differs) == (1, True, 8, 1)
    assert [sample.run.job_id for sample in by_rule.samples] == [7, 0, 1, 2, 3]
    [sample] = by_default.samples
    assert by_default == DecisionCount(None, is_retried=False, count=1, differs=0, samples=[sample])

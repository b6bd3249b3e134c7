"""Retry policies at work: what becomes of executions that fail, on the real queue."""

from typing import Any

import pytest

from jobsvc.db.claims import Claim
from jobsvc.domain import transitions
from jobsvc.domain.errors import Conflict, InvalidRequest, NotFound
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.outcome import Cause, Failed, HandedBack, Lost, TaskTimes
from jobsvc.domain.records import JobDetails
from jobsvc.domain.retry_policies import RetryRule, TypeRetries
from jobsvc.services.job_types import JobTypeChange
from jobsvc.services.retry_policies import Failures
from tests.services.support import Station

OOM = Failed("algorithm-unknown", exit_code=137, cause=Cause.OOM)
MORE = {"causes": ["oom"], "memory": {"factor": 2, "max": 400}, "delay_seconds": 0}
NEXT_TRY = "SELECT row_to_json(q) FROM (SELECT exe_num, memory, timeout, avoided_node FROM queue) q"


async def policy(station: Station, *rules: dict[str, Any], name: str = "patient") -> None:
    await station.make.services.retry_policies.set(name, "", [RetryRule.model_validate(rule) for rule in rules])


async def running(station: Station, *rules: dict[str, Any], **retries: Any) -> Claim:
    """An execution of a type that names a policy of these rules."""
    await policy(station, *rules)
    configuration = {"retries": {"policy": "patient", **retries}}
    return await station.running(configuration=configuration, columns={"max_tries": 3})


async def details(station: Station, claim: Claim) -> JobDetails:
    return await station.make.services.jobs.get(claim.job_id)


async def test_a_job_that_ran_out_of_memory_gets_more_with_each_try(station: Station) -> None:
    claim = await running(station, MORE)
    memories = [(await station.execution(claim.execution_id))["resources"]["resources"]["mem"]]
    for _ in range(2):
        await station.finish(claim, OOM)
        claim = await station.claimed()
        memories.append((await station.execution(claim.execution_id))["resources"]["resources"]["mem"])
    assert memories == [128.0, 256.0, 400.0]
    shown = (await details(station, claim)).execution
    assert shown is not None
    assert shown.resources["resources"]["mem"] == 400.0
    await station.finish(claim, OOM)
    assert (await station.job(claim.job_id))[0] == "FAILED"
    retry = (await details(station, claim)).retry
    assert retry[:2] == (False, "Rule 1 of the policy patient: all 3 tries are used. Requeue it when the cause is gone.")
    assert (retry.policy, retry.rule) == ("patient", 1)


async def test_the_execution_says_what_was_decided(station: Station) -> None:
    claim = await running(station, MORE)
    await station.finish(claim, OOM)
    results = (await station.execution(claim.execution_id))["task_results"]
    reason = "Rule 1 of the policy patient: it is tried again, with 256 MiB of memory."
    assert results["retry"] == {"policy": "patient", "version": 1, "is_retried": True, "rule": 1, "reason": reason}
    assert results["tasks"][0]["cause"] == "oom"
    assert (await details(station, claim)).retry.reason == f"It waits for try 2 of at most 3. {reason}"


async def test_the_limits_of_the_job_type_hold(station: Station) -> None:
    rule = {"memory": {"factor": 8, "max": 9999}, "timeout": {"factor": 8, "max": 9999}}
    claim = await running(station, rule, max_memory=300, max_timeout=100)
    await station.finish(claim, OOM)
    assert await station.queue.execute(NEXT_TRY) == [{"exe_num": 2, "memory": 300, "timeout": 100, "avoided_node": None}]
    second = await station.claimed()
    assert (await station.execution(second.execution_id))["timeout"] == 100


async def test_a_requeue_by_a_user_begins_again_without_what_was_given(station: Station) -> None:
    claim = await running(station, MORE, {"action": "fail"})
    await station.finish(claim, OOM)
    await station.finish(await station.claimed(), Failed("unknown"))
    async with station.make.db.transaction() as tx:
        job = await tx.job_changes.lock(claim.job_id)
        change = transitions.requeue(job)
        assert isinstance(change, transitions.Enqueue)
        await tx.job_changes.enqueue([change], station.service._clock())
    assert await station.queue.execute(NEXT_TRY) == [{"exe_num": 3, "memory": 0, "timeout": 60, "avoided_node": None}]


async def test_a_worker_that_stops_leaves_what_was_given(station: Station) -> None:
    claim = await running(station, MORE)
    await station.finish(claim, OOM)
    await station.finish(await station.claimed(), HandedBack())
    assert [row["memory"] for row in await station.queue.execute(NEXT_TRY)] == [256]


async def test_another_rule_keeps_what_was_given(station: Station) -> None:
    claim = await running(station, MORE)
    await station.finish(claim, OOM)
    await station.finish(await station.claimed(), Failed("filesystem-io"))
    [waiting] = await station.queue.execute(NEXT_TRY)
    assert (waiting["exe_num"], waiting["memory"]) == (3, 256)


async def test_a_job_that_needs_more_than_a_node_has_waits(station: Station) -> None:
    claim = await running(station, MORE)
    await station.finish(claim, OOM)
    await station.queue.execute('UPDATE node SET resources = \'{"mem": 200, "cpus": 8, "disk": 9}\' RETURNING id')
    assert await station.service.claim(station.worker) == []
    await station.queue.execute('UPDATE node SET resources = \'{"mem": 256, "cpus": 8, "disk": 9}\' RETURNING id')
    assert (await station.claimed()).exe_num == 2


async def test_a_rule_may_say_no_to_what_is_tried_by_default(station: Station) -> None:
    claim = await running(station, {"errors": ["filesystem-io"], "action": "fail"})
    await station.finish(claim, Failed("filesystem-io"))
    assert await station.job(claim.job_id) == ("FAILED", 1, 3, "filesystem-io")


async def test_more_tries_than_the_job_has(station: Station) -> None:
    claim = await running(station, {"max_tries": 5, "delay_seconds": 0})
    for _ in range(4):
        await station.finish(claim, Failed("unknown"))
        claim = await station.claimed()
    await station.finish(claim, Failed("unknown"))
    assert await station.job(claim.job_id) == ("FAILED", 5, 3, "unknown")


@pytest.mark.parametrize("outcome", [Failed("node-lost"), Lost()])
async def test_the_wait_is_the_policys_and_within_the_bounds(station: Station, outcome: Failed | Lost) -> None:
    claim = await running(station, {"delay_seconds": 100, "jitter": 0.5})
    await station.finish(claim, outcome)
    [wait] = await station.queue.execute("SELECT extract(epoch FROM not_before - now())::float8 FROM queue")
    assert 95 < wait <= 150


async def test_another_node_while_there_is_one(station: Station) -> None:
    claim = await running(station, {"another_node": True, "delay_seconds": 0})
    await station.finish(claim, Failed("unknown"))
    async with station.make.db.transaction() as tx:
        other = await tx.nodes.ensure("other", {})
        await tx.nodes.register("second", other, pid=1, slots=1, now=station.service._clock(), engines=["subprocess"])
    assert await station.service.claim(station.worker) == []
    await station.queue.execute("UPDATE node SET is_paused = true WHERE hostname = 'other' RETURNING id")
    assert (await station.claimed()).exe_num == 2


async def test_a_cluster_is_told_where_the_last_try_failed(station: Station) -> None:
    claim = await running(station, {"another_node": True, "delay_seconds": 0})
    await station.finish(claim, Failed("unknown", TaskTimes(node="n7")))
    [claimed] = await station.service.claim(station.worker)
    assert claimed.planned
    assert claimed.planned.launch(claimed.claim).spec.avoided_node == "n7"
    # It was told once: a hand-back is no failure.
    await station.finish(claimed.claim, HandedBack())
    [claimed] = await station.service.claim(station.worker)
    assert claimed.planned
    assert claimed.planned.launch(claimed.claim).spec.avoided_node is None


async def test_nobody_waits_for_another_node_for_ever(station: Station) -> None:
    claim = await running(station, {"another_node": True, "delay_seconds": 0})
    async with station.make.db.transaction() as tx:
        other = await tx.nodes.ensure("other", {})
        await tx.nodes.register("second", other, pid=1, slots=1, now=station.service._clock(), engines=["subprocess"])
    await station.finish(claim, Failed("unknown"))
    assert await station.service.claim(station.worker) == []
    await station.queue.execute("UPDATE queue SET avoided_until = now() - interval '1 second' RETURNING id")
    assert (await station.claimed()).exe_num == 2


async def test_a_policy_that_is_changed_while_a_retry_waits_holds_for_the_next_failure(station: Station) -> None:
    claim = await running(station, MORE)
    await station.finish(claim, OOM)
    await policy(station, {"action": "fail"})
    await station.finish(await station.claimed(), OOM)
    assert (await station.job(claim.job_id))[0] == "FAILED"
    retry = (await details(station, claim)).retry
    assert (retry.rule, (await station.make.services.retry_policies.get("patient")).version) == (1, 2)


async def test_a_policy_goes_only_when_nobody_names_it(station: Station) -> None:
    claim = await running(station, MORE)
    policies = station.make.services.retry_policies
    with pytest.raises(Conflict, match=r"attached to echo 1.0.0: say which one comes in its place"):
        await policies.remove("patient")
    await policy(station, {"action": "fail"}, name="strict")
    await policies.remove("patient", "strict")
    await station.finish(claim, Failed("unknown"))
    assert (await station.job(claim.job_id))[0] == "FAILED"
    with pytest.raises(NotFound, match="Retry policy patient"):
        await policies.get("patient")


async def test_without_its_policy_the_default_holds_again(station: Station) -> None:
    claim = await running(station, {"action": "fail"})
    await station.make.services.job_types.change("echo", "1.0.0", JobTypeChange(retries=TypeRetries()))
    await station.make.services.retry_policies.remove("patient")
    await station.finish(claim, Failed("unknown"))
    assert await station.job(claim.job_id) == ("QUEUED", 2, 3, None)


async def test_what_is_not_there_is_named(station: Station) -> None:
    with pytest.raises(InvalidRequest, match=r"rules\[0\].errors\[1\]: there is no error 'nope'"):
        await policy(station, {"errors": ["unknown", "nope"]})
    with pytest.raises(InvalidRequest, match=r"retries\.policy: there is no retry policy 'none'"):
        await station.make.job_type(configuration={"retries": {"policy": "none"}})
    policies = station.make.services.retry_policies
    with pytest.raises(NotFound):
        await policies.remove("none", "other")
    with pytest.raises(InvalidRequest, match="replacement: must be another"):
        await policies.remove("none", "none")


async def test_a_simulation_changes_nothing_and_tells_what_would_have_been(station: Station) -> None:
    claim = await station.running(columns={"max_tries": 3})
    await station.finish(claim, OOM)
    await policy(station, MORE)
    failures = Failures(ExecutionFilter(job_type_names=frozenset({"echo"})), (), 10)
    result = await station.make.services.retry_policies.simulate("patient", failures)
    [decision] = result.decisions
    assert (result.policy, result.failures, result.differs) == ("patient", 1, 1)
    assert (decision.rule, decision.is_retried, decision.count, decision.differs) == (1, True, 1, 1)
    assert decision.samples[0].decision.memory == 256.0
    assert (await station.job(claim.job_id))[0] == "FAILED"
    rules = [RetryRule.model_validate({"errors": ["timeout"]})]
    [other] = (await station.make.services.retry_policies.simulate_rules(rules, failures)).decisions
    assert (other.rule, other.is_retried, other.differs) == (None, False, 0)
    none = Failures(ExecutionFilter(), ("timeout",), 10)
    assert (await station.make.services.retry_policies.simulate("patient", none)).decisions == []


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE retry_policy SET definition = \'{"rules": [{"no": 1}]}\' RETURNING id',
        "UPDATE job_type SET configuration = jsonb_set(configuration, '{retries,max_memory}', '\"all\"') RETURNING id",
    ],
)
async def test_rules_that_cannot_be_read_do_not_keep_an_execution_from_ending(station: Station, change: str) -> None:
    claim = await running(station, {"action": "fail"})
    await station.queue.execute(change)
    await station.finish(claim, Failed("unknown"))
    assert await station.job(claim.job_id) == ("QUEUED", 2, 3, None)

"""Retry policies over HTTP."""

from typing import Any

import pytest

from tests.factories import Factory
from tests.support import Client

PATH = "/v6/retry-policies/patient/"
RULE = {"causes": ["oom"], "memory": {"factor": 2, "max": 1000}}


async def put(client: Client, *rules: object, path: str = PATH) -> Any:
    return await client.request("PUT", path, json={"rules": list(rules)})


async def test_a_policy_is_made_changed_listed_and_deleted(client: Client) -> None:
    made = await put(client, RULE)
    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert made.headers["Location"].endswith(PATH)
    assert (await put(client, RULE)).json()["version"] == 1
    changed = await put(client, RULE, {"signals": ["SIGKILL"], "action": "fail"})
    assert (changed.status_code, changed.json()["version"], changed.json()["rules"][1]["signals"]) == (200, 2, [9])
    assert (await client.get(PATH)).json() == changed.json()
    assert (await client.get("/v6/retry-policies/")).json()["results"] == [changed.json()]
    assert (await client.request("DELETE", PATH)).status_code == 204
    assert (await client.get(PATH)).status_code == 404


async def test_events_tell_what_a_policy_was_and_became(client: Client) -> None:
    budget = {"share": 0.1, "window_seconds": 60, "at_least": 1}
    await client.request("PUT", PATH, json={"rules": [RULE], "budget": budget})
    await client.request("PUT", PATH, json={"rules": []})
    await client.request("DELETE", PATH)
    made, changed, deleted = (event["data"] for event in (await client.get("/v6/events/")).json()["results"])
    assert (made["budget"], made["breaker"], made["version"]) == (budget, None, 1)
    assert (changed["budget"], changed["budget_before"], changed["breaker_before"]) == (None, budget, None)
    assert (changed["rules"], changed["before"]) == ([], made["rules"])
    assert (deleted["name"], deleted["rules"], deleted["version"]) == ("patient", [], 2)


async def test_a_job_type_names_a_policy_and_keeps_it(client: Client, make: Factory) -> None:
    await make.job_type("echo", configuration={"priority": 50})
    await put(client, RULE)
    of_echo = "/v6/job-types/echo/1.0.0/"
    named = await client.request("PATCH", of_echo, json={"retries": {"policy": "patient", "max_memory": 512}})
    said = {"policy": "patient", "max_memory": 512.0, "max_timeout": None}
    assert (named.json()["configuration"]["retries"], named.json()["configuration"]["priority"]) == (said, 50)
    quiet = {"held": 0, "breaker": {"state": "closed", "since": None, "error": None}}
    limits = {"policy": "patient", "version": 1, "budget": None, "breaker": None, "held": 0, "breaker_state": quiet["breaker"]}
    assert (await client.get(of_echo)).json()["retry_limits"] == limits
    assert (await client.get(PATH)).json()["job_types"] == [{"name": "echo", "version": "1.0.0", **quiet}]
    refused = await client.request("DELETE", PATH)
    assert (refused.status_code, "attached to echo 1.0.0" in refused.json()["detail"]) == (409, True)
    assert "retries" not in (await client.request("PATCH", of_echo, json={"retries": None})).json()["configuration"]
    unknown = await client.request("PATCH", of_echo, json={"retries": {"policy": "none"}})
    assert (unknown.status_code, unknown.json()["detail"]) == (400, "retries.policy: there is no retry policy 'none'.")


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        ([{"errors": ["nope"]}], "rules[0].errors[0]"),
        ([{"errors": ["a\0b"]}], "rules[0].errors[0]"),
        ([{}, {"exit_codes": [256]}], "rules[1].exit_codes[0]"),
        ([{"exit_code_ranges": [{"first": 9, "last": 3}]}], "rules[0].exit_code_ranges[0]"),
        ([{"delay_seconds": 1e300}], "rules[0].delay_seconds"),
        ([{"delay_seconds": -1}], "rules[0].delay_seconds"),
        ([{"memory": {"factor": 2}}], "rules[0].memory.max"),
        ([{"when": "always"}], "rules[0].when"),
        ([[]], "rules[0]"),
        ([{}] * 101, "rules"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_rules_that_cannot_be_meant_are_refused_with_their_place(client: Client, rules: list[object], place: str) -> None:
    refused = await put(client, *rules)
    assert (refused.status_code, refused.json()["detail"].startswith(f"{place}: ")) == (400, True), refused.text
    assert (await client.post("/v6/retry-policies/simulate/", json={"rules": rules})).status_code == 400
    assert (await client.get(PATH)).status_code == 404


async def test_limits_that_are_no_objects_are_said_to_be_none(client: Client) -> None:
    refused = await client.request("PUT", PATH, json={"rules": [], "budget": []})
    assert (refused.status_code, refused.json()["detail"]) == (400, "budget: must be an object.")


@pytest.mark.parametrize("name", ["Upper", "a%20b", "a%00b", "x" * 64])
async def test_a_name_that_cannot_be_is_refused(client: Client, name: str) -> None:
    refused = await put(client, path=f"/v6/retry-policies/{name}/")
    assert (refused.status_code, refused.json()["detail"].startswith("name: ")) == (400, True)

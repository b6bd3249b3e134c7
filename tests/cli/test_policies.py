"""`jobsvc policies`."""

import json
from pathlib import Path

from .conftest import Cli

RULES = [
    {"causes": ["oom"], "memory": {"factor": 2, "max": 4096}, "delay_seconds": 10, "backoff": 2, "max_tries": 5},
    {"exit_codes": [3], "exit_code_ranges": [{"first": 64, "last": 78}], "action": "fail"},
    {"another_node": True},
]


def file_of(directory: Path, rules: object) -> Path:
    path = directory / "policy.json"
    path.write_text(json.dumps({"description": "More memory", "rules": rules}))
    return path


def test_a_policy_is_set_shown_listed_tried_and_deleted(cli: Cli, tmp_path: Path) -> None:
    file = file_of(tmp_path, RULES)
    shown = cli("policies", "set", "patient", "-f", file).out.splitlines()
    assert shown == [
        "patient, version 1, named by no job type",
        "1. causes oom: retry, after 10 s, x2 each time, at most 5 tries, memory x2 up to 4096",
        "2. exit_codes 3 and exit_code_ranges 64-78: fail",
        "3. any failure: retry, on another node",
    ]
    assert cli("policies", "show", "patient").out.splitlines() == shown
    assert cli("policies", "show", "patient", "--json").json()["rules"][0]["memory"] == {"factor": 2.0, "max": 4096.0}
    assert ["patient", "1", "3", "0", "More", "memory"] in [line.split() for line in cli("policies", "list").out.splitlines()]
    assert "failures" in cli("policies", "simulate", "patient", "--limit", 5).out
    assert cli("policies", "simulate", "-f", file, "--json").json()["policy"] is None
    assert cli("policies", "delete", "patient").out == "policy patient is deleted\n"
    assert "does not exist" in cli("policies", "show", "patient").err


def test_what_cannot_be_meant_is_refused_with_a_sentence(cli: Cli, tmp_path: Path) -> None:
    refused = cli("policies", "set", "patient", "-f", file_of(tmp_path, [{"errors": ["nope"]}]))
    assert (refused.code, "rules[0].errors[0]: there is no error 'nope'" in refused.err) == (2, True)
    assert cli("policies", "set", "patient").code == 2
    assert cli("policies", "simulate").code == 2

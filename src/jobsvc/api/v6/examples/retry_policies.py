"""Examples of retry policies."""

from typing import Any

from jobsvc.api.v6.examples.common import CREATED, MODIFIED, page

Json = dict[str, Any]

RULE: Json = {
    "errors": [],
    "categories": [],
    "exit_codes": [],
    "exit_code_ranges": [],
    "signals": [],
    "causes": ["oom"],
    "action": "retry",
    "max_tries": 5,
    "delay_seconds": 30.0,
    "backoff": 2.0,
    "max_delay_seconds": 900.0,
    "jitter": 0.25,
    "memory": {"factor": 2.0, "max": 16384.0},
    "another_node": False,
}
BUDGET: Json = {"share": 0.1, "window_seconds": 600, "at_least": 10}
BREAKER: Json = {"share": 0.5, "window_seconds": 300, "min_failures": 20, "open_seconds": 60, "probes": 3}
POLICY: Json = {
    "name": "patient",
    "description": "More memory for what ran out of it",
    "version": 1,
    "rules": [RULE],
    "budget": BUDGET,
    "breaker": BREAKER,
    "created": CREATED,
    "last_modified": MODIFIED,
    "job_types": [
        {
            "name": "scale-ingest",
            "version": "1.0.0",
            "held": 12,
            "breaker": {"state": "open", "since": MODIFIED, "error": "algorithm-unknown"},
        }
    ],
}
GIVEN: Json = {"causes": ["oom"], "max_tries": 5, "delay_seconds": 30, "backoff": 2, "memory": {"factor": 2, "max": 16384}}
SAMPLE: Json = {
    "job_id": 12,
    "exe_num": 1,
    "job_type": {"name": "scale-ingest", "version": "1.0.0"},
    "error": "algorithm-unknown",
    "exit_code": 137,
    "cause": "oom",
    "was_retried": False,
    "reason": "Rule 1 of the policy patient: it is tried again, with 2048 MiB of memory.",
    "delay_seconds": 30.0,
}
DECISION: Json = {"rule": 1, "is_retried": True, "count": 7, "differs": 7, "samples": [SAMPLE]}
SIMULATION: Json = {"policy": "patient", "version": 1, "failures": 7, "differs": 7, "decisions": [DECISION]}
TRIAL: Json = {"limit": 1000, "job_type_names": ["scale-ingest"]}
UNSAVED: Json = {**SIMULATION, "policy": None, "version": None}
EXAMPLES: dict[str, Json] = {
    "list_retry_policies": {"200": page(POLICY)},
    "get_retry_policy": {"200": POLICY},
    "set_retry_policy": {
        "request": {"description": POLICY["description"], "rules": [GIVEN], "budget": BUDGET, "breaker": BREAKER},
        "200": POLICY,
        "201": POLICY,
    },
    "simulate_retry_policy": {"request": TRIAL, "200": SIMULATION},
    "simulate_retry_rules": {"request": {**TRIAL, "rules": [GIVEN]}, "200": UNSAVED},
}

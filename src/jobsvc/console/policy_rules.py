"""Rules of retry policies as people write them into a form, and as a table shows them; the API judges what they say."""

from collections.abc import Callable, Mapping
from typing import Any

from jobsvc.console.pages import number_or_text

CONDITIONS = ("errors", "categories", "exit_codes", "exit_code_ranges", "signals", "causes")
CAUSES = ("oom", "timeout", "evicted", "node-lost", "image", "unschedulable", "start-error", "killed", "exit")
NUMBERS = (
    ("max_tries", "Tries at most", "the job's own"),
    ("delay_seconds", "Wait, seconds", "as without a policy"),
    ("backoff", "Longer by a factor", "1"),
    ("max_delay_seconds", "Wait at most", "86400"),
    ("jitter", "Chance adds", "0 to 1"),
)
"""Name, label, and what holds where nothing is said."""
GROWN = (("memory", "Memory", "MiB"), ("timeout", "Timeout", "seconds"))
LIMITS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "budget": (
        ("share", "Retries, as a share of all starts"),
        ("window_seconds", "Within seconds"),
        ("at_least", "So many always may"),
    ),
    "breaker": (
        ("share", "Opens when one error has such a share"),
        ("window_seconds", "Of what ended within seconds"),
        ("min_failures", "And so many failures"),
        ("open_seconds", "Is open for seconds"),
        ("probes", "Then tries so many"),
    ),
}
"""The limits of a policy, with the labels of their fields."""
DEFAULTS: Mapping[str, Any] = {"backoff": 1.0, "max_delay_seconds": 86_400.0, "jitter": 0.0, "another_node": False}


def rule_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """The rule that a form says; an empty field says nothing."""
    rule: dict[str, Any] = {"action": fields.get("action", "retry")}
    readers: tuple[tuple[str, Callable[[str], Any]], ...] = (("errors", str), ("categories", str.upper), ("causes", str))
    for name, read in (*readers, ("signals", number_or_text)):
        if values := _apart(fields.get(name, "")):
            rule[name] = [read(value) for value in values]
    rule |= _exit_codes(_apart(fields.get("exit_codes", "")))
    rule |= {name: _number(fields[name].strip()) for name, _, _ in NUMBERS if fields.get(name, "").strip()}
    for name, _, _ in GROWN:
        members = {part: fields.get(f"{name}_{part}", "").strip() for part in ("factor", "max")}
        if any(members.values()):
            rule[name] = {part: _number(text) for part, text in members.items() if text}
    return rule | ({"another_node": True} if fields.get("another_node") else {})


def limit_of(fields: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """The budget or the breaker that a form says; none where all its fields are empty."""
    texts = {member: fields.get(f"{name}_{member}", "").strip() for member, _ in LIMITS[name]}
    return {member: _number(text) for member, text in texts.items() if text} or None


def summary(rule: Mapping[str, Any]) -> tuple[str, str]:
    """When a rule fits, and what happens then."""
    conditions = [f"{name.replace('_', ' ')} {_listed(rule[name])}" for name in CONDITIONS if rule.get(name)]
    effects = [str(rule["action"])]
    if rule["action"] == "retry":
        shown = [name for name, _, _ in NUMBERS if rule.get(name) is not None and rule[name] != DEFAULTS.get(name)]
        effects += [f"{name.replace('_', ' ')} {rule[name]:g}" for name in shown]
        effects += [f"{name} x{rule[name]['factor']:g} up to {rule[name]['max']:g}" for name, _, _ in GROWN if rule.get(name)]
        effects += ["another node"] if rule.get("another_node") else []
    return " and ".join(conditions) or "any failure", ", ".join(effects)


def concise(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules without what holds anyway, as people would write them."""
    return [{name: value for name, value in rule.items() if value not in ([], None, DEFAULTS.get(name))} for rule in rules]


def _apart(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _exit_codes(texts: list[str]) -> dict[str, Any]:
    """`3 64-78`: single codes, and ranges."""
    ranges = [text.split("-", 1) for text in texts if "-" in text]
    codes: dict[str, Any] = {"exit_codes": [number_or_text(text) for text in texts if "-" not in text]}
    codes["exit_code_ranges"] = [{"first": number_or_text(first), "last": number_or_text(last)} for first, last in ranges]
    return {name: values for name, values in codes.items() if values}


def _number(text: str) -> float | str:
    """The number that a text is; whole ones stay whole, and what is none is left for the API to judge."""
    if text.isdecimal():
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if abs(number) < float("inf") else text


def _listed(values: list[Any]) -> str:
    return ", ".join(f"{item['first']}-{item['last']}" if isinstance(item, dict) else str(item) for item in values)

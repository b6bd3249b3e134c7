"""`jobsvc policies`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobsvc.cli import arguments, tables, terminal
from jobsvc.cli.codes import UsageProblem
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JsonFlag, PageNumber, PageSize
from jobsvc.cli.session import connect
from jobsvc.client.models import Json, RetryPolicy, RetrySimulation

if TYPE_CHECKING:
    from rich.table import Table

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name of the policy.")]
FileOption = Annotated[
    Path | None,
    typer.Option("--file", "-f", metavar="FILE", help="The policy, a JSON object: `rules`, `description`, limits."),
]
LIMITS = ("budget", "breaker")
CONDITIONS = ("errors", "categories", "exit_codes", "exit_code_ranges", "signals", "causes")


def register(app: typer.Typer) -> None:
    """Put the group on the command line."""
    group = typer.Typer(help="Retry policies: list, show, set, delete, simulate.")
    group.command("list")(list_policies)
    group.command()(show)
    group.command("set")(set_policy)
    group.command()(delete)
    group.command()(simulate)
    app.add_typer(group, name="policies")


def list_policies(context: typer.Context, *, page: PageNumber = 1, page_size: PageSize = 100, as_json: JsonFlag = False) -> None:
    """List retry policies."""
    with connect(context) as client:
        print_page(client.retry_policies.list(page=page, page_size=page_size), _table, as_json=as_json)


def show(context: typer.Context, name: NameArgument, *, as_json: JsonFlag = False) -> None:
    """Show a retry policy, rule by rule."""
    with connect(context) as client:
        _print(client.retry_policies.get(name), as_json=as_json)


def set_policy(context: typer.Context, name: NameArgument, *, file: FileOption = None, as_json: JsonFlag = False) -> None:
    """Make a retry policy, or change the one of this name as a whole."""
    document = _document(file)
    with connect(context) as client:
        limits = {name: document.get(name) for name in LIMITS}
        policy = client.retry_policies.set(name, document.get("rules", []), document.get("description", ""), **limits)
    _print(policy, as_json=as_json)


def delete(
    context: typer.Context,
    name: NameArgument,
    *,
    replacement: Annotated[str | None, typer.Option(metavar="NAME", help="The policy that job types name from then on.")] = None,
) -> None:
    """Delete a retry policy."""
    with connect(context) as client:
        client.retry_policies.delete(name, replacement)
    print(f"policy {name} is deleted")


def simulate(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A policy; or --file for one that is not stored.")] = None,
    *,
    file: FileOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many failures.")] = 1000,
    job_type: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only of this job type (repeatable).")] = None,
    error: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only with this error (repeatable).")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what a policy would have done with the last failures."""
    if (name is None) == (file is None):
        raise UsageProblem("name a policy, or with --file one that is not stored")
    rules = None if file is None else _document(file).get("rules", [])
    with connect(context) as client:
        result = client.retry_policies.simulate(name, rules=rules, limit=limit, job_type_names=job_type or (), errors=error or ())
    if as_json:
        terminal.print_json(result)
    else:
        _print_simulation(result)


def _document(file: Path | None) -> Json:
    if file is None:
        raise UsageProblem("name the file of the policy with --file")
    return arguments.json_object(file)


def _print(policy: RetryPolicy, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(policy)
        return
    attached = ", ".join(f"{item['name']} {item['version']}" for item in policy["job_types"]) or "no job type"
    print(f"{policy['name']}, version {policy['version']}, named by {attached}")
    for number, rule in enumerate(policy["rules"], start=1):
        print(f"{number}. {_condition(rule)}: {_effect(rule)}")
    for line in _limits(policy):
        print(line)


def _limits(policy: RetryPolicy) -> Iterator[str]:
    """What its limits are, and where they hold retries at this moment."""
    if budget := policy["budget"]:
        yield f"budget: {budget['share']:.0%} of the starts within {budget['window_seconds']} s, at least {budget['at_least']}"
    if breaker := policy["breaker"]:
        failures = f"{breaker['share']:.0%} of the ends within {breaker['window_seconds']} s, at least {breaker['min_failures']}"
        yield f"breaker: opens for {breaker['open_seconds']} s when one error has {failures}"
    for item in policy["job_types"]:
        if item["held"] or item["breaker"]["state"] != "closed":
            error = f" for {item['breaker']['error']}" if item["breaker"]["state"] != "closed" else ""
            yield f"{item['name']} {item['version']}: {item['held']} retries held, breaker {item['breaker']['state']}{error}"


def _condition(rule: Json) -> str:
    parts = [f"{name} {_listed(rule[name])}" for name in CONDITIONS if rule.get(name)]
    return " and ".join(parts) or "any failure"


def _listed(values: list[Any]) -> str:
    return ", ".join(f"{item['first']}-{item['last']}" if isinstance(item, dict) else str(item) for item in values)


def _effect(rule: Json) -> str:
    if rule["action"] == "fail":
        return "fail"
    grown = [f"{name} x{rule[name]['factor']:g} up to {rule[name]['max']:g}" for name in ("memory", "timeout") if rule.get(name)]
    delay = rule.get("delay_seconds")
    parts = [
        "retry",
        "" if delay is None else f"after {delay:g} s",
        f"x{rule['backoff']:g} each time" if rule["backoff"] > 1 else "",
        f"at most {rule['max_tries']} tries" if rule.get("max_tries") else "",
        *grown,
        "on another node" if rule["another_node"] else "",
    ]
    return ", ".join(filter(None, parts))


def _print_simulation(result: RetrySimulation) -> None:
    print(f"{result['failures']} failures, {result['differs']} of them otherwise than it happened")
    if not result["decisions"]:
        return
    table = tables.table("RULE", "WOULD", "FAILURES", "DIFFERS", "AS", right=("FAILURES", "DIFFERS"), elastic=("AS",))
    for decision in result["decisions"]:
        rule = "default" if decision["rule"] is None else str(decision["rule"])
        sample = decision["samples"][0]
        example = f"job {sample['job_id']}, {sample['error'] or 'unknown'}"
        would = "retry" if decision["is_retried"] else "fail"
        table.add_row(rule, would, str(decision["count"]), str(decision["differs"]), example)
    terminal.out().print(table)


def _table(policies: list[RetryPolicy]) -> "Table":
    table = tables.table("NAME", "VERSION", "RULES", "JOB TYPES", "DESCRIPTION", elastic=("DESCRIPTION",), spare=("DESCRIPTION",))
    for item in policies:
        counts = (str(item["version"]), str(len(item["rules"])), str(len(item["job_types"])))
        table.add_row(item["name"], *counts, item["description"])
    return table

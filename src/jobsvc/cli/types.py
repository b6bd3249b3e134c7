"""`jobsvc types`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from jobsvc.cli import arguments, tables, terminal
from jobsvc.cli.codes import UsageProblem
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JsonFlag, PageNumber, PageSize, TypeName, TypeVersion
from jobsvc.cli.session import connect
from jobsvc.client.models import JobType, JobTypeDetails, Json

CONFIGURATION_VERSION = "6"


def register(app: typer.Typer) -> None:
    """Put the group on the command line."""
    group = typer.Typer(help="Job types: list, add, show, pause, …")
    group.command("list")(list_types)
    for command in (add, show, pause, resume, deactivate, activate):
        group.command()(command)
    app.add_typer(group, name="types")


def list_types(context: typer.Context, *, page: PageNumber = 1, page_size: PageSize = 100, as_json: JsonFlag = False) -> None:
    """List job types."""
    with connect(context) as client:
        print_page(client.job_types.list(page=page, page_size=page_size), _table, as_json=as_json)


def add(
    context: typer.Context,
    manifest: Annotated[
        Path | None, typer.Argument(metavar="MANIFEST.json", help="Seed manifest. Without it, that in the label of the image.")
    ] = None,
    *,
    image: Annotated[str | None, typer.Option(metavar="NAME", help="Container image.")] = None,
    setting: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting (repeatable).")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Job configuration, a JSON object.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Add a job type; one of this name and version gets a new revision."""
    if manifest is None and not image:
        raise UsageProblem("name a manifest, or with --image an image that has one in its label")
    document = arguments.json_object(manifest) if manifest is not None else None
    configuration = _configuration(config, setting or [])
    with connect(context) as client:
        _print(client.job_types.create(document, docker_image=image, configuration=configuration), as_json=as_json)


def show(
    context: typer.Context,
    name: TypeName,
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]", help="Without it, the highest active version.")] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show a job type: inputs, outputs and configuration."""
    with connect(context) as client:
        job_type = client.job_types.get(name, version)
    _print(job_type, as_json=as_json)
    if not as_json:
        terminal.out().print(_interface(job_type))


def pause(context: typer.Context, name: TypeName, version: TypeVersion) -> None:
    """Stop starting jobs of this type until it is resumed."""
    _change(context, name, version, is_paused=True)


def resume(context: typer.Context, name: TypeName, version: TypeVersion) -> None:
    """Start jobs of this type again."""
    _change(context, name, version, is_paused=False)


def deactivate(context: typer.Context, name: TypeName, version: TypeVersion) -> None:
    """Stop accepting new jobs of this type."""
    _change(context, name, version, is_active=False)


def activate(context: typer.Context, name: TypeName, version: TypeVersion) -> None:
    """Accept new jobs of this type again."""
    _change(context, name, version, is_active=True)


def _change(context: typer.Context, name: str, version: str, **members: bool) -> None:
    with connect(context) as client:
        _print(client.job_types.change(name, version, **members), as_json=False)


def _configuration(config: Path | None, settings: list[str]) -> Json | None:
    """The configuration to send; None leaves that of a job type that is there as it is."""
    if config is None and not settings:
        return None
    configuration: Json = arguments.json_object(config) if config else {"version": CONFIGURATION_VERSION}
    json: Json = dict(arguments.pair(text, "--setting") for text in settings)
    return configuration | {"settings": configuration.get("settings", {}) | json}


def _state(job_type: JobType) -> str:
    if not job_type["is_active"]:
        return "inactive"
    return "paused" if job_type["is_paused"] else "active"


def _print(job_type: JobTypeDetails, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(job_type)
    else:
        print(f"{job_type['name']} {job_type['version']}, revision {job_type['revision_num']}, {_state(job_type)}")
        if limits := job_type.get("retry_limits"):
            print(_retries(limits))


def _retries(limits: Json) -> str:
    """What holds retries: the policy, how many wait, and what its breaker does where it has one."""
    state = limits["breaker_state"]
    error = f" for {state['error']}" if state["state"] != "closed" and state["error"] else ""
    breaker = f", breaker {state['state']}{error}" if limits["breaker"] else ""
    held = f", {limits['held']} held" if limits["budget"] or limits["breaker"] or limits["held"] else ""
    return f"retries by {limits['policy']}, version {limits['version']}{held}{breaker}"


def _table(job_types: list[JobType]) -> Table:
    table = tables.table("ID", "NAME", "VERSION", "STATE", "TITLE", right=("ID",), elastic=("NAME", "TITLE"), spare=("TITLE",))
    for job_type in job_types:
        table.add_row(str(job_type["id"]), job_type["name"], job_type["version"], _state(job_type), job_type["title"] or "")
    return table


def _interface(job_type: JobTypeDetails) -> Table:
    """The inputs, outputs and settings of a manifest, one a row."""
    interface: Json = job_type["manifest"]["job"].get("interface", {})
    table = tables.table("", "NAME", "KIND", "VALUE", elastic=("NAME", "KIND", "VALUE"))
    for direction in ("inputs", "outputs"):
        members = interface.get(direction, {})
        for entry in members.get("files", []):
            kind = entry.get("mediaType") or ", ".join(entry.get("mediaTypes", [])) or "any file"
            table.add_row(direction[:-1], entry["name"], kind, _notes(entry))
        for value in members.get("json", []):
            table.add_row(direction[:-1], value["name"], value["type"], _notes(value))
    values = job_type["configuration"].get("settings", {})
    for item in interface.get("settings", []):
        table.add_row("setting", item["name"], "secret" if item.get("secret") else "text", values.get(item["name"], "not set"))
    return table


def _notes(member: Json) -> str:
    notes = ["several files" if member.get("multiple") else "", "" if member.get("required", True) else "optional"]
    return ", ".join(filter(None, notes))

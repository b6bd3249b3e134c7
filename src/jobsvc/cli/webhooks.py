"""`jobsvc webhooks`."""

from typing import Annotated

import typer
from rich.table import Table

from jobsvc.cli import formatting, tables, terminal
from jobsvc.cli.codes import ExitCode, UsageProblem
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JsonFlag, PageNumber, PageSize
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.webhook_models import Delivery, IssuedWebhook, Webhook, WebhookChange

WebhookId = Annotated[int, typer.Argument(metavar="ID", help="Id of the webhook.", min=1)]
DeliveryId = Annotated[int, typer.Argument(metavar="DELIVERY", help="Id of the delivery.", min=1)]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type", metavar="TYPE", help="Only events of this type, as job.failed, or of a kind (job.*); may be repeated."
    ),
]
JobTypeNames = Annotated[
    list[str] | None, typer.Option("--job-type", metavar="NAME", help="Only of this job type; may be repeated.")
]
BatchIds = Annotated[list[int] | None, typer.Option("--batch", metavar="ID", min=1, help="Only of this batch; may be repeated.")]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")]


def register(app: typer.Typer) -> None:
    """Put the group on the command line."""
    group = typer.Typer(help="Webhooks: addresses that events are sent to.")
    group.command("list")(list_webhooks)
    group.command()(add)
    group.command()(show)
    group.command("set")(change)
    group.command()(secret)
    group.command()(delete)
    group.command("test")(send_test)
    group.command()(deliveries)
    group.command()(redeliver)
    app.add_typer(group, name="webhooks")


def list_webhooks(context: typer.Context, *, page: PageNumber = 1, page_size: PageSize = 100, as_json: JsonFlag = False) -> None:
    """List webhooks, the latest first."""
    with connect(context) as client:
        print_page(client.webhooks.list(page=page, page_size=page_size), _table, as_json=as_json)


def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent to.")],
    *,
    type_: Types = None,
    job_type: JobTypeNames = None,
    batch: BatchIds = None,
    description: Description = None,
    as_json: JsonFlag = False,
) -> None:
    """Send events from now on to an address. The secret that they are signed with is shown this once."""
    with connect(context) as client:
        webhook = client.webhooks.create(
            url, description=description or "", types=type_ or [], job_type_names=job_type or [], batch_ids=batch or []
        )
    _print_secret(webhook, as_json=as_json)


def show(context: typer.Context, webhook_id: WebhookId, *, as_json: JsonFlag = False) -> None:
    """Show a webhook: its filters, and whether it gets through."""
    with connect(context) as client:
        _print(client.webhooks.get(webhook_id), as_json=as_json)


def change(
    context: typer.Context,
    webhook_id: WebhookId,
    *,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where events are sent to.")] = None,
    type_: Types = None,
    job_type: JobTypeNames = None,
    batch: BatchIds = None,
    description: Description = None,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Switch it on, where it was, or off.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Take away filters that are not named beside: all events.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Change a webhook; what is not named stays as it is."""
    filters: WebhookChange = {"types": type_ or None, "job_type_names": job_type or None, "batch_ids": batch or None}
    chosen = {**filters, "url": url, "description": description, "is_active": on}
    changes: WebhookChange = {name: value for name, value in chosen.items() if value is not None}  # type: ignore[assignment]
    if everything:
        changes = {**filters, **changes}
    if not changes:
        raise UsageProblem("name what to change, as --type or --off")
    with connect(context) as client:
        _print(client.webhooks.change(webhook_id, **changes), as_json=as_json)


def secret(
    context: typer.Context,
    webhook_id: WebhookId,
    *,
    overlap_hours: Annotated[
        int, typer.Option(metavar="N", min=0, help="For how long messages are also signed with the secret before.")
    ] = 24,
    as_json: JsonFlag = False,
) -> None:
    """Make a new secret. It is shown this once."""
    with connect(context) as client:
        _print_secret(client.webhooks.rotate_secret(webhook_id, overlap_hours), as_json=as_json)


def delete(context: typer.Context, webhook_id: WebhookId) -> None:
    """Delete a webhook with its deliveries."""
    with connect(context) as client:
        client.webhooks.delete(webhook_id)
    print(f"webhook {webhook_id} is deleted")


def send_test(context: typer.Context, webhook_id: WebhookId, *, as_json: JsonFlag = False) -> None:
    """Send something that is no event, and say how it went; fails unless it arrives."""
    with connect(context) as client:
        _print_tried(client, webhook_id, client.webhooks.test(webhook_id), as_json=as_json)


def deliveries(
    context: typer.Context, webhook_id: WebhookId, *, page: PageNumber = 1, page_size: PageSize = 20, as_json: JsonFlag = False
) -> None:
    """List what was sent to a webhook in the last 7 days, or is to be, the latest first."""
    with connect(context) as client:
        print_page(client.webhooks.deliveries(webhook_id, page=page, page_size=page_size), _deliveries, as_json=as_json)


def redeliver(context: typer.Context, webhook_id: WebhookId, delivery_id: DeliveryId, *, as_json: JsonFlag = False) -> None:
    """Send something once more, and say how it went; fails unless it arrives."""
    with connect(context) as client:
        _print_tried(client, webhook_id, client.webhooks.redeliver(webhook_id, delivery_id), as_json=as_json)


def _print_tried(client: Client, webhook_id: int, delivery: Delivery, *, as_json: bool) -> None:
    delivery = client.webhooks.tried(webhook_id, delivery)
    if as_json:
        terminal.print_json(delivery)
    else:
        terminal.out().print(f"delivery {delivery['id']}: {delivery['state']}, {_answer(delivery)}", soft_wrap=True)
    if delivery["state"] != "DELIVERED":
        raise typer.Exit(ExitCode.FAILED)


def _answer(delivery: Delivery) -> str:
    """What came of the last try."""
    if delivery["error"]:
        return delivery["error"]
    return "not tried yet" if delivery["status_code"] is None else f"answered {delivery['status_code']}"


def _print_secret(webhook: IssuedWebhook, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(webhook)
        return
    terminal.err().print(f"webhook {webhook['id']}; its secret is shown this once:")
    print(webhook["secret"])


def _print(webhook: Webhook, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(webhook)
        return
    rows = [
        ("for", webhook["description"]),
        ("events", _filters(webhook)),
        ("state", _state(webhook)),
        ("created", " by ".join(filter(None, (formatting.instant(webhook["created"]), webhook["created_by"])))),
        ("delivered", formatting.instant(webhook["last_success"]) or "nothing yet"),
        ("old secret", f"until {formatting.instant(webhook['previous_until'])}" if webhook["previous_until"] else ""),
    ]
    console = terminal.out()
    console.print(f"Webhook {webhook['id']}  {webhook['url']}")
    console.print(terminal.record((name, text) for name, text in rows if text))


def _state(webhook: Webhook) -> str:
    return "on" if webhook["is_active"] else f"off: {webhook['disabled_reason'] or 'by request'}"


def _filters(webhook: Webhook) -> str:
    parts = [
        ", ".join(webhook["types"] or []),
        ", ".join(f"job type {name}" for name in webhook["job_type_names"] or []),
        ", ".join(f"batch {batch_id}" for batch_id in webhook["batch_ids"] or []),
    ]
    return "; ".join(filter(None, parts)) or "all"


def _table(webhooks: list[Webhook]) -> Table:
    heads = ("ID", "URL", "EVENTS", "STATE", "DELIVERED")
    table = tables.table(*heads, right=("ID",), elastic=("URL", "EVENTS", "STATE"), spare=("DELIVERED",))
    for item in webhooks:
        last = formatting.instant(item["last_success"]) or "nothing yet"
        table.add_row(str(item["id"]), item["url"], _filters(item), _state(item), last)
    return table


def _deliveries(items: list[Delivery]) -> Table:
    heads = ("ID", "EVENT", "TYPE", "JOB", "STATE", "TRIES", "NEXT TRY", "LAST ANSWER")
    table = tables.table(*heads, right=("ID", "EVENT", "JOB", "TRIES"), elastic=("LAST ANSWER",), spare=("EVENT", "NEXT TRY"))
    for item in items:
        ids = [str(value) if value is not None else "" for value in (item["event_id"], item["job_id"])]
        again = formatting.instant(item["next_try"])
        table.add_row(
            str(item["id"]), ids[0], item["event_type"], ids[1], item["state"], str(item["tries"]), again, _answer(item)
        )
    return table

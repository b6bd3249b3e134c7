"""`jobsvc tokens`: they work on the database itself, so that the first token can be made."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from jobsvc.cli import tables, terminal
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JsonFlag, PageNumber, PageSize
from jobsvc.cli.service import chosen_settings, problems_in_one_line
from jobsvc.domain.access import Permission, Role

if TYPE_CHECKING:
    from rich.table import Table

    from jobsvc.domain.tokens import TokenItem
    from jobsvc.services.tokens import TokenService

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Put the group on the command line."""
    group = typer.Typer(help="Tokens in the database: make, list, revoke.")
    group.command()(make)
    group.command("list")(list_tokens)
    group.command()(revoke)
    app.add_typer(group, name="tokens")


def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the owner is called.")],
    *,
    role: Annotated[Role, typer.Option(help="The role of the owner.")] = Role.VIEWER,
    scope: Annotated[list[Permission] | None, typer.Option(help="Only this permission of the role; may be repeated.")] = None,
    job_type: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only job types of this name; may be repeated.")
    ] = None,
    days: Annotated[float | None, typer.Option(min=0.001, help="After how many days it expires; never when absent.")] = None,
) -> None:
    """Make a token. It is shown this once."""

    async def run(tokens: "TokenService", now: datetime) -> "tuple[TokenItem, str]":
        expires = None if days is None else now + timedelta(days=days)
        return await tokens.make(name, role, scopes=scope or None, job_types=job_type or None, expires=expires)

    item, token = _run(run)
    until = f", until {item.expires:%Y-%m-%d %H:%M} UTC" if item.expires else ""
    terminal.err().print(f"token {item.id} of {item.name}, {item.role}{until}; it is shown this once:")
    print(token)
    if not chosen_settings().needs_credentials:
        terminal.err().print("The service asks nobody for credentials: set JOBSVC_REQUIRE_CREDENTIALS=1 where it runs.")


def list_tokens(*, page: PageNumber = 1, page_size: PageSize = 100, as_json: JsonFlag = False) -> None:
    """List tokens, the latest first."""
    from jobsvc.domain.paging import parse_page

    async def run(tokens: "TokenService", now: datetime) -> "tuple[list[TokenItem], int, datetime]":
        result = await tokens.list(parse_page(str(page), str(page_size)))
        return list(result.items), result.count, now

    items, count, now = _run(run)
    if as_json:
        terminal.print_json([_shown(item) for item in items])
        return
    print_page({"count": count, "next": None, "previous": None, "results": items}, lambda rows: _table(rows, now), as_json=False)


def revoke(token_id: Annotated[int, typer.Argument(metavar="ID", help="The id of the token, as `list` shows it.")]) -> None:
    """Take a token back; services refuse it within 5 seconds."""

    async def run(tokens: "TokenService", _now: datetime) -> "TokenItem":
        return await tokens.revoke(token_id)

    item = _run(run)
    print(f"token {item.id} of {item.name} is revoked")


def _run(call: "Callable[[TokenService, datetime], Awaitable[T]]") -> T:
    async def run() -> T:
        async with _service() as (tokens, now):
            return await call(tokens, now)

    with problems_in_one_line():
        return asyncio.run(run())


@asynccontextmanager
async def _service() -> "AsyncIterator[tuple[TokenService, datetime]]":
    from jobsvc import opening
    from jobsvc.services.clock import utc_now
    from jobsvc.services.tokens import TokenService

    async with opening.open_database(chosen_settings()) as database:
        yield TokenService(database, utc_now), utc_now()


def _shown(item: "TokenItem") -> dict[str, object]:
    values = item._asdict()
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _table(items: "list[TokenItem]", now: datetime) -> "Table":
    table = tables.table("ID", "NAME", "ROLE", "LIMITED TO", "STATE", "LAST USED", right=("ID",), elastic=("NAME", "LIMITED TO"))
    for item in items:
        limits = [*(item.scopes or ()), *(f"type {name}" for name in item.job_types or ())]
        used = f"{item.last_used:%Y-%m-%d %H:%M}" if item.last_used else "never"
        table.add_row(str(item.id), item.name, item.role, ", ".join(limits) or "nothing", _state(item, now), used)
    return table


def _state(item: "TokenItem", now: datetime) -> str:
    if item.revoked is not None:
        return "revoked"
    if item.expires is not None and not item.is_valid(now):
        return "expired"
    return "valid" if item.expires is None else f"until {item.expires:%Y-%m-%d}"

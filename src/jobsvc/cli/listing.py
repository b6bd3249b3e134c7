"""Pages of lists, as tables or as JSON."""

from collections.abc import Callable
from typing import TypeVar

from rich.table import Table

from jobsvc.cli import terminal
from jobsvc.client.models import Page

T = TypeVar("T")


def print_page(page: Page[T], rows: Callable[[list[T]], Table], *, as_json: bool) -> None:
    """Print a page; what there is beyond it is said on standard error, so that a table in a pipe stays one."""
    if as_json:
        terminal.print_json(page)
        return
    results = page["results"]
    if results:
        terminal.out().print(rows(results))
    if not page["count"]:
        terminal.err().print("none", style="dim")
    elif len(results) < page["count"]:
        more = "" if page["next"] is None else "; --page and --page-size show more"
        terminal.err().print(f"{len(results)} of {page['count']}{more}", style="dim")

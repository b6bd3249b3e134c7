"""Pages as all generations wrap them."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response

from jobsvc.api.context import json_response, to_json
from jobsvc.api.urls import links
from jobsvc.domain.errors import InvalidPage
from jobsvc.domain.paging import Page, PageRequest, parse_page

T = TypeVar("T")

PAGE_SCHEMA = {"type": "integer", "minimum": 1, "default": 1}
OUT_OF_RANGE_PAGE = PageRequest(2**63)
SIZE_SCHEMA = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}


async def _page_request(
    page: Annotated[
        str | None,
        Query(description="The page of the results to return, or `last`. Defaults to 1.", json_schema_extra=PAGE_SCHEMA),
    ] = None,
    page_size: Annotated[
        str | None,
        Query(
            description="The size of the page. Defaults to 100, and can be anywhere from 1-1000.", json_schema_extra=SIZE_SCHEMA
        ),
    ] = None,
) -> PageRequest:
    try:
        return parse_page(page, page_size)
    except InvalidPage:
        # It is refused when the result is known: a filter that cannot be read comes first.
        # See docs/spec/behaviour/conventions.md#paging.
        return OUT_OF_RANGE_PAGE


PageQuery = Annotated[PageRequest, Depends(_page_request)]
"""The parameters `page` and `page_size` (docs/spec/services/v6-job-list.md)."""


def page_response(request: Request, page: Page[T], render: Callable[[T], dict[str, Any]]) -> Response:
    """`count`, `next`, `previous`, `results`, in this order."""
    body = {"count": page.count, **links(request, page), "results": [render(item) for item in page.items]}  # type: ignore[arg-type]
    return json_response(body)


def rendered_page_response(request: Request, page: Page[str]) -> Response:
    """The same for results that are JSON texts already."""
    head = to_json({"count": page.count, **links(request, page)})[:-1]  # type: ignore[arg-type]
    body = b'%b,"results":[%b]}' % (head, ",".join(page.items).encode())
    return Response(body, media_type="application/json")

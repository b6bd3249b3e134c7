"""Answers that show records, alone and in pages, as all generations wrap them."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, cast, get_args
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request, Response

from jobsvc.api.context import json_response, to_json
from jobsvc.api.models import ApiModel
from jobsvc.api.query import QueryReader
from jobsvc.api.shapes import shape_of
from jobsvc.api.urls import links, own_path
from jobsvc.domain.cursors import CursorRequest
from jobsvc.domain.errors import InvalidPage, InvalidRequest
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.paging import Page, PageRequest, parse_page
from jobsvc.domain.response_shape import ResponseShape

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


PageQuery = Annotated[PageRequest, Depends(QueryReader(_page_request))]
"""The parameters `page` and `page_size` (docs/spec/services/v6-job-list.md)."""
OF_PAGES = frozenset({"page_size", "cursor"})
"""Parameters that do not say which rows a list has, nor in what sequence."""


async def _cursor_request(
    request: Request,
    cursor: Annotated[
        str | None,
        Query(
            description="Turns pages by place and not by number, at the same cost anywhere in the list, and without rows twice "
            "or left out while others come and go: empty for the first page, then as `next` and `previous` say. Not with `page`.",
        ),
    ] = None,
) -> CursorRequest | None:
    if cursor is None:
        return None
    query = parse_qsl(request.url.query, keep_blank_values=True)
    if any(name == "page" for name, _ in query):
        raise InvalidRequest("cursor: goes without `page`; a list is turned either by number or by cursor.")
    # Several `order` are in their sequence; all else says the same in any.
    others = sorted(((name, value) for name, value in query if name not in OF_PAGES), key=lambda pair: pair[0])
    return CursorRequest(cursor, f"{own_path(request.scope)}?{urlencode(others)}")


CursorQuery = Annotated[CursorRequest | None, Depends(QueryReader(_cursor_request))]
"""The parameter `cursor` of lists that can be long."""


def record_response(request: Request, record: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A record as the model shows it that the operation documents for the status."""
    return json_response(shape_of(documented(request, status)).of(record, request), status, headers)


def page_response(request: Request, page: Page[Any], *, is_linked: bool = True) -> Response:
    """`count`, `next`, `previous`, `results`, in this order; the records as the model shows them that the operation documents."""
    head = _head(request, page) if is_linked else {"count": page.count, "next": None, "previous": None}
    return json_response({**head, "results": _results(request, page.items)})


def _results(request: Request, records: Sequence[object]) -> list[JsonObject]:
    if not records:
        # Of what the service has none, a page has no model.
        return []
    shape = page_shape(request)
    return [shape.of(record, request) for record in records]


def rendered_page_response(request: Request, page: Page[str]) -> Response:
    """The same for results that are JSON texts already."""
    body = b'%b,"results":[%b]}' % (to_json(_head(request, page))[:-1], ",".join(page.items).encode())
    return Response(body, media_type="application/json")


def page_shape(request: Request) -> ResponseShape:
    """The shape of the results of an operation that documents a page of them."""
    return shape_of(results_of(documented(request, 200)))


def documented(request: Request, status: int) -> type[ApiModel]:
    """The model that the operation documents for its answers of a status: nothing else can be rendered."""
    model: type[ApiModel] = request.scope["route"].responses[status]["model"]
    return model


@cache
def results_of(page: type[ApiModel]) -> type[ApiModel]:
    """The model of the results of a page."""
    [model] = get_args(page.model_fields["results"].annotation)
    return cast("type[ApiModel]", model)


def _head(request: Request, page: Page[Any]) -> dict[str, Any]:
    return {"count": page.count, **links(request, page)}

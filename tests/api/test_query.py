"""Query parameters are read as the framework reads them; those that were not sent cost nothing."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Query
from httpx import ASGITransport, AsyncClient, Response

from jobsvc.api import errors
from jobsvc.api.fields import Bool, Int, Text
from jobsvc.api.query import QueryReader

Values = dict[str, Any]


async def read(
    number: Annotated[Int | None, Query()] = None,
    numbers: Annotated[list[Int] | None, Query(alias="number[]")] = None,
    text: Annotated[Text, Query()] = "none",
    flag: Annotated[Bool | None, Query()] = None,
) -> Values:
    return {"number": number, "numbers": numbers, "text": text, "flag": flag}


def app() -> FastAPI:
    """Two operations with the same parameters: read by the framework, and by us."""
    app = FastAPI()
    errors.install(app)

    @app.get("/framework/")
    async def framework(values: Annotated[Values, Depends(read)]) -> Values:
        return values

    @app.get("/own/")
    async def own(values: Annotated[Values, Depends(QueryReader(read))]) -> Values:
        return values

    return app


QUERIES = [
    "",
    "number=7",
    "number=7&number=8",
    "number=%207%20&flag=TRUE&text=",
    "number[]=1&number[]=2",
    "number%5B%5D=1",
    "number=",
    "number=x&flag=perhaps",
    "number[]=1&number[]=x&number[]=y",
    "text=a%00b",
    "unknown=1&Number=3",
    "text=%FF&text=%C3%BC",
    "&&=&number",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_parameters_are_read_as_the_framework_reads_them(query: str) -> None:
    async with AsyncClient(transport=ASGITransport(app()), base_url="http://test") as client:
        expected = await client.get(f"/framework/?{query}")
        response = await client.get(f"/own/?{query}")
    assert (response.status_code, shown(response)) == (expected.status_code, shown(expected))


def shown(response: Response) -> object:
    """An answer without the id that each request has of its own."""
    body = response.json()
    return {name: value for name, value in body.items() if name != "request_id"} if isinstance(body, dict) else body


async def test_a_parameter_that_has_to_be_sent_is_for_the_framework() -> None:
    async def needs(text: Annotated[str, Query()]) -> str:
        return text

    with pytest.raises(TypeError, match="needs a parameter"):
        QueryReader(needs)._defaults  # noqa: B018

"""The parameter that says in what sequence a list is shown."""

from collections.abc import Iterable
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import Depends, Query

from jobsvc.api.query import QueryReader
from jobsvc.domain.sorting import choices

BY_NAME = (
    "One or more fields to use when ordering the results. Duplicate it to multi-sort, (ex: order=name&order=version). "
    "Prefix fields with a dash to reverse the sort, (ex: order=-name)."
)


def order_query(fields: Iterable[str], aliases: Iterable[str] = (), text: str = BY_NAME) -> Any:
    """`order`, described with all its names: as words and no enum, for dots are read as `__`, and names will be added."""
    described = Query(description=f"{text} Choices: [{choices(fields, aliases)}].")

    async def read(order: list[str] | None = None) -> list[str] | None:
        return order

    declared = Parameter("order", Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[list[str] | None, described])
    read.__signature__ = Signature([declared])  # type: ignore[attr-defined]
    return Depends(QueryReader(read))

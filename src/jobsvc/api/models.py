"""Shapes that all generations share: how strict a shape is, the page around a list, and the error."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Document = dict[str, Any]


class ApiModel(BaseModel):
    """A JSON object that has all of these keys; clients must expect further ones, and requests may hold them."""


class StrictApiModel(ApiModel):
    """The members of a body, in which no others are accepted."""

    model_config = ConfigDict(extra="forbid")


class Problem(ApiModel):
    """What went wrong: the body of every answer that is not a success."""

    detail: str = Field(description="What was wrong, where, and what to do.")


class PageOf(ApiModel, Generic[T]):
    """One page of a result."""

    count: int = Field(description="The total number of results that match the query parameters.")
    next: str | None = Field(description="A URL to the next page of results.")
    previous: str | None = Field(description="A URL to the previous page of results.")
    results: list[T] = Field(description="List of result JSON objects that match the query parameters.")

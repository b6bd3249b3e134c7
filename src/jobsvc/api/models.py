"""Models that all generations share: how strict a model is, where its members come from, the page around a list, the error."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a member comes from: the dotted path of a field, from the record of its model on.

    One that ends with an underscore is what the names of fields begin with: a model at `type_` reads `type_id`, `type_name`.
    """

    path: str


ITSELF = Source("")
"""The member is made of the record of its model as a whole."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What a member comes from: what the function makes of the record (`is_json`: the JSON value itself)."""

    of: Callable[[Any], Any]
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class ForRequest:
    """What a member comes from: what the function makes of the record and the request."""

    of: Callable[[Any, Any], Any]


def always(value: object) -> Computed:
    """What a member comes from that is the same in all records."""
    return Computed(lambda _record: value)


class ApiModel(BaseModel):
    """A JSON object that has all of these keys; clients must expect further ones.

    Of a response, the model also says which field of the record each member comes from: the one of the same name, unless a
    `Source`, `Computed` or `ForRequest` stands in its annotation (see `jobsvc.api.shapes`).

    Args:
        columns: the field of the record that holds the plain members which the class declares itself.
        inherited: the field of the record that holds what the classes above it declare.

    """

    columns: ClassVar[str] = ""
    inherited: ClassVar[str] = ""

    def __init_subclass__(cls, *, columns: str = "", inherited: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.columns, cls.inherited = columns, inherited


class Problem(ApiModel):
    """What went wrong: the body of every error response."""

    detail: str = Field(description="What is wrong, where, and what to do about it.")
    request_id: str = Field(description="What the request is called in the service's log; `X-Request-Id` says it, too.")


class ExpiredPosition(Problem):
    """A position is too old."""

    earliest: int = Field(description="The earliest position behind which all events are kept.")


class PageOf(ApiModel, Generic[T]):
    """One page of a result."""

    count: int = Field(description="The total number of results that match the query parameters.")
    next: str | None = Field(description="A URL to the next page of results.")
    previous: str | None = Field(description="A URL to the previous page of results.")
    results: list[T] = Field(description="List of result JSON objects that match the query parameters.")

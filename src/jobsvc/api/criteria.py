"""Reads a filter from a request: the filter says name, type and text of a criterion, a generation only what it has not."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from inspect import Parameter, Signature
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args

from fastapi import Query, Request
from pydantic import BaseModel, BeforeValidator, Field, create_model

from jobsvc.api import body
from jobsvc.api.audited import note_filter
from jobsvc.api.context import ApiOptions, principal_of, services_of
from jobsvc.api.fields import INSTANT, Bool, Ids, Instant, Int, OneText, Text, Texts, none_if_empty
from jobsvc.api.query import QueryReader
from jobsvc.domain.access import limited
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.instants import parse_range
from jobsvc.domain.spelling import singular

FilterT = TypeVar("FilterT", bound=BaseModel)
Names = Mapping[str, str]
"""Spellings of criteria: the name on the wire -> the filter's field."""
OF_JOB_TYPES = ("job_type_names", "names")
"""What criteria for the names of job types are called."""
NOTHING: Mapping[str, str] = {}
OF_LIST: Mapping[type, tuple[Any, Any]] = {int: (list[Int], Ids), str: (list[Text], Texts)}
"""The type of a criterion of many values in the query and in a body, by the type of one."""
MANY = "An array of them is read as well."
OF_ONE: Mapping[type, Any] = {datetime: Instant, bool: Bool, int: Int, str: Text}


def query_names(
    spec: type[BaseModel],
    *,
    without: Collection[str] = (),
    only: Collection[str] = (),
    spelled: Mapping[str, str] = NOTHING,
    also: Mapping[str, str] = NOTHING,
) -> dict[str, str]:
    """How the criteria are spelled in a query, where a value stands alone: `job_id` for `job_ids`.

    Without some of them, or only some. By the name of the criterion: `spelled` has those for which the rule does not hold,
    `also` a second spelling.
    """
    return {
        spelling: name
        for name in _chosen(spec, without, only)
        for spelling in (spelled.get(name, _in_query(spec, name)), also.get(name))
        if spelling is not None
    }


def body_names(spec: type[BaseModel], *, without: Collection[str] = (), spelled: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """How the criteria are spelled in a body: as they are called, but for those in `spelled`."""
    return {spelled.get(name, name): name for name in _chosen(spec, without)}


def _chosen(spec: type[BaseModel], without: Collection[str], only: Collection[str] = ()) -> list[str]:
    """The criteria that are spelled; ValueError for one that the filter does not have."""
    if unknown := {*without, *only} - set(spec.model_fields):
        raise ValueError(f"{spec.__name__} has no {', '.join(sorted(unknown))}")
    return [name for name in spec.model_fields if name not in without and (not only or name in only)]


def _in_query(spec: type[BaseModel], name: str) -> str:
    return singular(name) if get_args(_kind(spec, name)) else name


def _kind(spec: type[BaseModel], field: str) -> Any:
    """The type of a criterion without its None."""
    annotation = spec.model_fields[field].annotation
    return next(iter(get_args(annotation)), annotation)


def _type(kind: Any, *, in_body: bool) -> Any:
    """The type of a criterion as it is written in a request, or not."""
    if of_list := get_args(kind):
        return OF_LIST[of_list[0]][in_body] | None
    if issubclass(kind, StrEnum):
        return Annotated[kind | None, BeforeValidator(none_if_empty)]
    return OF_ONE[kind] | None


def narrowed(criteria: FilterT, request: Request) -> FilterT:
    """The filter without the job types that the caller does not see; one that has no such criterion stays as it is.

    Operations whose filter has none are refused to callers who are limited, unless a thing of their path is asked for.
    """
    job_types = principal_of(request).job_types
    if job_types is None:
        return criteria
    field = next((name for name in OF_JOB_TYPES if name in type(criteria).model_fields), None)
    return criteria if field is None else limited(criteria, job_types, field)


def filter_from_query(spec: type[FilterT], names: Names | None = None, *, of_path: bool = False) -> QueryReader[FilterT]:
    """A dependency that reads the filter from the query.

    `of_path`: what is listed belongs to a thing of the path, which the caller has to see (its job types are not looked at).
    """
    spelling = query_names(spec) if names is None else names

    async def read(request: Request, **values: Any) -> FilterT:
        result = {name: value for name, value in values.items() if value is not None}
        criteria = build(spec, spelling, result, services_of(request).clock())
        return criteria if of_path else narrowed(criteria, request)

    request = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    parameters = [_parameter(spec, wire, field) for wire, field in spelling.items()]
    read.__signature__ = Signature([request, *parameters])  # type: ignore[attr-defined]
    return QueryReader(read)


def _parameter(spec: type[BaseModel], wire: str, field: str) -> Parameter:
    described = Query(description=spec.model_fields[field].description)
    annotation: Any = Annotated[_type(_kind(spec, field), in_body=False), described]
    return Parameter(wire, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


class Selection(body.RequestBody):
    """A body whose criteria select things, and which therefore must not be misunderstood: `selection_of` makes its base.

    Members and query parameters that nobody knows are ignored beside criteria; alone they are refused, for a typo must not
    select everything. So is a request that has no body and no criterion in its query: `{}` selects everything.
    """

    is_required: ClassVar[bool] = False
    reads_query: ClassVar[bool] = True
    judges_query: ClassVar[bool] = True
    """Whether unknown names in the query count as well."""
    tolerated: ClassVar[frozenset[str]] = frozenset()
    """What existing clients add to every body or query."""
    filter_type: ClassVar[type[BaseModel]]
    spellings: ClassVar[Names]
    further: ClassVar[frozenset[str]] = frozenset()
    """Members that select as well, and are no criteria."""

    @classmethod
    async def read(cls, request: Request) -> Self:
        """Read the request.

        Raises:
            InvalidRequest: Something is wrong with it; the text names what.
        """
        written, queried = await cls.members(request)
        selecting = {*cls.spellings, *cls.further}
        if written is None and not selecting & set(queried):
            raise InvalidRequest("The request has no body and selects nothing. Send filters, or {} to select every job.")
        provided = (written or {}) | queried
        unread = set(request.query_params) - set(queried) if cls.judges_query else set()
        unknown = (set(provided) - set(cls.model_fields) | unread) - cls.tolerated
        if unknown and not selecting & set(provided):
            raise InvalidRequest(f"Unknown fields: {', '.join(sorted(unknown))}.")
        return body.validated(cls, {name: value for name, value in provided.items() if value is not None})

    def criteria_for(self, request: Request) -> Any:
        """The filter, without the job types that the caller does not see; raises as `criteria` does."""
        services = services_of(request)
        result = narrowed(self.criteria(services.clock(), services.options), request)
        note_filter(request, result)
        return result

    def criteria(self, now: datetime, options: ApiOptions) -> Any:
        """The filter.

        Raises:
            InvalidRequest: For times that cannot be read, and when the operator insists on a filter.
        """
        provided = {name: getattr(self, name) for name in {*self.spellings, *self.further}}
        if options.bulk_require_filter and all(value in (None, []) for value in provided.values()):
            raise InvalidRequest("At least one filter is required by this installation.")
        chosen = {name: provided[name] for name in self.spellings if provided[name] is not None}
        return build(self.filter_type, self.spellings, chosen, now)


def selection_of(spec: type[BaseModel], names: Names) -> Any:
    """The base of a body that has the criteria as members: the class that is read, and documented."""
    members: dict[str, Any] = {
        wire: (_type_in_body(spec, wire, field), Field(None, description=_text_in_body(spec, wire, field)))
        for wire, field in names.items()
    }
    base = create_model(f"{spec.__name__}Selection", __base__=Selection, **members)
    base.filter_type, base.spellings = spec, names
    return base


def _type_in_body(spec: type[BaseModel], wire: str, field: str) -> Any:
    # What is called like one value is documented as one.
    kind = _kind(spec, field)
    return OneText | None if get_args(kind) and wire != field else _type(kind, in_body=True)


def _text_in_body(spec: type[BaseModel], wire: str, field: str) -> str:
    further = INSTANT if _kind(spec, field) is datetime else MANY if wire != field else None
    return " ".join(filter(None, (spec.model_fields[field].description, further)))


def build(spec: type[FilterT], names: Names, provided: Mapping[str, Any], now: datetime) -> FilterT:
    """The filter of values that were read by their spellings; an empty list is no condition, durations become instants."""
    fields: dict[str, Any] = {}
    spelling: dict[str, str] = {}
    for wire, value in provided.items():
        field = names[wire]
        spelling[field] = wire
        if not isinstance(value, list):
            fields[field] = value
        elif value:
            fields[field] = frozenset(value) | fields.get(field, frozenset())
    for first, last in _ranges(spec):
        if first in fields or last in fields:
            times = _range(fields.get(first), fields.get(last), now, (spelling.get(first, first), spelling.get(last, last)))
            fields |= {name: value for name, value in zip((first, last), times, strict=True) if value is not None}
    return spec.model_validate(fields)


@cache
def _ranges(spec: type[BaseModel]) -> list[tuple[str, str]]:
    """The criteria that are times: `x_started` goes with `x_ended`, one that stands alone with nothing."""
    times = [name for name in spec.model_fields if _kind(spec, name) is datetime]
    ranges = {name: f"{name.removesuffix('started')}ended" for name in times if name.endswith("started")}
    return [(name, ranges.get(name, "")) for name in times if name not in ranges.values()]


def _range(started: Any, ended: Any, now: datetime, names: tuple[str, str]) -> tuple[datetime | None, datetime | None]:
    for name, value in zip(names, (started, ended), strict=True):
        if value is not None and not isinstance(value, str):
            raise InvalidRequest(f"{name}: must be an ISO-8601 string.")
    return parse_range(started, ended, now, names)

"""Dependencies that read query parameters, at a cost that does not grow with the number of those that were not sent.

The framework looks at every parameter that an operation declares, at each request: for a list with two dozen filters that
costs more than everything else that it does. Here a dependency is a function declared as the framework wants it. What it
declares is documented, and validated by the framework's own fields, but only when it was sent.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any, Generic, TypeVar, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticUndefined

T = TypeVar("T")


@dataclass(frozen=True)
class _Parameter:
    """A parameter: how it is called in the code and in a query, and whether it is a list."""

    name: str
    alias: str
    is_list: bool
    field: Any


class QueryReader(Generic[T]):
    """The dependency of a function whose parameters are those of the query, and perhaps the request."""

    def __init__(self, function: Callable[..., Awaitable[T]]) -> None:
        self._function = function
        self._takes_request = any(item.annotation is Request for item in signature(function).parameters.values())

    async def __call__(self, request: Request) -> T:
        """Read the query and call the function.

        Raises:
            RequestValidationError: Parameters cannot be read; it names each.
        """
        values = self._defaults | self._read(request) if request.scope["query_string"] else self._defaults
        return await (self._function(request, **values) if self._takes_request else self._function(**values))

    @cached_property
    def documented(self) -> Dependant:
        """What the framework would make of the function."""
        return get_dependant(path="", call=self._function)

    @cached_property
    def _parameters(self) -> tuple[_Parameter, ...]:
        fields = self.documented.query_params
        return tuple(_Parameter(field.name, field.alias, _is_list(field.field_info.annotation), field) for field in fields)

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        defaults = {item.name: item.field.default for item in self._parameters}
        if PydanticUndefined in defaults.values():
            raise TypeError(f"{self._function} needs a parameter: that is for the framework to say.")
        return defaults

    def _read(self, request: Request) -> dict[str, Any]:
        query, values, problems = request.query_params, {}, []
        for item in self._parameters:
            if item.alias in query:
                text = query.getlist(item.alias) if item.is_list else query[item.alias]
                values[item.name], wrong = item.field.validate(text, {}, loc=("query", item.alias))
                problems += wrong
        if problems:
            raise RequestValidationError(problems)
        return values


def _is_list(annotation: Any) -> bool:
    """Whether a parameter may be repeated; one that need not be sent may be None as well."""
    return any(get_origin(kind) is list for kind in (annotation, *get_args(annotation)))

"""Response shapes made of models: a member of a response is declared once, in the model that documents it.

A member comes from the field of the record that is called like it; where another one is meant, or code is needed, its
annotation says so. A model inside of a model is an object of its own: null, where the annotation allows it, when its `id`
is. Lists, dictionaries and unions of models map over what the field holds. The members keep the sequence of the model, in
which a member that a subclass declares again keeps its place.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from inspect import get_annotations
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import RootModel
from pydantic.fields import FieldInfo

from jobsvc.api.models import ApiModel, Computed, ForRequest, Source
from jobsvc.domain.response_shape import Read, ResponseShape, reader

Render = Callable[[Any, Any], Any]
"""What becomes of the value of a member, and the request."""
Origin = Source | Computed | ForRequest


@cache
def shape_of(model: type[ApiModel], at: str = "") -> ResponseShape:
    """The shape that renders a model; `at` is where a larger record holds the record of the model."""
    members = {field.alias or name: _member(model, name, at) for name, field in model.model_fields.items()}
    return ResponseShape(members)


def _member(model: type[ApiModel], name: str, at: str) -> str | ResponseShape | Read:
    field = model.model_fields[name]
    above, owner = _declared(model, name)
    record = _path(at, above)
    kind, is_optional = _without_null(field.annotation)
    origin = _origin(field)
    if isinstance(origin, Computed | ForRequest):
        return _computed(record, origin, field.annotation)
    if origin is None and get_origin(kind) is Literal and len(get_args(kind)) == 1:
        return _constant(get_args(kind)[0])
    render = _render_of(kind)
    place = _path(record, origin.path if origin else _path("" if render else owner.columns, name))
    if _is_model(kind):
        return _object(kind, place, is_optional=is_optional)
    return place if render is None else _piped(reader(place), render)


def _declared(model: type[ApiModel], name: str) -> tuple[str, type[ApiModel]]:
    """Where the record holds what a member's own class declares, and that class."""
    if name in get_annotations(model):
        return "", model
    base = next(base for base in model.__bases__ if name in getattr(base, "model_fields", ()))
    above, owner = _declared(base, name)
    return _path(model.inherited, above), owner


def _origin(field: FieldInfo) -> Origin | None:
    return next((item for item in field.metadata if isinstance(item, Origin)), None)


def _object(model: type[ApiModel], at: str, *, is_optional: bool) -> ResponseShape:
    shape = shape_of(model, at)
    key = shape.members.get("id", at)
    return replace(shape, null_without=key if isinstance(key, str) else at) if is_optional else shape


def _computed(record: str, origin: Computed | ForRequest, annotation: Any) -> Read:
    render = None if isinstance(origin, Computed) and origin.is_json else _render_of(annotation)
    of: Read = origin.of if isinstance(origin, ForRequest) else _alone(origin.of)
    read = _piped(reader(record), of) if record else of
    return _piped(read, render) if render else read


def _render_of(annotation: Any) -> Render | None:
    """What makes JSON of a value of this type; None for what is JSON already."""
    kind, is_optional = _without_null(annotation)
    if _is_model(kind):
        shape = _object(kind, "", is_optional=is_optional)
        return shape.optional if is_optional else shape.of
    if isinstance(kind, type) and issubclass(kind, RootModel):
        return _choice(kind.model_fields["root"])
    inner = _render_of(get_args(kind)[-1]) if get_origin(kind) in {list, dict} else None
    return None if inner is None else _for_items(inner, is_object=get_origin(kind) is dict)


def _for_items(render: Render, *, is_object: bool) -> Render:
    def for_items(values: Any, request: Any) -> Any:
        if values is None:
            return None
        if is_object:
            return {name: render(value, request) for name, value in values.items()}
        return [render(value, request) for value in values]

    return for_items


def _choice(root: FieldInfo) -> Render:
    """One of several models: the one whose discriminator is the value that the record has under its name; null when none is."""
    name = str(root.discriminator)
    shapes = {get_args(model.model_fields[name].annotation)[0]: shape_of(model) for model in get_args(root.annotation)}

    def choice(record: Any, request: Any) -> Any:
        shape = shapes.get(getattr(record, name))
        return None if shape is None else shape.of(record, request)

    return choice


def _without_null(annotation: Any) -> tuple[Any, bool]:
    arguments = get_args(annotation)
    if get_origin(annotation) not in {Union, UnionType} or NoneType not in arguments:
        return annotation, False
    kinds = [kind for kind in arguments if kind is not NoneType]
    return (kinds[0] if len(kinds) == 1 else Union[tuple(kinds)]), True  # noqa: UP007 - as many as there are


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, ApiModel)


def _piped(read: Read, render: Render) -> Read:
    return lambda record, request: render(read(record, request), request)


def _alone(of: Callable[[Any], Any]) -> Read:
    return lambda record, _request: of(record)


def _constant(value: Any) -> Read:
    return lambda _record, _request: value


def _path(first: str, rest: str) -> str:
    """A path behind another one; one that ends with an underscore is what names begin with."""
    return f"{first}{rest}" if not first or not rest or first.endswith("_") else f"{first}.{rest}"

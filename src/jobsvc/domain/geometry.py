"""GeoJSON geometries: are they valid, and how do they read as well-known text."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from jobsvc.domain.json_types import JsonObject

# Coordinates are lists of lists, nested as deep as the type of the geometry says.
_Coordinates = list[Any]

# Far beyond any degree or meter, so that no arithmetic can overflow.
_LARGEST = 1e15


class _Kind(NamedTuple):
    depth: int
    """How many lists lie around a position."""
    shortest: int
    """How many positions the innermost of them has at least."""


_KINDS = {
    "Point": _Kind(0, 1),
    "MultiPoint": _Kind(1, 1),
    "LineString": _Kind(1, 2),
    "Polygon": _Kind(2, 4),
    "MultiLineString": _Kind(2, 2),
    "MultiPolygon": _Kind(3, 4),
}


def check_geometry(geometry: object) -> JsonObject:
    """`geometry` itself when it is a point, a line, a polygon or several of these; else ValueError."""
    if not isinstance(geometry, dict) or str(geometry.get("type")) not in _KINDS:
        raise ValueError(f"a geometry must be one of {', '.join(_KINDS)}")
    kind = _KINDS[str(geometry["type"])]
    _check_coordinates(geometry.get("coordinates"), kind.depth, kind.shortest)
    return geometry


def geometry_wkt(geometry: JsonObject) -> str:
    """The well-known text of a valid geometry, as in `POINT (10 20.5)`; altitudes are left out."""
    kind, coordinates = _parts(geometry)
    text = _wkt(coordinates, kind.depth)
    return f"{str(geometry['type']).upper()} {text if kind.depth else f'({text})'}"


def center_point_wkt(geometry: JsonObject) -> str:
    """The well-known text of the center of a valid geometry's bounding box."""
    kind, coordinates = _parts(geometry)
    xs, ys = zip(*_positions(coordinates, kind.depth), strict=True)
    return f"POINT ({(min(xs) + max(xs)) / 2} {(min(ys) + max(ys)) / 2})"


def _parts(geometry: JsonObject) -> tuple[_Kind, _Coordinates]:
    coordinates = geometry["coordinates"]
    assert isinstance(coordinates, list)  # noqa: S101 (check_geometry saw to it)
    return _KINDS[str(geometry["type"])], coordinates


def _wkt(coordinates: _Coordinates, depth: int) -> str:
    if depth == 0:
        return f"{coordinates[0]} {coordinates[1]}"
    return f"({', '.join(_wkt(item, depth - 1) for item in coordinates)})"


def _positions(coordinates: _Coordinates, depth: int) -> Iterator[tuple[float, float]]:
    if depth == 0:
        yield coordinates[0], coordinates[1]
        return
    for item in coordinates:
        yield from _positions(item, depth - 1)


def _check_coordinates(value: object, depth: int, shortest: int) -> None:
    if depth == 0:
        _check_position(value)
        return
    if not isinstance(value, list) or len(value) < (shortest if depth == 1 else 1):
        raise ValueError("the nesting or number of coordinates does not fit the type of the geometry")
    for item in value:
        _check_coordinates(item, depth - 1, shortest)


def _check_position(value: object) -> None:
    if not isinstance(value, list) or len(value) not in {2, 3} or not all(_is_coordinate(part) for part in value):
        raise ValueError("a position must be two or three numbers")


def _is_coordinate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST

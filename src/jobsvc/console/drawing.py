"""GeoJSON as paths of a drawing: longitude to the right, latitude up, in a field of 360 by 180."""

from collections.abc import Iterable
from typing import Any

MOST_SHAPES = 2000


def drawn(document: dict[str, Any]) -> list[str]:
    """The `d` of a path for each point, line and ring (RFC 7946, section 3); raises what a malformed document raises."""
    return [_path(shape) for shape, _ in zip(_shapes(document), range(MOST_SHAPES), strict=False)]


def _shapes(document: dict[str, Any]) -> Iterable[list[Any]]:
    kind = document["type"]
    if kind == "FeatureCollection":
        for feature in document["features"]:
            yield from _shapes(feature)
    elif kind == "Feature":
        yield from _shapes(document["geometry"]) if document["geometry"] else ()
    elif kind == "GeometryCollection":
        for geometry in document["geometries"]:
            yield from _shapes(geometry)
    else:
        yield from _lines(document["coordinates"])


def _lines(coordinates: list[Any]) -> Iterable[list[Any]]:
    """Nested coordinates as lists of positions; a lone position is one of itself."""
    if not coordinates:
        return
    if isinstance(coordinates[0], int | float):
        yield [coordinates]
    elif isinstance(coordinates[0][0], int | float):
        yield coordinates
    else:
        for part in coordinates:
            yield from _lines(part)


def _path(positions: list[Any]) -> str:
    places = [f"{float(place[0]) + 180:.3f} {90 - float(place[1]):.3f}" for place in positions]
    # A line from a point to itself is drawn as a dot, with round ends.
    return "M" + "L".join(places if len(places) > 1 else places * 2)

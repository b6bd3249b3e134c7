"""Which geometries are valid, and how they read as text."""

import pytest

from jobsvc.domain.geometry import center_point_wkt, check_geometry, geometry_wkt
from jobsvc.domain.json_types import JsonObject

RING = [[0, 0], [4, 0], [4, 2], [0, 0]]


@pytest.mark.parametrize(
    ("geometry", "text", "center"),
    [
        ({"type": "Point", "coordinates": [10, 20.5]}, "POINT (10 20.5)", "POINT (10.0 20.5)"),
        ({"type": "Point", "coordinates": [1, 2, 99]}, "POINT (1 2)", "POINT (1.0 2.0)"),
        ({"type": "MultiPoint", "coordinates": [[0, 0], [2, 4]]}, "MULTIPOINT (0 0, 2 4)", "POINT (1.0 2.0)"),
        (
            {"type": "LineString", "coordinates": [[0, 0], [2, -4]]},
            "LINESTRING (0 0, 2 -4)",
            "POINT (1.0 -2.0)",
        ),
        ({"type": "Polygon", "coordinates": [RING]}, "POLYGON ((0 0, 4 0, 4 2, 0 0))", "POINT (2.0 1.0)"),
        (
            {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]},
            "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
            "POINT (1.5 1.5)",
        ),
        (
            {"type": "MultiPolygon", "coordinates": [[RING], [RING]]},
            "MULTIPOLYGON (((0 0, 4 0, 4 2, 0 0)), ((0 0, 4 0, 4 2, 0 0)))",
            "POINT (2.0 1.0)",
        ),
    ],
)
def test_a_geometry_reads_as_well_known_text(geometry: JsonObject, text: str, center: str) -> None:
    assert geometry_wkt(check_geometry(geometry)) == text
    assert center_point_wkt(geometry) == center


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        [],
        {},
        {"type": ["Point"], "coordinates": [1, 2]},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Point"},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point", "coordinates": [1, 2, 3, 4]},
        {"type": "Point", "coordinates": [1, "2"]},
        {"type": "Point", "coordinates": [1, True]},
        {"type": "Point", "coordinates": [1, float("nan")]},
        {"type": "Point", "coordinates": [1, 10**400]},
        {"type": "Point", "coordinates": [[1, 2]]},
        {"type": "MultiPoint", "coordinates": []},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "LineString", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": RING},
        {"type": "MultiPolygon", "coordinates": []},
    ],
)
def test_what_is_no_geometry_is_refused(geometry: object) -> None:
    with pytest.raises(ValueError, match=r"must be|does not fit"):
        check_geometry(geometry)

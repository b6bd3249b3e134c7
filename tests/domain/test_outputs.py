"""Which file belongs to which output, and what side-car files say (docs/spec/behaviour/seed.md#outputs)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.outputs import FileMetadata, OutputMatcher, OutputProblem, parse_metadata
from jobsvc.domain.seed import FileOutput, SeedManifest
from tests.outputs import match_outputs

POINT = {"type": "Point", "coordinates": [1, 2]}


def manifest(*outputs: FileOutput) -> SeedManifest:
    """A manifest with these file outputs."""
    return SeedManifest("count", "1.0.0", "1.0.0", "Count", "", 60, file_outputs=outputs)


TREE = ("b.png", "a.png", "A.PNG", ".c.png", "x/d.png", "x/y/e.png", ".z/f.png", "x/.g.png", "[1].txt")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ("a.png", "b.png")),
        ("./*.png", ("a.png", "b.png")),
        ("?.png", ("a.png", "b.png")),
        ("[bc].png", ("b.png",)),
        ("[!b].png", ("a.png",)),
        ("[[]1].txt", ("[1].txt",)),
        (".*.png", (".c.png",)),
        ("x/*.png", ("x/d.png",)),
        ("*/*.png", ("x/d.png",)),
        ("x//d.png", ("x/d.png",)),
        ("**/*.png", ("a.png", "b.png", "x/d.png", "x/y/e.png")),
        ("x/**/e.png", ("x/y/e.png",)),
        ("x/**", ("x/d.png", "x/y/e.png")),
        ("**/y/**/**", ("x/y/e.png",)),
        ("x", ()),
        ("x/d.png/more", ()),
    ],
)
def test_a_pattern_selects_files_in_sorted_order(pattern: str, expected: tuple[str, ...]) -> None:
    output = FileOutput("out", pattern, multiple=True, required=False)
    assert match_outputs(manifest(output), TREE).get("out", ()) == expected


def test_files_that_describe_others_are_no_output() -> None:
    names = [
        "a.json",
        "a.json.metadata.json",
        "seed.outputs.json",
        "results_manifest.json",
        "x/b.metadata.json",
    ]
    output = FileOutput("out", "**/*.json", multiple=True)
    assert match_outputs(manifest(output), names) == {"out": ("a.json",)}


def test_each_output_finds_its_own_files_and_may_share_them() -> None:
    outputs = manifest(FileOutput("all", "*", multiple=True), FileOutput("text", "*.txt"))
    assert match_outputs(outputs, ["b.png", "a.txt"]) == {"all": ("a.txt", "b.png"), "text": ("a.txt",)}


def test_an_optional_output_without_files_is_left_out() -> None:
    assert match_outputs(manifest(FileOutput("out", "*", required=False)), []) == {}


@pytest.mark.parametrize(
    ("names", "error_name"),
    [
        ([], "missing-required-output"),
        (["seed.outputs.json"], "missing-required-output"),
        (["a.png", "b.png"], "unexpected-multiple-outputs"),
    ],
)
def test_a_single_required_output_takes_exactly_one_file(names: list[str], error_name: str) -> None:
    with pytest.raises(OutputProblem, match=r"^plot: .* \*") as problem:
        match_outputs(manifest(FileOutput("plot", "*")), names)
    assert problem.value.error_name == error_name


@given(st.permutations(TREE))
def test_the_order_of_the_directory_does_not_matter(names: list[str]) -> None:
    outputs = manifest(FileOutput("out", "**", multiple=True))
    assert match_outputs(outputs, names) == match_outputs(outputs, TREE)


def test_a_path_is_followed_part_by_part() -> None:
    matcher = OutputMatcher(manifest(FileOutput("all", "**", multiple=True), FileOutput("text", "d/*.txt")))
    below = matcher.step(matcher.start, "d")
    file = matcher.step(below, "a.txt")
    assert (matcher.takers(file, "a.txt"), matcher.takers(below, "d")) == (["all", "text"], ["all"])
    assert matcher.takers(matcher.step(below, "seed.outputs.json"), "seed.outputs.json") == []
    assert (matcher.goes_on(below), matcher.goes_on(matcher.step(below, ".hidden"))) == (True, False)


@pytest.mark.parametrize("length", [4096, 4097])
def test_a_pattern_may_be_only_so_long(length: int) -> None:
    outputs = manifest(FileOutput("out", "x" * length, required=False))
    if length == 4096:
        assert match_outputs(outputs, ["a"]) == {}
        return
    with pytest.raises(OutputProblem, match=r"^out: its pattern is longer than 4096 characters$") as problem:
        OutputMatcher(outputs)
    assert problem.value.error_name == "invalid-results-manifest"


def test_a_feature_says_what_a_file_is_about() -> None:
    properties = {
        "dataStarted": "2015-01-01T00:00:00Z",
        "dataEnded": "2015-01-02T00:00:00Z",
        "sourceStarted": "2015-01-03T00:00:00Z",
        "sourceEnded": "2015-01-04T00:00:00Z",
        "sourceSensorClass": "class",
        "sourceSensor": "sensor",
        "sourceCollection": "collection",
        "sourceTask": "task",
        "other": {"is": "ignored"},
    }
    assert parse_metadata({"type": "Feature", "geometry": POINT, "properties": properties}) == FileMetadata(
        geometry={"type": "Point", "coordinates": [1, 2]},
        data_started=datetime(2015, 1, 1, tzinfo=UTC),
        data_ended=datetime(2015, 1, 2, tzinfo=UTC),
        source_started=datetime(2015, 1, 3, tzinfo=UTC),
        source_ended=datetime(2015, 1, 4, tzinfo=UTC),
        source_sensor_class="class",
        source_sensor="sensor",
        source_collection="collection",
        source_task="task",
    )


def test_a_geometry_may_stand_alone_and_a_feature_may_say_nothing() -> None:
    assert parse_metadata(POINT) == FileMetadata(geometry={"type": "Point", "coordinates": [1, 2]})
    assert parse_metadata({"type": "Feature", "geometry": None, "properties": None}) == FileMetadata()


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ([], "metadata: must be an object"),
        ({}, "a geometry must be"),
        ({"type": "FeatureCollection", "features": []}, "a geometry must be"),
        ({"type": "GeometryCollection", "geometries": [POINT]}, "a geometry must be"),
        ({"type": "Feature", "geometry": {"type": "GeometryCollection"}}, "a geometry must be"),
        ({"type": "Feature", "properties": [1]}, "properties: must be an object"),
        ({"type": "Feature", "properties": {"sourceTask": 1}}, "sourceTask must be text"),
        ({"type": "Feature", "properties": {"dataStarted": "2015-01-01"}}, "dataStarted must be a timestamp"),
        ({"type": "Feature", "properties": {"dataStarted": "P1D"}}, "dataStarted must be a timestamp"),
    ],
)
def test_metadata_that_cannot_be_read_fails_the_job(document: object, detail: str) -> None:
    with pytest.raises(OutputProblem) as problem:
        parse_metadata(document)
    assert problem.value.error_name == "invalid-results-manifest"
    assert problem.value.detail.startswith(f"side-car file: {detail}")

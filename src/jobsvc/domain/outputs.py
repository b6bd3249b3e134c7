"""The output of a job: which file belongs to which output, and what a side-car file says of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from pydantic import JsonValue

from jobsvc.domain.builtin_errors import (
    INVALID_RESULTS_MANIFEST,
    MISSING_REQUIRED_OUTPUT,
    UNEXPECTED_MULTIPLE_OUTPUTS,
)
from jobsvc.domain.documents import read_object
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.geometry import check_geometry
from jobsvc.domain.instants import parse_timestamp
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.seed import FileOutput, SeedManifest

# Files with one of these in their name describe other files and are no output themselves.
_DESCRIPTIONS = (".metadata.json", "seed.outputs.json", "results_manifest.json")


class OutputProblem(Exception):
    """The output of a job is not what its manifest promises: it failed with this builtin error."""

    def __init__(self, error_name: str, detail: str) -> None:
        super().__init__(detail)
        self.error_name = error_name
        self.detail = detail


@dataclass(frozen=True)
class FileMetadata:
    """What a side-car file says of a file; instants in UTC, the geometry as valid GeoJSON."""

    geometry: JsonObject | None = None
    data_started: datetime | None = None
    data_ended: datetime | None = None
    source_started: datetime | None = None
    source_ended: datetime | None = None
    source_sensor_class: str | None = None
    source_sensor: str | None = None
    source_collection: str | None = None
    source_task: str | None = None


def match_outputs(manifest: SeedManifest, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The sorted files of each file output, by its name; outputs without files are left out.

    `names` are paths of files relative to the output directory, with slashes. OutputProblem when a required
    output has no file, or one that is not `multiple` has several.
    """
    products = sorted(name for name in names if not _is_description(name))
    found = {output.name: _files_of(output, products) for output in manifest.file_outputs}
    return {name: files for name, files in found.items() if files}


def parse_metadata(document: object) -> FileMetadata:
    """The metadata in a side-car file: a GeoJSON Feature, or a geometry alone.

    OutputProblem when it is neither, as collections are, and when a property that is known has a wrong form.
    """
    try:
        return _metadata(read_object(document, "metadata"))
    except (InvalidRequest, ValueError) as error:
        raise OutputProblem(INVALID_RESULTS_MANIFEST, f"side-car file: {error}") from None


def _files_of(output: FileOutput, products: Sequence[str]) -> tuple[str, ...]:
    pattern = [part for part in output.pattern.split("/") if part not in {"", "."}]
    files = tuple(name for name in products if _matches(pattern, name.split("/")))
    if output.required and not files:
        raise OutputProblem(MISSING_REQUIRED_OUTPUT, f"{output.name}: no file matches {output.pattern}")
    if len(files) > 1 and not output.multiple:
        detail = f"{output.name}: {len(files)} files match {output.pattern}, and it takes one"
        raise OutputProblem(UNEXPECTED_MULTIPLE_OUTPUTS, detail)
    return files


def _is_description(name: str) -> bool:
    file_name = name.rpartition("/")[2]
    return any(part in file_name for part in _DESCRIPTIONS)


def _matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether the parts of a path fit those of a glob; `**` is any number of directories, or all below."""
    if not pattern or not path:
        return list(pattern) in ([], ["**"]) and not path
    head, *rest = pattern
    if head == "**":
        return _matches(rest, path) or (_part_matches("*", path[0]) and _matches(pattern, path[1:]))
    return _part_matches(head, path[0]) and _matches(rest, path[1:])


def _part_matches(pattern: str, part: str) -> bool:
    # As in a shell, a wildcard does not stand for the dot of a hidden file.
    return fnmatchcase(part, pattern) and (not part.startswith(".") or pattern.startswith("."))


def _metadata(document: JsonObject) -> FileMetadata:
    if document.get("type") != "Feature":
        return FileMetadata(geometry=check_geometry(document))
    geometry = document.get("geometry")
    properties = read_object(document.get("properties") or {}, "properties")
    return FileMetadata(
        geometry=None if geometry is None else check_geometry(geometry),
        data_started=_instant(properties, "dataStarted"),
        data_ended=_instant(properties, "dataEnded"),
        source_started=_instant(properties, "sourceStarted"),
        source_ended=_instant(properties, "sourceEnded"),
        source_sensor_class=_text(properties, "sourceSensorClass"),
        source_sensor=_text(properties, "sourceSensor"),
        source_collection=_text(properties, "sourceCollection"),
        source_task=_text(properties, "sourceTask"),
    )


def _text(properties: dict[str, JsonValue], name: str) -> str | None:
    value = properties.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} must be text")
    return value


def _instant(properties: dict[str, JsonValue], name: str) -> datetime | None:
    text = _text(properties, name)
    try:
        return None if text is None else parse_timestamp(text)
    except InvalidRequest as error:
        raise ValueError(f"{name} {error.detail}") from None

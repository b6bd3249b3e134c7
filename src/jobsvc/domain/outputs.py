"""The output of a job: which file belongs to which output, and what a side-car file says of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from pydantic import JsonValue

from jobsvc.domain.builtin_errors import (
    INVALID_RESULTS_MANIFEST,
    MISSING_REQUIRED_OUTPUT,
    UNEXPECTED_MULTIPLE_OUTPUTS,
)
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.geometry import check_geometry
from jobsvc.domain.globs import Glob, Places
from jobsvc.domain.instants import parse_timestamp
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.limits import MAX_PATTERN_LENGTH
from jobsvc.domain.seed import FileOutput, SeedManifest
from jobsvc.domain.validation import read_object

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


Trail: TypeAlias = Sequence[tuple[int, Places]]
"""How far a path fits the patterns: for each output that may still take it, by its number, the places in its pattern."""


class OutputMatcher:
    """Follows paths below the output directory, part by part, through the patterns of all file outputs."""

    def __init__(self, manifest: SeedManifest) -> None:
        """OutputProblem for a pattern that is too long."""
        self._outputs = manifest.file_outputs
        self._globs = [_glob(output) for output in self._outputs]
        self.start: Trail = [(number, glob.start) for number, glob in enumerate(self._globs)]

    def step(self, trail: Trail, part: str) -> Trail:
        """The trail after one more part of the path; it ends when nothing fits any more."""
        steps = ((number, self._globs[number].step(places, part)) for number, places in trail)
        return [(number, places) for number, places in steps if places]

    def takers(self, trail: Trail, name: str) -> list[str]:
        """The outputs that take the file `name` at the end of the trail."""
        if _is_description(name):
            return []
        return [self._outputs[number].name for number, places in trail if self._globs[number].accepts(places)]

    def goes_on(self, trail: Trail) -> bool:
        """Whether there may be outputs below the end of the trail."""
        return any(self._globs[number].goes_on(places) for number, places in trail)


def assign(manifest: SeedManifest, matches: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The sorted files of each file output, by its name, from those that match; outputs without files are left out.

    OutputProblem when a required output has no file, or one that is not `multiple` has several.
    """
    files = {output.name: _files_of(output, matches.get(output.name, ())) for output in manifest.file_outputs}
    return {name: names for name, names in files.items() if names}


def parse_metadata(document: object) -> FileMetadata:
    """The metadata in a side-car file: a GeoJSON Feature, or a geometry alone.

    OutputProblem when it is neither, as collections are, and when a property that is known has a wrong form.
    """
    try:
        return _metadata(read_object(document, "metadata"))
    except (InvalidRequest, ValueError) as error:
        raise OutputProblem(INVALID_RESULTS_MANIFEST, f"side-car file: {error}") from None


def _glob(output: FileOutput) -> Glob:
    if len(output.pattern) > MAX_PATTERN_LENGTH:
        detail = f"{output.name}: its pattern is longer than {MAX_PATTERN_LENGTH} characters"
        raise OutputProblem(INVALID_RESULTS_MANIFEST, detail)
    return Glob(output.pattern)


def _files_of(output: FileOutput, matches: Sequence[str]) -> tuple[str, ...]:
    files = tuple(sorted(matches))
    if output.required and not files:
        raise OutputProblem(MISSING_REQUIRED_OUTPUT, f"{output.name}: no file matches {output.pattern}")
    if len(files) > 1 and not output.multiple:
        detail = f"{output.name}: {len(files)} files match {output.pattern}, and it takes one"
        raise OutputProblem(UNEXPECTED_MULTIPLE_OUTPUTS, detail)
    return files


def _is_description(name: str) -> bool:
    file_name = name.rpartition("/")[2]
    return any(part in file_name for part in _DESCRIPTIONS)


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

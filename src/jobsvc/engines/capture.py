"""Collects what a job left in its output directory (behaviour.md, section 14.3)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobsvc.domain.builtin_errors import INVALID_RESULTS_MANIFEST
from jobsvc.domain.job_data import validate_json_outputs
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.outcome import CapturedFile, CapturedOutput
from jobsvc.domain.outputs import OutputProblem, match_outputs, parse_metadata
from jobsvc.domain.seed import FileOutput, SeedManifest
from jobsvc.engines.media_types import media_type
from jobsvc.engines.output_files import list_files

_RESULTS = "seed.outputs.json"
_SIDE_CAR = ".metadata.json"
_LARGEST_DOCUMENT = 64 << 20  # bytes; it is held in memory


@dataclass(frozen=True)
class Capture:
    """What was collected, and sentences for the log about what was not and does not make the job fail."""

    output: CapturedOutput
    warnings: tuple[str, ...] = ()


def capture(directory: Path, manifest: SeedManifest, given: Collection[str]) -> Capture:
    """The outputs in `directory`; `given` are the names of the inputs that had files.

    Blocks. OutputProblem, OSError.
    """
    return _Collector(directory, manifest).collect(given)


class _Collector:
    def __init__(self, directory: Path, manifest: SeedManifest) -> None:
        self._directory = directory
        self._manifest = manifest
        names, self._warnings = list_files(directory)
        self._names = frozenset(names)

    def collect(self, given: Collection[str]) -> Capture:
        output = CapturedOutput(self._files(), self._json(), self._input_metadata(given))
        return Capture(output, tuple(self._warnings))

    def _files(self) -> tuple[CapturedFile, ...]:
        matches = match_outputs(self._manifest, list(self._names))
        return tuple(self._file(output, name) for output in self._manifest.file_outputs for name in matches.get(output.name, ()))

    def _file(self, output: FileOutput, name: str) -> CapturedFile:
        _check_name(name)
        kind = media_type(name, output.media_type)
        return CapturedFile(output.name, self._directory / name, name, kind, self._metadata(name))

    def _json(self) -> JsonObject:
        if _RESULTS in self._names:
            return validate_json_outputs(self._read(_RESULTS), self._manifest)
        if self._manifest.json_outputs:
            self._warnings.append(f"there is no {_RESULTS}, so the job has no JSON outputs")
        return {}

    def _input_metadata(self, given: Collection[str]) -> dict[str, JsonObject]:
        single = [each.name for each in self._manifest.file_inputs if not each.multiple and each.name in given]
        return {name: found for name in single if (found := self._metadata(name)) is not None}

    def _metadata(self, name: str) -> JsonObject | None:
        """The valid side-car document of a file, None when it has none."""
        if name + _SIDE_CAR not in self._names:
            return None
        document: JsonObject = self._read(name + _SIDE_CAR)
        try:
            parse_metadata(document)
        except OutputProblem as problem:
            raise OutputProblem(problem.error_name, f"{name}{_SIDE_CAR}: {problem.detail}") from None
        return document

    def _read(self, name: str) -> Any:
        file = self._directory / name
        if file.stat().st_size > _LARGEST_DOCUMENT:
            raise OutputProblem(INVALID_RESULTS_MANIFEST, f"{name}: is larger than {_LARGEST_DOCUMENT} bytes")
        try:
            return json.loads(file.read_bytes())
        except (ValueError, RecursionError) as error:
            raise OutputProblem(INVALID_RESULTS_MANIFEST, f"{name}: is no JSON ({error})") from None


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise OutputProblem(INVALID_RESULTS_MANIFEST, f"the file name {name!a} is not UTF-8") from None

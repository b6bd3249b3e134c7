"""Collects what a job left in its output directory (docs/spec/behaviour/seed.md#outputs), up to the limits of `domain.limits`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobsvc.domain import limits
from jobsvc.domain.builtin_errors import INVALID_RESULTS_MANIFEST
from jobsvc.domain.job_data import validate_json_outputs
from jobsvc.domain.json_text import parse_json
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.outcome import CapturedFile, CapturedOutput
from jobsvc.domain.outputs import OutputMatcher, OutputProblem, assign, parse_metadata
from jobsvc.domain.seed import FileOutput, SeedManifest
from jobsvc.engines.media_types import media_type
from jobsvc.engines.output_tree import OutputFile, OutputTree

_RESULTS = "seed.outputs.json"
_SIDE_CAR = ".metadata.json"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Capture:
    """What was collected, and sentences for the log about what was not and does not make the job fail."""

    output: CapturedOutput
    warnings: tuple[str, ...] = ()


def capture(directory: Path, manifest: SeedManifest, provided: Collection[str], check: Callable[[], None]) -> Capture:
    """The outputs in `directory`; `given` are the names of the inputs that had files.

    Blocks; `check` is called meanwhile, and what it raises ends it.

    Raises:
        OutputProblem: An output is not as it has to be.
        OSError: The file system refuses.
    """
    with OutputTree(directory, check) as tree:
        return _Collector(tree, directory, manifest).collect(provided)


class _Collector:
    def __init__(self, tree: OutputTree, directory: Path, manifest: SeedManifest) -> None:
        self._tree = tree
        self._directory = directory
        self._manifest = manifest
        self._side_cars: dict[str, JsonObject | None] = {}
        self._side_car_bytes = 0

    def collect(self, provided: Collection[str]) -> Capture:
        output = CapturedOutput(self._files(), self._json(), self._input_metadata(provided))
        return Capture(output, tuple(self._tree.warnings))

    def _files(self) -> tuple[CapturedFile, ...]:
        files = self._matching()
        matches: dict[str, list[str]] = {}
        for file in files.values():
            for taker in file.takers:
                matches.setdefault(taker, []).append(file.name)
        assigned = assign(self._manifest, matches)
        outputs = self._manifest.file_outputs
        return tuple(self._file(output, files[name]) for output in outputs for name in assigned.get(output.name, ()))

    def _matching(self) -> dict[str, OutputFile]:
        files: dict[str, OutputFile] = {}
        size = taken = 0
        for file in self._tree.files(OutputMatcher(self._manifest)):
            files[file.name] = file
            # A file that two outputs take is stored for both of them.
            taken += len(file.takers)
            size += file.size * len(file.takers)
            if taken > limits.MAX_OUTPUT_FILES:
                raise _invalid(f"the outputs have more than {limits.MAX_OUTPUT_FILES} files")
            if size > limits.MAX_OUTPUT_BYTES:
                raise _invalid(f"the outputs have more than {limits.MAX_OUTPUT_BYTES} bytes")
        return files

    def _file(self, output: FileOutput, file: OutputFile) -> CapturedFile:
        _check_name(file.name)
        kind = media_type(file.name, output.media_type)
        metadata = self._metadata(file.name)
        return CapturedFile(output.name, self._directory / file.name, file.name, kind, metadata, file.identity)

    def _json(self) -> JsonObject:
        content = self._tree.read(_RESULTS, limits.MAX_RESULTS_BYTES)
        if content is not None:
            return validate_json_outputs(_parsed(_RESULTS, content), self._manifest)
        if self._manifest.json_outputs:
            self._tree.warnings.append(f"there is no {_RESULTS}, so the job has no JSON outputs")
        return {}

    def _input_metadata(self, provided: Collection[str]) -> dict[str, JsonObject]:
        single = [
            file_input.name
            for file_input in self._manifest.file_inputs
            if not file_input.multiple and file_input.name in provided
        ]
        return {name: document for name in single if (document := self._metadata(name)) is not None}

    def _metadata(self, name: str) -> JsonObject | None:
        """The valid side-car document of a file, None when it has none."""
        if name not in self._side_cars:
            self._side_cars[name] = self._read_metadata(name + _SIDE_CAR)
        return self._side_cars[name]

    def _read_metadata(self, name: str) -> JsonObject | None:
        content = self._tree.read(name, limits.MAX_SIDE_CAR_BYTES)
        if content is None:
            return None
        self._side_car_bytes += len(content)
        if self._side_car_bytes > limits.MAX_SIDE_CARS_BYTES:
            raise _invalid(f"the files *{_SIDE_CAR} have more than {limits.MAX_SIDE_CARS_BYTES} bytes together")
        document: JsonObject = _parsed(name, content)
        try:
            parse_metadata(document)
        except OutputProblem as exc:
            raise OutputProblem(exc.error_name, f"{name}: {exc.detail}") from None
        return document


def _parsed(name: str, content: bytes) -> Any:
    try:
        return parse_json(content.removeprefix(_BYTE_ORDER_MARK))
    except ValueError as error:
        raise _invalid(f"{name}: is no JSON ({error})" if content.strip() else f"{name}: is empty") from None


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise _invalid(f"the file name {name!a} is not UTF-8") from None


def _invalid(detail: str) -> OutputProblem:
    return OutputProblem(INVALID_RESULTS_MANIFEST, detail)

"""The data of a job: what comes in (`input`), and the JSON that it left behind (`seed.outputs.json`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from jobsvc.domain.builtin_errors import INVALID_RESULTS_MANIFEST, MISSING_REQUIRED_OUTPUT
from jobsvc.domain.documents import read_model, read_object
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.outputs import OutputProblem
from jobsvc.domain.seed import FileInput, JsonInput, SeedManifest

_FILE = "input.files"
_JSON = "input.json"


@dataclass(frozen=True)
class JobInput:
    """The input of a job: ids of files (at least one a name) and JSON values, by the name of the input."""

    files: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    json: Mapping[str, JsonValue] = field(default_factory=dict)

    def file_ids(self) -> tuple[int, ...]:
        """Every id in the order of the document, a file that is in two inputs twice."""
        return tuple(file_id for ids in self.files.values() for file_id in ids)


# An id is a JSON integer: neither true nor 1.0 nor "1" will do. The bound is that of the database's ids.
_FileId = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
_FileIds = Annotated[list[_FileId], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Document(_Part):
    version: Literal["6", "7"] = "7"
    files: dict[str, _FileIds] = {}
    # The member is called `json`, which is a method of the base class.
    values: dict[str, JsonValue] = Field({}, alias="json")


class _LegacyItem(_Part):
    name: str
    # Of these three one has to be there; the defaults are never read.
    file_id: _FileId = 0
    file_ids: _FileIds = []
    value: JsonValue = None

    def kind(self) -> str | None:
        """Which of the three members is there, None when it is not exactly one."""
        given = self.model_fields_set - {"name"}
        return next(iter(given)) if len(given) == 1 else None


class _LegacyDocument(_Part):
    version: Literal["1.0"]
    input_data: list[_LegacyItem] = []
    # Workspaces of the output, which the configuration of a job names since.
    output_data: JsonValue = None


def parse_input(document: object) -> JobInput:
    """The input in `document`, of version 6, 7 or 1.0; InvalidRequest naming the bad member.

    Whether it suits the job type is not looked at: see `validate_input`.
    """
    members = read_object(document, "input")
    if members.get("version") == "1.0":
        return _converted(read_model(_LegacyDocument, members, "input"))
    data = read_model(_Document, members, "input")
    return JobInput({name: tuple(ids) for name, ids in data.files.items()}, data.values)


def validate_input(data: JobInput, manifest: SeedManifest) -> JobInput:
    """The part of `data` that the manifest knows; names it does not know are dropped.

    InvalidRequest naming `input.files.<name>` or `input.json.<name>` when an input is missing, given twice or
    under the wrong kind, has several files though it takes one, or a value of another type.
    """
    _refuse_wrong_kind(data, manifest)
    files = {each.name: each for each in manifest.file_inputs}
    values = {each.name: each for each in manifest.json_inputs}
    _refuse_missing(manifest.file_inputs, data.files, _FILE)
    _refuse_missing(manifest.json_inputs, data.json, _JSON)
    return JobInput(
        {name: _checked_files(files[name], ids) for name, ids in data.files.items() if name in files},
        {name: _checked_value(values[name], value) for name, value in data.json.items() if name in values},
    )


def to_document(data: JobInput) -> JsonObject:
    """`{"files": …, "json": …}`, as it is stored and returned."""
    return {"files": {name: list(ids) for name, ids in data.files.items()}, "json": dict(data.json)}


def validate_json_outputs(document: object, manifest: SeedManifest) -> JsonObject:
    """The values of the JSON outputs in a `seed.outputs.json`, by the name of the output.

    Unknown members are ignored. OutputProblem when it is no object, when a required output is not in it and
    when a value has another type.
    """
    try:
        members = read_object(document, "seed.outputs.json")
    except InvalidRequest as error:
        raise OutputProblem(INVALID_RESULTS_MANIFEST, error.detail) from None
    values: JsonObject = {}
    for output in manifest.json_outputs:
        if output.key in members:
            values[output.name] = members[output.key]
            if not output.type.accepts(members[output.key]):
                raise OutputProblem(INVALID_RESULTS_MANIFEST, f"seed.outputs.json: {output.key} must be {output.type}")
        elif output.required:
            raise OutputProblem(MISSING_REQUIRED_OUTPUT, f"seed.outputs.json: {output.key} is missing")
    return values


def _converted(document: _LegacyDocument) -> JobInput:
    files: dict[str, tuple[int, ...]] = {}
    values: JsonObject = {}
    for index, item in enumerate(document.input_data):
        where = f"input.input_data[{index}]"
        if item.name in files or item.name in values:
            raise InvalidRequest(f"{where}.name: {item.name} is given twice")
        match item.kind():
            case "file_id":
                files[item.name] = (item.file_id,)
            case "file_ids":
                files[item.name] = tuple(item.file_ids)
            case "value":
                values[item.name] = item.value
            case _:
                raise InvalidRequest(f"{where}: needs exactly one of file_id, file_ids and value")
    return JobInput(files, values)


def _refuse_wrong_kind(data: JobInput, manifest: SeedManifest) -> None:
    for name in data.files:
        if name in data.json:
            raise InvalidRequest(f"{_JSON}.{name}: is given under files too")
    for each in manifest.json_inputs:
        if each.name in data.files:
            raise InvalidRequest(f"{_FILE}.{each.name}: takes a JSON value and no files")
    for file_input in manifest.file_inputs:
        if file_input.name in data.json:
            raise InvalidRequest(f"{_JSON}.{file_input.name}: takes files and no JSON value")


def _refuse_missing(inputs: Iterable[FileInput | JsonInput], given: Mapping[str, object], where: str) -> None:
    for each in inputs:
        if each.required and each.name not in given:
            raise InvalidRequest(f"{where}.{each.name}: is required")


def _checked_files(file_input: FileInput, ids: tuple[int, ...]) -> tuple[int, ...]:
    if len(ids) > 1 and not file_input.multiple:
        raise InvalidRequest(f"{_FILE}.{file_input.name}: takes one file, not {len(ids)}")
    return ids


def _checked_value(json_input: JsonInput, value: JsonValue) -> JsonValue:
    if not json_input.type.accepts(value):
        raise InvalidRequest(f"{_JSON}.{json_input.name}: must be of the type {json_input.type}")
    return value

"""The data of a job: what comes in (`input`), and the JSON that it left behind (`seed.outputs.json`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field, JsonValue

from jobsvc.domain.builtin_errors import INVALID_RESULTS_MANIFEST, MISSING_REQUIRED_OUTPUT
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.outputs import OutputProblem
from jobsvc.domain.seed import FileInput, JsonInput, SeedManifest
from jobsvc.domain.v3.data import StrictIds, read_data
from jobsvc.domain.validation import StrictModel, read_model, read_object


@dataclass(frozen=True)
class InputMembers:
    """What the parts of an input are called in the request that it came with, for errors to name them.

    `outputs` is where the workspaces of the outputs are named.
    """

    files: str = "input.files"
    json: str = "input.json"
    outputs: str = "configuration.output_workspaces.outputs"


MEMBERS = InputMembers()


@dataclass(frozen=True)
class JobInput:
    """The input of a job: ids of files (at least one a name) and JSON values, by the name of the input."""

    files: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    json: Mapping[str, JsonValue] = field(default_factory=dict)

    def file_ids(self) -> tuple[int, ...]:
        """Every id in the order of the document, a file that is in two inputs twice."""
        return tuple(file_id for ids in self.files.values() for file_id in ids)


class _Document(StrictModel):
    version: Literal["6", "7"] = "7"
    files: dict[str, StrictIds] = Field(default_factory=dict)
    # The member is called `json`, which is a method of the base class.
    values: dict[str, JsonValue] = Field({}, alias="json")


def parse_input(document: object) -> JobInput:
    """The input in `document`, of version 6, 7 or 1.0; InvalidRequest naming the bad member.

    Whether it suits the job type is not looked at: see `validate_input`.
    """
    members = read_object(document, "input")
    if members.get("version") == "1.0":
        v3 = read_data(members, "input")
        return JobInput(v3.files, v3.json)
    data = read_model(_Document, members, "input")
    return JobInput({name: tuple(ids) for name, ids in data.files.items()}, data.values)


def validate_input(data: JobInput, manifest: SeedManifest, members: InputMembers = MEMBERS) -> JobInput:
    """The part of `data` that the manifest knows; names it does not know are dropped.

    InvalidRequest naming the input (`input.files.<name>`) when it is missing, given twice or under the wrong kind, has
    several files though it takes one, or a value of another type.
    """
    _refuse_wrong_kind(data, manifest, members)
    files = {file_input.name: file_input for file_input in manifest.file_inputs}
    values = {json_input.name: json_input for json_input in manifest.json_inputs}
    _refuse_missing(manifest.file_inputs, data.files, members.files)
    _refuse_missing(manifest.json_inputs, data.json, members.json)
    return JobInput(
        {name: _checked_files(files[name], ids, members.files) for name, ids in data.files.items() if name in files},
        {name: _checked_value(values[name], value, members.json) for name, value in data.json.items() if name in values},
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
        key = output.key if output.key or output.key in members else output.name
        if key in members:
            values[output.name] = members[key]
            if not output.type.accepts(members[key]):
                raise OutputProblem(INVALID_RESULTS_MANIFEST, f"seed.outputs.json: {key} must be {output.type}")
        elif output.required:
            raise OutputProblem(MISSING_REQUIRED_OUTPUT, f"seed.outputs.json: {key} is missing")
    return values


def _refuse_wrong_kind(data: JobInput, manifest: SeedManifest, members: InputMembers) -> None:
    for name in data.files:
        if name in data.json:
            raise InvalidRequest(f"{members.json}.{name}: is also given under files")
    for json_input in manifest.json_inputs:
        if json_input.name in data.files:
            raise InvalidRequest(f"{members.files}.{json_input.name}: takes a JSON value and no files")
    for file_input in manifest.file_inputs:
        if file_input.name in data.json:
            raise InvalidRequest(f"{members.json}.{file_input.name}: takes files and no JSON value")


def _refuse_missing(inputs: Iterable[FileInput | JsonInput], provided: Mapping[str, object], where: str) -> None:
    for item in inputs:
        if item.required and item.name not in provided:
            raise InvalidRequest(f"{where}.{item.name}: is required")


def _checked_files(file_input: FileInput, ids: tuple[int, ...], where: str) -> tuple[int, ...]:
    if len(ids) > 1 and not file_input.multiple:
        raise InvalidRequest(f"{where}.{file_input.name}: takes one file, not {len(ids)}")
    return ids


def _checked_value(json_input: JsonInput, value: JsonValue, where: str) -> JsonValue:
    if not json_input.type.accepts(value):
        raise InvalidRequest(f"{where}.{json_input.name}: must be of the type {json_input.type}")
    return value

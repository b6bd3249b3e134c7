"""Job data and results as documents of version 1.0, to and from the form in which they are stored.

See docs/spec/services/README.md#v3.

Stored is `{"files": {name: [id, …]}, "json": {name: value}}`. A document lists the same by name, the names of the
interface first: each with `file_id`, `file_ids` or `value`. Nothing is lost either way but the sequence of names; where
the files of an output go, which only the document says, is a part of the job's configuration.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.ids import MAX_ID
from jobsvc.domain.json_text import parse_json
from jobsvc.domain.json_types import JsonObject, JsonType
from jobsvc.domain.records import Document
from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.validation import StrictModel, location, read_model, read_object, refuse_repeats

# An id is a JSON integer: neither true nor 1.0 nor "1" will do. The bound is that of the database's ids.
StrictId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
StrictIds = Annotated[list[StrictId], Field(min_length=1)]
_PRIMITIVE = frozenset({JsonType.BOOLEAN, JsonType.INTEGER, JsonType.NUMBER})


@dataclass(frozen=True)
class V3Data:
    """What a `data` document says: ids of files and JSON values by input, and ids of workspaces by output."""

    files: Mapping[str, tuple[int, ...]]
    json: Mapping[str, JsonValue]
    workspaces: Mapping[str, int]


class _Item(StrictModel):
    name: str
    # Of these three one has to be there; the defaults are never read.
    file_id: StrictId = 0
    file_ids: StrictIds = Field(default_factory=list)
    value: JsonValue = None

    def kind(self) -> str | None:
        """Which of the three members is there, None when it is not exactly one."""
        provided = self.model_fields_set - {"name"}
        return next(iter(provided)) if len(provided) == 1 else None


class _Destination(StrictModel):
    name: str
    workspace_id: StrictId


class _Data(StrictModel):
    version: Literal["1.0"] = "1.0"
    input_data: list[_Item] = Field(default_factory=list)
    output_data: list[_Destination] = Field(default_factory=list)


class _Results(StrictModel):
    version: Literal["1.0"] = "1.0"
    output_data: list[_Item] = Field(default_factory=list)


def read_data(document: object, where: str) -> V3Data:
    """A `data` document that is called `where`; InvalidRequest naming the bad member."""
    data = read_model(_Data, read_object(document, where), where)
    files, values = _values(data.input_data, f"{where}.input_data")
    refuse_repeats((item.name for item in data.output_data), f"{where}.output_data")
    return V3Data(files, values, {item.name: item.workspace_id for item in data.output_data})


def read_properties(values: Mapping[str, JsonValue], manifest: SeedManifest) -> JsonObject:
    """The values, texts among them as what the manifest's inputs take: `"60"` is 60 for an integer input.

    A property of version 1.0 is a text, and who knows the interface alone cannot know better. A text that is no such
    thing stays one, for the input to refuse it.
    """
    result = {json_input.name: json_input.type for json_input in manifest.json_inputs if json_input.type in _PRIMITIVE}
    return {
        name: _primitive(value, result[name]) if name in result and isinstance(value, str) else value
        for name, value in values.items()
    }


def data_document(stored: Document | None, manifest: SeedManifest, workspaces: Mapping[str, int]) -> JsonObject:
    """The `data` document of a job's stored input; `workspaces` are the ids of those that its outputs go to."""
    interface = [
        *(file_input.name for file_input in manifest.file_inputs),
        *(json_input.name for json_input in manifest.json_inputs),
    ]
    multiple = {file_input.name for file_input in manifest.file_inputs if file_input.multiple}
    return {
        "input_data": _items(stored or {}, interface, multiple),
        "version": "1.0",
        "output_data": [{"name": name, "workspace_id": workspace} for name, workspace in workspaces.items()],
    }


def read_results(document: object, where: str) -> Document:
    """The output in a `results` document, as it is stored; InvalidRequest naming the bad member."""
    results = read_model(_Results, read_object(document, where), where)
    files, values = _values(results.output_data, f"{where}.output_data")
    return {"files": {name: list(ids) for name, ids in files.items()}, "json": values}


def results_document(stored: Document | None, manifest: SeedManifest) -> JsonObject | None:
    """The `results` document of a stored output, None while there is none; see `stored_output` for what is one already."""
    if stored is None or "output_data" in stored:
        return stored
    return {"output_data": _results(stored, manifest), "version": "1.0"}


def stored_output(document: Document | None) -> Document | None:
    """An output as it is stored here: one that was imported may be a `results` document still, of any version."""
    if document is None or "output_data" not in document:
        return document
    try:
        return read_results({"output_data": document["output_data"]}, "results")
    except InvalidRequest:
        # Nothing is lost: `results_document` shows it as it is.
        return None


def shown_output(stored: Document | None, manifest: SeedManifest) -> JsonObject | None:
    """An output in both documented drawings: `files` and `json` by name, and all of it as `output_data`.

    See docs/spec/decisions.md#extra-keys.

    One that was imported may be neither; what is no list of files, or no object of values, is only shown.
    """
    result = stored_output(stored)
    if stored is None or result is None:
        return stored
    files, values = ({} if not isinstance(item, dict) else item for item in (result.get("files"), result.get("json")))
    listed = {"files": {name: ids for name, ids in files.items() if isinstance(ids, list)}, "json": values}
    return {**stored, "files": files, "json": values, "output_data": _results(listed, manifest)}


def results_manifest(stored: Document | None) -> JsonObject | None:
    """What a job wrote of its results itself (version 1.1), None while there are none: outputs are found by pattern now."""
    return None if stored is None else {"output_data": [], "version": "1.1", "errors": [], "parse_results": []}


def _results(stored: Document, manifest: SeedManifest) -> list[JsonValue]:
    interface = [
        *(file_output.name for file_output in manifest.file_outputs),
        *(json_output.name for json_output in manifest.json_outputs),
    ]
    return _items(stored, interface, {file_output.name for file_output in manifest.file_outputs if file_output.multiple})


def _items(stored: Document, interface: Sequence[str], multiple: Collection[str]) -> list[JsonValue]:
    files, values = stored.get("files", {}), stored.get("json", {})
    names = dict.fromkeys([*(name for name in interface if name in files or name in values), *files, *values])
    return [_item(name, files, values, is_list=name in multiple) for name in names]


def _item(name: str, files: Mapping[str, list[JsonValue]], values: Mapping[str, JsonValue], *, is_list: bool) -> JsonObject:
    if name not in files:
        return {"name": name, "value": values[name]}
    ids = files[name]
    # Of an input that the interface does not have (any more) the number of its files has to decide.
    return {"name": name, "file_ids": ids} if is_list or len(ids) != 1 else {"name": name, "file_id": ids[0]}


def _primitive(text: str, json_type: JsonType) -> JsonValue:
    try:
        json_value: JsonValue = read_object({"value": parse_json(text.encode())}, "value")["value"]
    except (ValueError, InvalidRequest):
        return text
    return json_value if json_type.accepts(json_value) else text


def _values(items: Sequence[_Item], where: str) -> tuple[dict[str, tuple[int, ...]], JsonObject]:
    refuse_repeats((item.name for item in items), where)
    files: dict[str, tuple[int, ...]] = {}
    values: JsonObject = {}
    for index, item in enumerate(items):
        match item.kind():
            case "file_id":
                files[item.name] = (item.file_id,)
            case "file_ids":
                files[item.name] = tuple(item.file_ids)
            case "value":
                values[item.name] = item.value
            case _:
                raise InvalidRequest(f"{location(where, [index])}: needs exactly one of file_id, file_ids and value")
    return files, values

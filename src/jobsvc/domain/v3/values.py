"""The inputs and outputs of an interface, merged with their values (docs/spec/services/v3-job-details.md)."""

from collections.abc import Iterable, Mapping
from itertools import chain

from pydantic import JsonValue

from jobsvc.domain.records import Document
from jobsvc.domain.seed import FileInput, FileOutput, JsonInput, JsonOutput, SeedManifest
from jobsvc.domain.v3.records import V3File, V3Value

Files = Mapping[int, V3File]


def merged_inputs(manifest: SeedManifest, stored: Document | None, files: Files) -> list[V3Value]:
    """The inputs in the sequence of the interface; `files` are those that the stored input names, by id."""
    return _merged(chain(manifest.file_inputs, manifest.json_inputs), stored or {}, files)


def merged_outputs(manifest: SeedManifest, stored: Document | None, files: Files) -> list[V3Value]:
    """The outputs in the sequence of the interface; `files` are those that the stored output names, by id."""
    return _merged(chain(manifest.file_outputs, manifest.json_outputs), stored or {}, files)


def file_ids(stored: Document | None) -> list[int]:
    """The ids of all files that a stored input or output names, each once."""
    return list(dict.fromkeys(chain.from_iterable((stored or {}).get("files", {}).values())))


def _merged(
    interface: Iterable[FileInput | JsonInput | FileOutput | JsonOutput], stored: Document, files: Files
) -> list[V3Value]:
    return [_value(item, stored.get("files", {}).get(item.name), stored.get("json", {}), files) for item in interface]


def _value(
    item: FileInput | JsonInput | FileOutput | JsonOutput,
    ids: list[int] | None,
    values: Mapping[str, JsonValue],
    files: Files,
) -> V3Value:
    if isinstance(item, JsonInput | JsonOutput):
        return V3Value(item.name, "property", values.get(item.name))
    result = None if ids is None else [files[file_id] for file_id in ids if file_id in files]
    if item.multiple:
        return V3Value(item.name, "files", result)
    return V3Value(item.name, "file", result[0] if result else None)

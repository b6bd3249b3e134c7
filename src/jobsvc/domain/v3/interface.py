"""The job interface of version 1.0: how the older generation sees a Seed manifest's interface.

See docs/spec/services/v3-job-details.md.

Members that have their default are left out, as in the documents. What one of the two has no place for:

- An interface knows no JSON types: a JSON input or output is a `property`.
- An interface has no patterns of outputs, and no keys of JSON outputs.
- A manifest has one command: an interface shows as its arguments all from the first word on that names a variable. Its
  inputs are shown, and its outputs, files first.
- A manifest's settings and mounts are always required.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.seed import FileInput, FileOutput, SeedManifest
from jobsvc.domain.validation import StrictModel

# A word may have blanks in its quoted parts.
_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|\S)+""")
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class _Input(StrictModel):
    type: Literal["file", "files", "property"]
    name: _Name
    required: bool = True
    partial: bool = False
    media_types: list[str] = Field(default_factory=list)


class _Output(StrictModel):
    media_type: str | None = None
    type: Literal["file", "files", "property"]
    name: _Name
    required: bool = True


class _Mount(StrictModel):
    name: _Name
    path: Annotated[str, Field(pattern="^/")]
    required: bool = True
    mode: Literal["ro", "rw"] = "ro"


class _Setting(StrictModel):
    name: _Name
    required: bool = True
    secret: bool = False


def interface_document(manifest: SeedManifest) -> JsonObject:
    """The interface of a manifest; `mounts` and `settings` are members only if the manifest has some."""
    command, arguments = split_command(manifest.command)
    further: dict[str, Sequence[StrictModel]] = {
        "mounts": [
            _Mount(name=mount.name, path=mount.path, mode="rw" if mount.mode == "rw" else "ro") for mount in manifest.mounts
        ],
        "settings": [_Setting(name=setting.name, secret=setting.secret) for setting in manifest.settings],
    }
    return {
        "input_data": _dump(_inputs(manifest)),
        "output_data": _dump(_outputs(manifest)),
        "version": "1.0",
        "command": command,
        "command_arguments": arguments,
        **{name: _dump(parts) for name, parts in further.items() if parts},
    }


def split_command(command: str) -> tuple[str, str]:
    """The command and its arguments, which begin with the first word behind it that names a variable.

    A blank lies between the two: joined by one they are what they were.
    """
    words = list(_WORD.finditer(command))
    for word in words[1:]:
        at = word.start()
        if "$" in word[0] and command[at - 1] == " ":
            return command[: at - 1], command[at:]
    return command, ""


def _inputs(manifest: SeedManifest) -> Sequence[StrictModel]:
    files = (
        _Input(
            type=_file_type(file_input),
            name=file_input.name,
            required=file_input.required,
            partial=file_input.partial,
            media_types=list(file_input.media_types),
        )
        for file_input in manifest.file_inputs
    )
    values = (_Input(type="property", name=json_input.name, required=json_input.required) for json_input in manifest.json_inputs)
    return [*files, *values]


def _outputs(manifest: SeedManifest) -> Sequence[StrictModel]:
    files = (
        _Output(
            media_type=file_output.media_type, type=_file_type(file_output), name=file_output.name, required=file_output.required
        )
        for file_output in manifest.file_outputs
    )
    values = (
        _Output(type="property", name=json_output.name, required=json_output.required) for json_output in manifest.json_outputs
    )
    return [*files, *values]


def _file_type(item: FileInput | FileOutput) -> Literal["file", "files"]:
    return "files" if item.multiple else "file"


def _dump(parts: Sequence[StrictModel]) -> list[JsonValue]:
    dumped: list[Any] = [part.model_dump(mode="json", exclude_defaults=True) for part in parts]
    return dumped

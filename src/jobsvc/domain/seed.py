"""The Seed manifest 1.0.0: what a job type runs, what goes in and what comes out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobsvc.domain.json_types import JsonType
from jobsvc.domain.seed_document import normalise
from jobsvc.domain.status import ErrorCategory
from jobsvc.domain.variables import environment_name

__all__ = [
    "FileInput",
    "FileOutput",
    "JsonInput",
    "JsonOutput",
    "Mount",
    "ScalarResource",
    "SeedError",
    "SeedManifest",
    "Setting",
    "environment_name",
    "normalise",
    "parse_manifest",
    "read_manifest",
    "read_resources",
]

_CATEGORIES = {"job": ErrorCategory.ALGORITHM, "data": ErrorCategory.DATA}


@dataclass(frozen=True)
class FileInput:
    """An input that takes one file, or several when `multiple`; `media_types` are advice and not checked."""

    name: str
    required: bool = True
    multiple: bool = False
    partial: bool = False
    media_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class JsonInput:
    """An input that takes one JSON value of the given type."""

    name: str
    type: JsonType
    required: bool = True


@dataclass(frozen=True)
class FileOutput:
    """An output whose files are those that match the glob `pattern`, relative to the output directory."""

    name: str
    pattern: str
    media_type: str = "application/octet-stream"
    multiple: bool = False
    required: bool = True


@dataclass(frozen=True)
class JsonOutput:
    """An output read from the member `key` of the job's `seed.outputs.json`.

    An empty key is any other, but what it does not find is read by the output's name: manifests have it for none.
    """

    name: str
    type: JsonType
    key: str
    required: bool = True


@dataclass(frozen=True)
class Mount:
    """A directory that the job finds at the absolute `path`; `mode` is `ro` or `rw`."""

    name: str
    path: str
    mode: str = "ro"


@dataclass(frozen=True)
class Setting:
    """A value that the job finds in its environment; a secret one is never stored with a job."""

    name: str
    secret: bool = False


@dataclass(frozen=True)
class SeedError:
    """What an exit code of the job's process means."""

    code: int
    name: str
    title: str
    description: str
    category: ErrorCategory


@dataclass(frozen=True)
class ScalarResource:
    """An amount the job needs (MiB, cores, pieces), growing by `input_multiplier` for each MiB of input."""

    name: str
    value: float
    input_multiplier: float | None = None


@dataclass(frozen=True)
class SeedManifest:
    """A valid manifest, its sections flattened; `timeout` is in seconds."""

    name: str
    job_version: str
    package_version: str
    title: str
    description: str
    timeout: int
    command: str = ""
    file_inputs: tuple[FileInput, ...] = ()
    json_inputs: tuple[JsonInput, ...] = ()
    file_outputs: tuple[FileOutput, ...] = ()
    json_outputs: tuple[JsonOutput, ...] = ()
    mounts: tuple[Mount, ...] = ()
    settings: tuple[Setting, ...] = ()
    resources: tuple[ScalarResource, ...] = ()
    errors: tuple[SeedError, ...] = ()


def parse_manifest(document: object) -> SeedManifest:
    """The manifest in `document`; InvalidRequest naming the member (`manifest.job.errors[0].name: …`)."""
    return read_manifest(normalise(document))


def read_manifest(normalised: Mapping[str, Any]) -> SeedManifest:
    """The manifest that `normalise` made, without another look at whether it is valid."""
    job = normalised["job"]
    interface = job.get("interface", {})
    inputs, outputs = interface.get("inputs", {}), interface.get("outputs", {})
    return SeedManifest(
        name=job["name"],
        job_version=job["jobVersion"],
        package_version=job["packageVersion"],
        title=job["title"],
        description=job["description"],
        timeout=job["timeout"],
        command=interface.get("command", ""),
        file_inputs=tuple(_file_input(item) for item in inputs.get("files", ())),
        json_inputs=tuple(_json_input(item) for item in inputs.get("json", ())),
        file_outputs=tuple(_file_output(item) for item in outputs.get("files", ())),
        json_outputs=tuple(_json_output(item) for item in outputs.get("json", ())),
        mounts=tuple(Mount(**item) for item in interface.get("mounts", ())),
        settings=tuple(Setting(**item) for item in interface.get("settings", ())),
        resources=read_resources(job.get("resources", {}).get("scalar", ())),
        errors=tuple(_error(item) for item in job.get("errors", ())),
    )


def read_resources(scalars: Iterable[Mapping[str, Any]]) -> tuple[ScalarResource, ...]:
    """The scalar resources of a manifest alone."""
    return tuple(ScalarResource(scalar["name"], scalar["value"], scalar.get("inputMultiplier")) for scalar in scalars)


def _file_input(item: dict[str, Any]) -> FileInput:
    return FileInput(item["name"], item["required"], item["multiple"], item["partial"], tuple(item["mediaTypes"]))


def _json_input(item: dict[str, Any]) -> JsonInput:
    return JsonInput(item["name"], JsonType(item["type"]), item["required"])


def _file_output(item: dict[str, Any]) -> FileOutput:
    return FileOutput(item["name"], item["pattern"], item["mediaType"], item["multiple"], item["required"])


def _json_output(item: dict[str, Any]) -> JsonOutput:
    return JsonOutput(item["name"], JsonType(item["type"]), item["key"], item["required"])


def _error(item: dict[str, Any]) -> SeedError:
    category = _CATEGORIES[item["category"]]
    return SeedError(item["code"], item["name"], item["title"], item.get("description", ""), category)

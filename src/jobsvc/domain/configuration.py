"""The configuration of a job or a job type: mounts, output workspaces, priority and settings."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.retry_policies import TypeRetries
from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.validation import StrictModel, read_model, read_object
from jobsvc.domain.variables import TooLong, check_texts

_VERSIONS = ("6", "7", "2.0")
_HIGHEST_PRIORITY_NUMBER = 2**31 - 1
_MOST_BYTES = 2**63 - 1
OPTIONAL = frozenset({"max_log_bytes", "engine", "retries"})


class HostMount(StrictModel):
    """A directory of the node, by its absolute path."""

    type: Literal["host"]
    host_path: Annotated[str, Field(pattern=r"^/")]


class VolumeMount(StrictModel):
    """A volume of a container engine; the empty driver is the engine's own."""

    type: Literal["volume"]
    driver: str = ""
    driver_opts: dict[str, str] = Field(default_factory=dict)


class OutputWorkspaces(StrictModel):
    """Names of workspaces for file outputs: by output, and the default for all others (empty: none)."""

    default: str = ""
    outputs: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)


class EngineChoice(StrictModel):
    """The engine that runs the jobs of a type, by its name, and what the type chooses there (docs/engines.md)."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    options: dict[str, JsonValue] = Field(default_factory=dict)


class JobConfiguration(StrictModel):
    """How to run a job. `model_fields_set` has the members that were set; the others are defaults.

    Priority: the lower the number, the earlier the job is claimed. `max_log_bytes` is how much an execution may
    log (None: what the worker's settings say), `engine` what runs it (None: what the installation runs jobs with), and
    `retries` what becomes of failures (None: the default); these count in a job type's configuration only.
    """

    mounts: dict[str, Annotated[HostMount | VolumeMount, Field(discriminator="type")]] = Field(default_factory=dict)
    output_workspaces: OutputWorkspaces = OutputWorkspaces()
    priority: Annotated[int, Field(strict=True, ge=1, le=_HIGHEST_PRIORITY_NUMBER)] = 100
    settings: dict[str, str] = Field(default_factory=dict)
    max_log_bytes: Annotated[int | None, Field(strict=True, ge=1, le=_MOST_BYTES)] = None
    engine: EngineChoice | None = None
    retries: TypeRetries | None = None

    def workspace_for(self, output: str) -> str:
        """The name of the workspace for the files of this output, empty when there is none."""
        return self.output_workspaces.outputs.get(output) or self.output_workspaces.default


def parse_configuration(document: object, *, where: str = "configuration") -> JobConfiguration:
    """The configuration in `document`, of version 6, 7 or 2.0; InvalidRequest naming the bad member.

    `where` is what the document itself is called. Null stands for an absent member or setting. Whether the
    workspaces exist, and whether the manifest has the mounts and settings, is not looked at.
    """
    members = _without_nulls(read_object(document, where))
    settings = members.get("settings")
    if isinstance(settings, dict):
        members["settings"] = _without_nulls(settings)
    version = members.pop("version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise InvalidRequest(f"{where}.version: must be one of {', '.join(_VERSIONS)}, as text")
    return read_model(JobConfiguration, members, where)


def _without_nulls(members: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in members.items() if value is not None}


def merge(job: JobConfiguration, job_type: JobConfiguration) -> JobConfiguration:
    """The configuration in force: each member that the job was given, as a whole, else the job type's."""
    return job_type.model_copy(update={name: getattr(job, name) for name in job.model_fields_set})


def without_secrets(configuration: JobConfiguration, manifest: SeedManifest) -> JobConfiguration:
    """The configuration without the values of the manifest's secret settings, which are stored nowhere."""
    secret = {setting.name for setting in manifest.settings if setting.secret}
    kept = {name: value for name, value in configuration.settings.items() if name not in secret}
    return configuration if kept == configuration.settings else configuration.model_copy(update={"settings": kept})


def configured_texts(configuration: JobConfiguration, where: str = "configuration") -> dict[str, tuple[str, str]]:
    """Name and value of everything that becomes a variable of the job's process, by the member that it is."""
    texts = {f"{where}.settings.{name}": (name, value) for name, value in configuration.settings.items()}
    directories = {name: mount.host_path for name, mount in configuration.mounts.items() if isinstance(mount, HostMount)}
    return texts | {f"{where}.mounts.{name}.host_path": (name, path) for name, path in directories.items()}


def check_passable(configuration: JobConfiguration, where: str = "configuration") -> None:
    """InvalidRequest naming the setting, or the mount, that no process could be started with."""
    try:
        check_texts(configured_texts(configuration, where))
    except TooLong as exc:
        raise InvalidRequest(f"{exc.place}: {exc.reason}") from None


def workspace_names(configuration: JobConfiguration) -> set[str]:
    """Every workspace that the configuration names."""
    named = configuration.output_workspaces
    return {name for name in (named.default, *named.outputs.values()) if name}


def check_outputs_mapped(
    configuration: JobConfiguration, manifest: SeedManifest, where: str = "configuration.output_workspaces.outputs"
) -> None:
    """InvalidRequest for a file output without a workspace, if `output_workspaces` was given at all.

    Takes the configuration of the request, before it is merged with the job type's.
    """
    if "output_workspaces" not in configuration.model_fields_set:
        return
    for output in manifest.file_outputs:
        if not configuration.workspace_for(output.name):
            raise InvalidRequest(f"{where}.{output.name}: no workspace is given for this output, and no default")


def to_document(configuration: JobConfiguration) -> JsonObject:
    """The four documented members with their defaults, as they are stored and returned; the others if they are there."""
    document: JsonObject = configuration.model_dump(mode="json")
    return {name: value for name, value in document.items() if value is not None or name not in OPTIONAL}

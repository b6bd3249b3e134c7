"""What an engine is given to run an execution, composed from the job, its types and its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import orjson

from jobsvc.db.claims import Claim
from jobsvc.db.database import Transaction
from jobsvc.domain.brokers import is_s3, read_s3_broker
from jobsvc.domain.builtin_errors import DELETED_FILE, FILESYSTEM_IO, UNKNOWN
from jobsvc.domain.configuration import JobConfiguration, merge, parse_configuration
from jobsvc.domain.errors import JobsvcError
from jobsvc.domain.execution_records import LaunchInputs, LaunchRecord
from jobsvc.domain.iso8601 import write_timestamp
from jobsvc.domain.records import Document, FileItem
from jobsvc.domain.resources import required_resources, with_memory
from jobsvc.domain.secret_settings import MASK, JobSettings, job_settings
from jobsvc.domain.seed import SeedManifest, read_manifest
from jobsvc.domain.trace_context import NO_TRACE, TraceContext
from jobsvc.domain.v3.interface import split_command
from jobsvc.ports.engine import InputFile, LaunchSpec, Origin
from jobsvc.storage import host

MANIFESTS = 256
"""How many manifests are kept parsed."""


class LaunchProblem(Exception):
    """The execution cannot be started, and would fail with a builtin error."""

    def __init__(self, error_name: str, reason: str) -> None:
        super().__init__(reason)
        self.error_name = error_name
        self.reason = reason


@dataclass(frozen=True)
class Launch:
    """An execution that can be started: what the engine needs, and what was read of the job for it."""

    spec: LaunchSpec
    inputs: LaunchInputs


@dataclass(frozen=True)
class Plan:
    """What an engine will be given, composed before there is an execution, and what is recorded of it."""

    inputs: LaunchInputs
    manifest: SeedManifest
    of_type: JobConfiguration
    configuration: JobConfiguration
    settings: JobSettings
    resources: Mapping[str, float]
    files: Mapping[str, tuple[FileItem, ...]]
    file_inputs: Mapping[str, tuple[InputFile, ...]]
    record: LaunchRecord
    """The execution's own documents."""

    def launch(self, claim: Claim) -> Launch:
        """The same for its execution."""
        spec = LaunchSpec(
            execution_id=claim.execution_id,
            job_id=claim.job_id,
            exe_num=claim.exe_num,
            cluster_id=claim.cluster_id,
            manifest=self.manifest,
            docker_image=self.inputs.job_type.docker_image,
            file_inputs=self.file_inputs,
            json_inputs=(self.inputs.input or {}).get("json", {}),
            settings=self.settings.values,
            mounts={name: mount.model_dump() for name, mount in self.configuration.mounts.items()},
            resources=self.resources,
            timeout=self.inputs.timeout,
            recipe_id=self.inputs.recipe_id,
            batch_id=self.inputs.batch_id,
            input_metadata={"JOB": {name: [_feature(item) for item in items] for name, items in self.files.items()}},
            max_log_bytes=self.of_type.max_log_bytes,
            handle=claim.handle or "",
            engine_options=self.of_type.engine.options if self.of_type.engine else {},
            trace=self.inputs.trace,
            avoided_node=self.inputs.avoided_node,
        )
        return Launch(spec, self.inputs)


NOTHING = LaunchRecord(configuration={}, resources={}, command_arguments="")
"""What is recorded of an execution that cannot be started."""


class Planned(NamedTuple):
    """A plan, or why there is none: one job's fault is no fault of the others that were claimed with it."""

    plan: Plan | None = None
    problem: Exception | None = None

    @property
    def record(self) -> LaunchRecord:
        """What is recorded on the execution."""
        return self.plan.record if self.plan else NOTHING

    @property
    def trace(self) -> TraceContext:
        """That of the request that made the job."""
        return self.plan.inputs.trace if self.plan else NO_TRACE

    def launch(self, claim: Claim) -> Launch:
        """What the engine needs.

        Raises:
            LaunchProblem: The execution cannot be started.
        """
        if self.plan is None:
            raise self.problem or LaunchProblem(UNKNOWN, "there is no plan")
        return self.plan.launch(claim)


async def plan_all(tx: Transaction, jobs: Sequence[LaunchInputs]) -> list[Planned]:
    """The plans of many jobs; what they have in common is read once."""
    ids = {file_id for inputs in jobs for file_ids in inputs.file_ids.values() for file_id in file_ids}
    by_id = await tx.files.by_ids(ids) if ids else {}
    of_types: dict[int, JobConfiguration] = {}
    return [_planned(inputs, by_id, of_types) for inputs in jobs]


def _planned(inputs: LaunchInputs, by_id: Mapping[int, FileItem], of_types: dict[int, JobConfiguration]) -> Planned:
    try:
        return Planned(_plan(inputs, by_id, of_types))
    except Exception as exc:  # noqa: BLE001 - whoever runs the execution says what is wrong with it
        return Planned(problem=exc)


def _plan(inputs: LaunchInputs, by_id: Mapping[int, FileItem], of_types: dict[int, JobConfiguration]) -> Plan:
    manifest = parsed_manifest(inputs.job_type.manifest)
    of_type = of_types.get(inputs.job_type.job_type_id)
    if of_type is None:
        of_type = of_types[inputs.job_type.job_type_id] = parse_configuration(inputs.job_type.configuration)
    configuration = merge(parse_configuration(inputs.configuration), of_type) if inputs.configuration else of_type
    files = {name: tuple(by_id[file_id] for file_id in ids) for name, ids in inputs.file_ids.items()}
    settings = job_settings(configuration, of_type, manifest, inputs.job_type.secrets)
    resources = with_memory(required_resources(manifest, inputs.input_file_size or 0.0), inputs.memory)
    return Plan(
        inputs,
        manifest,
        of_type,
        configuration,
        settings,
        resources,
        files,
        {name: tuple(_input_file(item) for item in items) for name, items in files.items()},
        _record(manifest, configuration, settings, files, resources),
    )


@lru_cache(MANIFESTS)
def parsed_manifest(text: str) -> SeedManifest:
    """The manifest of a revision: most jobs have one that was read before."""
    return read_manifest(orjson.loads(text))


def _input_file(item: FileItem) -> InputFile:
    if item.file.is_deleted:
        raise LaunchProblem(DELETED_FILE, f"the input file {item.file.id} ({item.file.file_name}) was deleted")
    try:
        if is_s3(item.workspace.configuration):
            read_s3_broker(item.workspace.configuration)
            origin = Origin(item.workspace.configuration, item.file.file_path, item.file.file_size)
            return InputFile(item.file.id, Path(item.file.file_path), item.file.file_name, origin)
        path = host.locate(Path(item.workspace.host_path), item.file.file_path, "file_path")
    except (JobsvcError, KeyError) as exc:
        raise LaunchProblem(FILESYSTEM_IO, f"the input file {item.file.id} cannot be reached: {exc}") from exc
    return InputFile(item.file.id, path, item.file.file_name)


def _record(
    manifest: SeedManifest,
    configuration: JobConfiguration,
    settings: JobSettings,
    files: Mapping[str, tuple[FileItem, ...]],
    resources: Mapping[str, float],
) -> LaunchRecord:
    """The execution's own documents (docs/spec/behaviour/executions.md#details: configuration 2.0, secrets masked)."""
    task = {
        "type": "main",
        "args": manifest.command,
        "settings": {name: MASK if name in settings.hidden else value for name, value in settings.values.items()},
        "mounts": {name: mount.model_dump() for name, mount in configuration.mounts.items()},
        "resources": dict(resources),
    }
    document = {
        "version": "2.0",
        "input_files": {name: [_file_document(item) for item in items] for name, items in files.items()},
        "output_workspaces": {output.name: configuration.workspace_for(output.name) or None for output in manifest.file_outputs},
        "tasks": [task],
    }
    return LaunchRecord(
        configuration=document,
        resources={"version": "1.0", "resources": dict(resources)},
        command_arguments=split_command(manifest.command)[1],
    )


def _file_document(item: FileItem) -> Document:
    return {
        "id": item.file.id,
        "type": item.file.file_type,
        "workspace_name": item.workspace.name,
        "workspace_path": item.file.file_path,
        "is_deleted": item.file.is_deleted,
    }


def _feature(item: FileItem) -> Document:
    """What a job may read of its input in INPUT_METADATA (docs/spec/behaviour/seed.md#running)."""
    names = ("data_started", "data_ended", "source_started", "source_ended")
    times = {name: getattr(item.file, name) for name in names}
    return {
        "id": item.file.id,
        "file_name": item.file.file_name,
        "file_size": item.file.file_size,
        "media_type": item.file.media_type,
        "source_sensor_class": item.file.source_sensor_class,
        "source_sensor": item.file.source_sensor,
        "source_collection": item.file.source_collection,
        "source_task": item.file.source_task,
        # Not `Z`: the standard libraries that jobs are written with do not all read it.
        **{name: write_timestamp(value, "+00:00") if value else None for name, value in times.items()},
    }

"""What an engine is given to run an execution, composed from the job, its types and its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobsvc.db.claims import Claim
from jobsvc.db.database import Transaction
from jobsvc.domain.builtin_errors import DELETED_FILE, FILESYSTEM_IO
from jobsvc.domain.configuration import JobConfiguration, parse_configuration
from jobsvc.domain.errors import JobsvcError
from jobsvc.domain.execution_records import LaunchInputs, LaunchRecord
from jobsvc.domain.iso8601 import write_timestamp
from jobsvc.domain.records import Document, FileItem
from jobsvc.domain.resources import required_resources
from jobsvc.domain.secret_settings import MASK, JobSettings, job_settings
from jobsvc.domain.seed import SeedManifest, read_manifest
from jobsvc.domain.v3.interface import split_command
from jobsvc.ports.engine import InputFile, LaunchSpec
from jobsvc.services.configurations import effective_configuration
from jobsvc.storage import host


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


async def prepare_launch(tx: Transaction, claim: Claim) -> Launch:
    """Compose what the engine needs and record it on the execution.

    Raises:
        LaunchProblem: The execution cannot be started.
    """
    inputs = await tx.claims.launch_inputs(claim.execution_id)
    manifest = read_manifest(inputs.manifest)
    by_id = await tx.files.by_ids({file_id for ids in inputs.file_ids.values() for file_id in ids})
    files = {name: tuple(by_id[file_id] for file_id in ids) for name, ids in inputs.file_ids.items()}
    configuration = effective_configuration(inputs.configuration, inputs.type_configuration)
    of_type = parse_configuration(inputs.type_configuration)
    settings = job_settings(configuration, of_type, manifest, inputs.secrets)
    resources = required_resources(manifest, inputs.input_file_size or 0.0)
    await tx.claims.record_launch(claim.execution_id, _record(manifest, configuration, settings, files, resources))
    spec = LaunchSpec(
        execution_id=claim.execution_id,
        job_id=claim.job_id,
        exe_num=claim.exe_num,
        cluster_id=inputs.cluster_id,
        manifest=manifest,
        docker_image=inputs.docker_image,
        file_inputs={name: tuple(_input_file(item) for item in items) for name, items in files.items()},
        json_inputs=(inputs.input or {}).get("json", {}),
        settings=settings.values,
        mounts={name: mount.model_dump() for name, mount in configuration.mounts.items()},
        resources=resources,
        timeout=inputs.timeout,
        recipe_id=inputs.recipe_id,
        batch_id=inputs.batch_id,
        input_metadata={"JOB": {name: [_feature(item) for item in items] for name, items in files.items()}},
        max_log_bytes=of_type.max_log_bytes,
        handle=claim.handle or "",
        engine_options=of_type.engine.options if of_type.engine else {},
    )
    return Launch(spec, inputs)


def _input_file(item: FileItem) -> InputFile:
    if item.file.is_deleted:
        raise LaunchProblem(DELETED_FILE, f"the input file {item.file.id} ({item.file.file_name}) was deleted")
    try:
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

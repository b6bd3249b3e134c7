"""What a remote run is given: paths inside of its container, its environment and its command."""

import json
from collections.abc import Callable, Mapping

from jobsvc.domain.builtin_errors import MISSING_FILE, MISSING_MOUNT
from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.seed_environment import ExecutionFacts, environment
from jobsvc.engines import launch
from jobsvc.engines.inputs import MissingFile, arrange, named
from jobsvc.engines.launch import LaunchError
from jobsvc.engines.remote.run_dir import RunDir
from jobsvc.ports.engine import InputFile, LaunchSpec
from jobsvc.ports.remote_engine import Bind, CarriedInput, RunSpec

ROOT = "/scale"
INPUTS, OUTPUT, METADATA = f"{ROOT}/input_data", f"{ROOT}/output_data", f"{ROOT}/input_metadata.json"
"""Where a Seed job finds its files (docs/spec/behaviour/seed.md#running)."""
OPEN = 0o777


def prepare_container(
    directory: RunDir,
    spec: LaunchSpec,
    labels: Mapping[str, str],
    goes_on: Callable[[], bool] = lambda: True,
    *,
    shares_files: bool = True,
) -> RunSpec:
    """Make the run's directory and say what to run in a container, with inputs bound or to be carried. Blocks.

    Raises:
        LaunchError: The job lacks something.
        OSError: The directory cannot be made.
    """
    launch.check_names(spec.manifest)
    launch.check_settings(spec)
    binds = _mounts(spec.manifest, spec.mounts)
    _make(directory)
    metadata = _write_metadata(directory, spec)
    files, own, carried = _files(directory, spec, goes_on, shares_files=shares_files)
    facts = ExecutionFacts(spec.job_id, spec.exe_num, OUTPUT, metadata, spec.resources, spec.recipe_id, spec.batch_id, spec.trace)
    variables = environment(spec.manifest, files, spec.json_inputs, spec.settings, facts)
    command = launch.split_command(spec.manifest.command, variables)
    launch.check_length(variables, command)
    return RunSpec(
        handle=spec.handle,
        labels=labels,
        image=spec.docker_image,
        command=command,
        environment=variables,
        binds=[*binds, *own],
        directory=directory.root,
        resources=spec.resources,
        timeout=spec.timeout,
        options=spec.engine_options,
        inputs=carried,
        disk=launch.disk_limit(spec),
        avoided_node=spec.avoided_node,
    )


def prepare_process(
    directory: RunDir, spec: LaunchSpec, labels: Mapping[str, str], goes_on: Callable[[], bool] = lambda: True
) -> RunSpec:
    """The same for a run that is a process: its files are where they are on this host. Blocks. LaunchError, OSError."""
    directory.clear()
    ready = launch.prepare(directory, spec, goes_on=goes_on)
    return RunSpec(
        handle=spec.handle,
        labels=labels,
        image=None,
        command=ready.command,
        environment=ready.environment,
        binds=(),
        directory=directory.root,
        resources=spec.resources,
        timeout=spec.timeout,
        options=spec.engine_options,
        avoided_node=spec.avoided_node,
    )


def _make(directory: RunDir) -> None:
    directory.clear()
    directory.create()
    # The job runs as another user; nobody else comes past the directory above.
    directory.output.chmod(OPEN)


def _files(
    directory: RunDir, spec: LaunchSpec, goes_on: Callable[[], bool], *, shares_files: bool
) -> tuple[dict[str, list[str]], list[Bind], list[CarriedInput]]:
    """Paths of inputs in the container, by input; what is bound for them and for outputs, and what is to be carried."""
    if not shares_files:
        files, carried = _carried(spec.file_inputs)
        return files, [], carried
    files, binds = _inputs(launch.staged(directory, spec, goes_on))
    binds.append(Bind(directory.output, OUTPUT, is_read_only=False))
    if spec.input_metadata is not None:
        binds.append(Bind(directory.input_metadata, METADATA))
    return files, binds, []


def _write_metadata(directory: RunDir, spec: LaunchSpec) -> str:
    """Write what is known of the inputs; the path of it in the container, nothing when nothing is known."""
    if spec.input_metadata is None:
        return ""
    directory.input_metadata.write_text(json.dumps(spec.input_metadata), encoding="utf-8")
    directory.input_metadata.chmod(0o444)
    return METADATA


def _carried(file_inputs: Mapping[str, tuple[InputFile, ...]]) -> tuple[dict[str, list[str]], list[CarriedInput]]:
    arranged = {name: named(files) for name, files in file_inputs.items()}
    carried = [
        CarriedInput(f"{name}/{file_name}", f"the input file {file.id} ({file.file_name})", file.path.absolute(), file.origin)
        for name, files in arranged.items()
        for file_name, file in files.items()
    ]
    return {name: [f"{INPUTS}/{name}/{file_name}" for file_name in files] for name, files in arranged.items()}, carried


def _inputs(file_inputs: Mapping[str, tuple[InputFile, ...]]) -> tuple[dict[str, list[str]], list[Bind]]:
    try:
        arranged = {name: arrange(files) for name, files in file_inputs.items()}
    except MissingFile as exc:
        raise LaunchError(MISSING_FILE, str(exc)) from None
    binds = [
        Bind(path.absolute(), f"{INPUTS}/{name}/{file_name}")
        for name, files in arranged.items()
        for file_name, path in files.items()
    ]
    paths = {name: [f"{INPUTS}/{name}/{file_name}" for file_name in files] for name, files in arranged.items()}
    return paths, binds


def _mounts(manifest: SeedManifest, configured: Mapping[str, Mapping[str, object]]) -> list[Bind]:
    binds = []
    for mount in manifest.mounts:
        path = configured.get(mount.name, {}).get("host_path")
        if not isinstance(path, str):
            raise LaunchError(MISSING_MOUNT, f"no directory of the host is configured for the mount {mount.name}")
        binds.append(Bind(launch.existing_directory(path, mount.name), mount.path, is_read_only=mount.mode != "rw"))
    return binds

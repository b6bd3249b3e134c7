"""Makes everything ready for the process of a job: its directory, its environment and its command."""

import errno
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jobsvc.domain.builtin_errors import ALGORITHM_UNKNOWN, MISSING_FILE, MISSING_MOUNT, MISSING_SETTING
from jobsvc.domain.seed import SeedManifest, environment_name
from jobsvc.domain.seed_environment import ExecutionFacts, environment, expand_command, name_clash
from jobsvc.domain.variables import TooLong, check_texts
from jobsvc.engines.inputs import MissingFile, link_inputs
from jobsvc.engines.job_user import hand_over
from jobsvc.engines.scratch import ExecutionDir
from jobsvc.engines.staging import NotStaged, stage
from jobsvc.ports.engine import InputFile, LaunchSpec

NOT_FOUND = 127
NOT_EXECUTABLE = 126
"""The exit codes that a shell gives for commands that it cannot run."""
MOST_OPEN_FILES = 65536


class LaunchError(Exception):
    """The job's process cannot be started: the builtin error, why in a sentence, perhaps an exit code."""

    def __init__(self, error_name: str, reason: str, exit_code: int | None = None) -> None:
        super().__init__(reason)
        self.error_name = error_name
        self.reason = reason
        self.exit_code = exit_code


@dataclass(frozen=True)
class Launch:
    """A command, its whole environment, the directory that it runs in, and the user unless it is the worker's own."""

    command: list[str]
    environment: Mapping[str, str]
    directory: Path
    user: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    """By the names of `RLIMIT_*`; only supervisors set user and limits."""


def prepare(
    directory: ExecutionDir,
    spec: LaunchSpec,
    user: int | None = None,
    processes: int = 0,
    goes_on: Callable[[], bool] = lambda: True,
) -> Launch:
    """Make the execution's directory and say what to run in it. Blocks. Refusal, OSError; Interrupted when `goes_on` says no.

    The environment is made from nothing, so that neither settings nor secrets of the service reach a job.
    """
    check_names(spec.manifest)
    mounts = _mounts(spec.manifest, spec.mounts)
    check_settings(spec)
    directory.create()
    files = staged(directory, spec, goes_on)
    variables = mounts | _basics(directory) | _seed_variables(directory, spec, files, user)
    command = split_command(spec.manifest.command, variables)
    if not command:
        raise LaunchError(ALGORITHM_UNKNOWN, "the manifest has no command, and there is no image to have one", NOT_FOUND)
    check_length(variables, command)
    if user is not None:
        directory.process_file.touch(mode=0o600)  # before the job could put something else there
        hand_over(directory.root, user)
        directory.process_file.chmod(0o600)
        os.chown(directory.process_file, 0, 0)
    return Launch(command, variables, directory.output, user, _limits(spec, user, processes))


def staged(directory: ExecutionDir, spec: LaunchSpec, goes_on: Callable[[], bool]) -> Mapping[str, tuple[InputFile, ...]]:
    """The input files, all of them on this host. Blocks. Interrupted, LaunchError, OSError."""
    try:
        return stage(directory.staged, spec, goes_on)
    except NotStaged as exc:
        raise LaunchError(exc.error_name, exc.reason) from None


def disk_limit(spec: LaunchSpec) -> int | None:
    """How many bytes a file of the job may have: the disk that its manifest asks for; None when it asks for none."""
    asked = any(item.name.lower() == "disk" and item.value > 0 for item in spec.manifest.resources)
    return max(math.ceil(spec.resources.get("disk", 0)), 1) << 20 if asked else None


def _limits(spec: LaunchSpec, user: int | None, processes: int) -> dict[str, int]:
    limits = {"CORE": 0, "NOFILE": MOST_OPEN_FILES}
    if disk := disk_limit(spec):
        limits["FSIZE"] = disk
    if user is not None:
        limits["NPROC"] = processes  # counted by user: the worker's own has others
    return limits


def check_names(manifest: SeedManifest) -> None:
    """Raise LaunchError when two parts of a manifest would be one variable."""
    if variable := name_clash(manifest):
        reason = f"the manifest names two of its parts, or one of the service's, by the variable {variable}; rename the part"
        raise LaunchError(ALGORITHM_UNKNOWN, reason, NOT_EXECUTABLE)


def check_length(variables: Mapping[str, str], command: Sequence[str]) -> None:
    """Raise LaunchError when no process could take these."""
    try:
        check_texts({f"the variable {name}": (name, value) for name, value in variables.items()}, command)
    except TooLong as error:
        raise LaunchError(ALGORITHM_UNKNOWN, f"{error}: {os.strerror(errno.E2BIG)}", NOT_EXECUTABLE) from None


def split_command(command: str, variables: Mapping[str, str]) -> list[str]:
    """The command's words with the variables in them; LaunchError when there are quotes without an end."""
    try:
        return expand_command(command, variables)
    except ValueError as error:
        raise LaunchError(
            ALGORITHM_UNKNOWN, f"the manifest's command cannot be split into words: {error}", NOT_EXECUTABLE
        ) from None


def _mounts(manifest: SeedManifest, configured: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """The directory of each mount by the mount's variable: a plain process can only get the path."""
    result = {}
    for mount in manifest.mounts:
        path = configured.get(mount.name, {}).get("host_path")
        if not isinstance(path, str):
            raise LaunchError(MISSING_MOUNT, f"no directory of the host is configured for the mount {mount.name}")
        result[environment_name(mount.name)] = path
    return result


def check_settings(spec: LaunchSpec) -> None:
    """Raise LaunchError when a setting has no value."""
    for setting in spec.manifest.settings:
        if setting.name not in spec.settings:
            raise LaunchError(MISSING_SETTING, f"no value is configured for the setting {setting.name}")


def existing_directory(path: str, mount: str) -> Path:
    """The directory of the host for a mount; LaunchError when there is none."""
    directory = Path(path)
    if not directory.is_absolute() or not directory.is_dir():
        raise LaunchError(MISSING_MOUNT, f"the directory {path} of the mount {mount} is not there")
    return directory


def _basics(directory: ExecutionDir) -> dict[str, str]:
    # The directory of the interpreter comes first, so that `python3` is there on every host.
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(directory.root),
        "TMPDIR": str(directory.tmp),
        "LANG": "C.UTF-8",
    }


def _seed_variables(
    directory: ExecutionDir, spec: LaunchSpec, inputs: Mapping[str, tuple[InputFile, ...]], user: int | None
) -> dict[str, str]:
    try:
        files = link_inputs(directory.inputs, inputs, user)
    except MissingFile as error:
        raise LaunchError(MISSING_FILE, str(error)) from None
    facts = ExecutionFacts(
        job_id=spec.job_id,
        exe_num=spec.exe_num,
        output_dir=str(directory.output),
        input_metadata=_write_metadata(directory, spec.input_metadata),
        resources=spec.resources,
        recipe_id=spec.recipe_id,
        batch_id=spec.batch_id,
        trace=spec.trace,
    )
    return environment(spec.manifest, files, spec.json_inputs, spec.settings, facts)


def _write_metadata(directory: ExecutionDir, metadata: Mapping[str, object] | None) -> str:
    """The path of the file that says what is known of the inputs; empty when nothing is."""
    if metadata is None:
        return ""
    directory.input_metadata.write_text(json.dumps(metadata), encoding="utf-8")
    return str(directory.input_metadata)

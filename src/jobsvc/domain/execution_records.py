"""What is read of a job to run it, and what is written of its execution; see `records` for the conventions."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jobsvc.domain.records import Document
from jobsvc.domain.trace_context import NO_TRACE, TraceContext


class TypeInputs(NamedTuple):
    """What running an execution needs of its job's type, and of the revision (image, manifest) that the job was made with.

    The manifest is JSON as text: who reads it knows by that whether it has been read before.
    """

    job_type_id: int
    name: str
    version: str
    configuration: Document
    secrets: Mapping[str, str]
    docker_image: str | None
    manifest: str


class LaunchInputs(NamedTuple):
    """What running an execution needs of its job; jobs of one revision share `job_type`.

    `memory`: it gets at least so many MiB, whatever its manifest says. `trace`: that of the request that made it.
    `avoided_node`: that of a cluster where it failed before.
    """

    job_id: int
    exe_num: int
    cluster_id: str
    timeout: int | None
    input: Document | None
    input_file_size: float | None
    configuration: Document | None
    recipe_id: int | None
    batch_id: int | None
    job_type: TypeInputs
    memory: float = 0.0
    trace: TraceContext = NO_TRACE
    avoided_node: str | None = None

    @property
    def file_ids(self) -> Mapping[str, Sequence[int]]:
        """The ids of the input files, by input."""
        files: Mapping[str, Sequence[int]] = (self.input or {}).get("files", {})
        return files


class LaunchRecord(NamedTuple):
    """What a running execution was given, as it is shown later: secrets are masked."""

    configuration: Document
    resources: Document
    command_arguments: str


class ExecutionEnd(NamedTuple):
    """How an execution ended."""

    status: str
    error_id: int | None
    exit_code: int | None
    output: Document | None
    task_results: Document
    log_lines: int | None

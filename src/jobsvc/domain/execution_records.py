"""What is read of a job to run it, and what is written of its execution; see `records` for the conventions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from jobsvc.domain.records import Document


class LaunchInputs(NamedTuple):
    """What running an execution needs of its job, the job's revision (image, manifest) and type (all the rest)."""

    job_id: int
    exe_num: int
    cluster_id: str
    timeout: int | None
    input: Document | None
    input_file_size: float | None
    configuration: Document | None
    recipe_id: int | None
    batch_id: int | None
    job_type_id: int
    job_type_name: str
    job_type_version: str
    type_configuration: Document
    secrets: Mapping[str, str]
    docker_image: str | None
    manifest: Document

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
    ended: datetime
    error_id: int | None
    exit_code: int | None
    output: Document | None
    task_results: Document
    log_lines: int | None

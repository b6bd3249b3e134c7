"""Looks at what a pod says of its outputs: whoever wrote it was beside a job that may be anything."""

from jobsvc.domain import limits
from jobsvc.domain.builtin_errors import INVALID_RESULTS_MANIFEST
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.outputs import OutputProblem
from jobsvc.domain.seed import SeedManifest
from jobsvc.engines.carriage import Report
from jobsvc.storage.host import check_relative


def checked(report: Report, manifest: SeedManifest) -> dict[str, int]:
    """The files that are to be sent, with their sizes in bytes. OutputProblem."""
    outputs = {output.name for output in manifest.file_outputs}
    sizes = report.sizes()
    if any(file.output not in outputs or not 0 <= file.size == sizes[file.name] for file in report.files):
        raise _invalid("the report of the outputs has one that the manifest does not name, or contradicts itself")
    if len(report.files) > limits.MAX_OUTPUT_FILES or sum(file.size for file in report.files) > limits.MAX_OUTPUT_BYTES:
        raise _invalid(f"the outputs have more than {limits.MAX_OUTPUT_FILES} files, or {limits.MAX_OUTPUT_BYTES} bytes")
    for name in sizes:
        try:
            check_relative(name, name)
        except InvalidRequest as exc:
            raise _invalid(exc.detail) from None
    return sizes


def _invalid(detail: str) -> OutputProblem:
    return OutputProblem(INVALID_RESULTS_MANIFEST, detail)

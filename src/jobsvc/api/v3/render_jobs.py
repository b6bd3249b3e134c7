"""Jobs with all that belongs to them as JSON objects (docs/spec/behaviour/keys-v3.md)."""

from typing import Any

from fastapi import Request

from jobsvc.api.v3 import render_files as files
from jobsvc.api.v3 import response_shapes
from jobsvc.domain.v3.records import V3JobDetails, V3JobWithExecution, V3JobWithFiles

Json = dict[str, Any]


def job_with_files(request: Request, found: V3JobWithFiles) -> Json:
    """A job with the files that it reads."""
    return response_shapes.JOB.of(found.item) | {"input_files": [files.file(request, each) for each in found.input_files]}


def job_with_execution(found: V3JobWithExecution) -> Json:
    """A job with its latest execution."""
    return response_shapes.JOB.of(found.item) | {
        "latest_job_exe": response_shapes.EXECUTION_OF_JOB.optional(found.latest_job_exe)
    }


def job_details(request: Request, found: V3JobDetails) -> Json:
    """A job with all that belongs to it."""
    return {
        **response_shapes.JOB.of(found.item),
        **_larger(found),
        "data": found.data,
        "results": found.results,
        "recipes": [response_shapes.RECIPE.of(each) for each in found.recipes],
        "job_exes": [response_shapes.EXECUTION_OF_JOB.of(each) for each in found.job_exes],
        "inputs": [files.input_value(request, each) for each in found.inputs],
        "outputs": [files.output_value(request, each) for each in found.outputs],
        "input_files": [files.file(request, each) for each in found.input_files],
        "products": [files.product(request, each) for each in found.products],
    }


def _larger(found: V3JobDetails) -> Json:
    """What the list shows too, but with less; the keys stay where they are."""
    revision = found.revision
    return {
        "job_type": response_shapes.JOB_TYPE_DETAILS.of(found),
        "job_type_rev": {
            "id": revision.id,
            "job_type": {"id": found.item.job_type.id},
            "revision_num": revision.revision_num,
            "interface": revision.interface,
            "created": revision.created,
        },
        "event": response_shapes.EVENT_DETAILS.optional(found.event),
        "error": response_shapes.ERROR_DETAILS.optional(found.error),
        "root_superseded_job": response_shapes.JOB_SHORT.optional(found.root_superseded_job),
        "superseded_job": response_shapes.JOB_SHORT.optional(found.superseded_job),
        "superseded_by_job": response_shapes.JOB_SHORT.optional(found.superseded_by_job),
    }

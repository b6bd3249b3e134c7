"""Jobs with all that belongs to them as JSON objects (docs/spec/behaviour/keys-v3.md)."""

from typing import Any

from fastapi import Request

from jobsvc.api.v3 import render_files as files
from jobsvc.api.v3 import response_shapes
from jobsvc.domain.v3.records import V3JobDetails, V3JobWithExecution, V3JobWithFiles

Json = dict[str, Any]


def job_with_files(request: Request, result: V3JobWithFiles) -> Json:
    """A job with the files that it reads."""
    return response_shapes.JOB.of(result.item) | {
        "input_files": [files.file(request, input_file) for input_file in result.input_files]
    }


def job_with_execution(result: V3JobWithExecution) -> Json:
    """A job with its latest execution."""
    return response_shapes.JOB.of(result.item) | {
        "latest_job_exe": response_shapes.EXECUTION_OF_JOB.optional(result.latest_job_exe)
    }


def job_details(request: Request, result: V3JobDetails) -> Json:
    """A job with all that belongs to it."""
    return {
        **response_shapes.JOB.of(result.item),
        **_larger(result),
        "data": result.data,
        "results": result.results,
        "recipes": [response_shapes.RECIPE.of(recipe) for recipe in result.recipes],
        "job_exes": [response_shapes.EXECUTION_OF_JOB.of(job_exe) for job_exe in result.job_exes],
        "inputs": [files.input_value(request, item) for item in result.inputs],
        "outputs": [files.output_value(request, output) for output in result.outputs],
        "input_files": [files.file(request, input_file) for input_file in result.input_files],
        "products": [files.product(request, product) for product in result.products],
    }


def _larger(result: V3JobDetails) -> Json:
    """What the list shows too, but with less; the keys stay where they are."""
    revision = result.revision
    return {
        "job_type": response_shapes.JOB_TYPE_DETAILS.of(result),
        "job_type_rev": {
            "id": revision.id,
            "job_type": {"id": result.item.job_type.id},
            "revision_num": revision.revision_num,
            "interface": revision.interface,
            "created": revision.created,
        },
        "event": response_shapes.EVENT_DETAILS.optional(result.event),
        "error": response_shapes.ERROR_DETAILS.optional(result.error),
        "root_superseded_job": response_shapes.JOB_SHORT.optional(result.root_superseded_job),
        "superseded_job": response_shapes.JOB_SHORT.optional(result.superseded_job),
        "superseded_by_job": response_shapes.JOB_SHORT.optional(result.superseded_by_job),
    }

"""A job with all that belongs to it, composed as the older generation shows it (docs/spec/services/v3-job-details.md)."""

from collections.abc import Mapping
from typing import Any

from jobsvc.db.database import Transaction
from jobsvc.domain.seed import SeedManifest, read_manifest
from jobsvc.domain.v3.data import data_document, results_document, stored_output
from jobsvc.domain.v3.interface import interface_document
from jobsvc.domain.v3.records import V3File, V3JobDetails, V3Record, V3Revision
from jobsvc.domain.v3.values import file_ids, merged_inputs, merged_outputs
from jobsvc.services.configurations import effective_configuration
from jobsvc.services.workspaces import DEFAULT


async def job_details(tx: Transaction, job_id: int) -> V3JobDetails:
    """A job. Interface, data and results are those of the revision that it runs.

    Raises:
        NotFound: There is none.
    """
    record = await tx.v3_jobs.get(job_id)
    manifest = read_manifest(record.revision.manifest)
    read, output = file_ids(record.input), stored_output(record.output)
    files = await tx.v3_files.of_job(job_id, [*read, *file_ids(output)])
    return V3JobDetails(
        item=record.item,
        job_type=record.job_type,
        revision=_revision(record, manifest),
        event=record.event,
        error=record.error,
        data=data_document(record.input, manifest, await _destinations(tx, record, manifest)),
        results=results_document(record.output, manifest),
        recipes=await tx.v3_recipes.of_job(job_id),
        job_exes=await tx.v3_executions.of_job(job_id),
        inputs=merged_inputs(manifest, record.input, files),
        outputs=merged_outputs(manifest, output, files),
        input_files=[files[file_id] for file_id in read if file_id in files],
        products=_products(job_id, files),
        **await _superseding(tx, record),
    )


def _revision(record: V3Record, manifest: SeedManifest) -> V3Revision:
    result = record.revision
    return V3Revision(result.id, result.revision_num, interface_document(manifest), result.created)


def _products(job_id: int, files: Mapping[int, V3File]) -> list[V3File]:
    return [file for file in files.values() if file.job_id == job_id]


async def _destinations(tx: Transaction, record: V3Record, manifest: SeedManifest) -> dict[str, int]:
    """The ids of the workspaces that the files of the outputs go to, by output."""
    configuration = effective_configuration(record.configuration, record.type_configuration)
    names = {output.name: configuration.workspace_for(output.name) or DEFAULT for output in manifest.file_outputs}
    workspaces = await tx.workspaces.by_names(set(names.values())) if names else {}
    return {output: workspaces[name].id for output, name in names.items() if name in workspaces}


async def _superseding(tx: Transaction, record: V3Record) -> dict[str, Any]:
    """The jobs that this one replaced, and the one that replaced it."""
    more = record.item.more
    ids = {
        "root_superseded_job": more.root_superseded_job_id,
        "superseded_job": record.item.job.superseded_job_id,
        "superseded_by_job": more.superseded_by_job_id,
    }
    result = await tx.v3_jobs.shorts(ids.values())
    return {name: None if job_id is None else result[job_id] for name, job_id in ids.items()}

"""What an execution captured becomes files of workspaces: copied first, recorded together with the execution's end.

The copies lie under a path of the execution's own, so a worker that comes back late cannot touch another's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from jobsvc.db.claims import Claim
from jobsvc.db.database import Database
from jobsvc.domain.brokers import is_s3
from jobsvc.domain.builtin_errors import FILESYSTEM_IO, INVALID_RESULTS_MANIFEST, POST_TIMEOUT
from jobsvc.domain.errors import Conflict, InvalidRequest, StorageFailure
from jobsvc.domain.execution_records import LaunchInputs
from jobsvc.domain.geometry import center_point_wkt, geometry_wkt
from jobsvc.domain.limits import MAX_COLLECTING_SECONDS
from jobsvc.domain.outcome import CapturedFile, Completed, Failed, Outcome
from jobsvc.domain.outputs import parse_metadata
from jobsvc.domain.records import FileItem, WorkspaceItem
from jobsvc.domain.writes import FileDetails, FileInsert
from jobsvc.ports.storage import Storage
from jobsvc.services.completion import ExecutionResult, Product
from jobsvc.services.configurations import effective_configuration
from jobsvc.services.submission import source_metadata
from jobsvc.services.workspaces import DEFAULT
from jobsvc.storage.storages import Storages


class ProductService:
    """Takes outputs into workspaces."""

    def __init__(self, database: Database, storages: Storages | None = None) -> None:
        self._db = database
        self._storages = storages or Storages()

    async def publish(self, claim: Claim, inputs: LaunchInputs, outcome: Outcome) -> ExecutionResult:
        """Copy what was captured; a copy that fails makes the execution fail, and nothing of it stays."""
        if not isinstance(outcome, Completed) or not outcome.output.files:
            changes = _changed_inputs(outcome.output.input_metadata, inputs) if isinstance(outcome, Completed) else None
            return ExecutionResult(outcome, input_metadata=changes)
        files, workspaces = await self._read(inputs)
        products: list[Product] = []
        deadline = asyncio.get_running_loop().time() + MAX_COLLECTING_SECONDS
        try:
            for captured in outcome.output.files:
                workspace = _workspace_of(captured, inputs, workspaces)
                # A thread that writes to a disk cannot be called back.
                async with asyncio.timeout_at(deadline if is_s3(workspace.configuration) else None):
                    products.append(await self._import_output(captured, claim, inputs, files, workspace))
        except TimeoutError:
            await self.delete_unrecorded(products)
            reason = f"storing the outputs took longer than {MAX_COLLECTING_SECONDS:.0f} s"
            return ExecutionResult(Failed(POST_TIMEOUT, outcome.times, outcome.exit_code, reason))
        except (InvalidRequest, StorageFailure, Conflict, KeyError, OSError) as exc:
            await self.delete_unrecorded(products)
            # A path that no workspace can have is the job's doing, and would be the same at every attempt.
            name = INVALID_RESULTS_MANIFEST if isinstance(exc, InvalidRequest) else FILESYSTEM_IO
            return ExecutionResult(Failed(name, outcome.times, outcome.exit_code, f"an output cannot be stored: {exc}"))
        return ExecutionResult(outcome, products, _changed_inputs(outcome.output.input_metadata, inputs))

    async def delete_unrecorded(self, products: Sequence[Product]) -> None:
        """Remove copies that will never be recorded."""
        for product in products:
            await self._storages.of(product.configuration).remove(product.file.file_path)

    async def _read(self, inputs: LaunchInputs) -> tuple[list[FileItem], dict[str, WorkspaceItem]]:
        """The input files, and the workspaces that outputs can go to."""
        ids = {file_id for ids in inputs.file_ids.values() for file_id in ids}
        workspaces = effective_configuration(inputs.configuration, inputs.job_type.configuration).output_workspaces
        names = {DEFAULT, workspaces.default, *workspaces.outputs.values()} - {""}
        async with self._db.reading(insisting=True) as tx:
            return list((await tx.files.by_ids(ids)).values()), await tx.workspaces.by_names(names)

    async def _import_output(
        self,
        captured: CapturedFile,
        claim: Claim,
        inputs: LaunchInputs,
        files: Sequence[FileItem],
        workspace: WorkspaceItem,
    ) -> Product:
        directory = f"{inputs.job_type.name}/{inputs.job_type.version}/job_{claim.job_id}/exe_{claim.exe_num}"
        # A file may be the product of two outputs: each has a copy of its own.
        path = f"{directory}/{captured.output}/{captured.relative_path}"
        size = await _store(captured, path, self._storages.of(workspace.configuration))
        # A product inherits where and when its inputs were taken, unless its side-car says otherwise.
        inherited = FileDetails(**source_metadata([item.file for item in files])._asdict())
        own = _details(captured.metadata) if captured.metadata else FileDetails()
        file = FileInsert(
            workspace_id=workspace.id,
            file_name=captured.path.name,
            file_path=path,
            file_type="PRODUCT",
            file_size=size,
            media_type=captured.media_type,
            uuid=uuid4().hex,
            details=inherited.model_copy(update=own.columns),
            job_type_id=inputs.job_type.job_type_id,
            job_output=captured.output,
            recipe_id=inputs.recipe_id,
            batch_id=inputs.batch_id,
        )
        return Product(captured.output, workspace.configuration, file)


async def _store(captured: CapturedFile, path: str, storage: Storage) -> int:
    """Write a file to a path that is this execution's own, over what another worker may have begun there."""
    if captured.stream is None:
        return await storage.take(path, captured.path, captured.identity)
    await storage.remove(path)
    return await storage.store(path, captured.stream())


def _workspace_of(captured: CapturedFile, inputs: LaunchInputs, workspaces: Mapping[str, WorkspaceItem]) -> WorkspaceItem:
    configuration = effective_configuration(inputs.configuration, inputs.job_type.configuration)
    return workspaces[configuration.workspace_for(captured.output) or DEFAULT]


def _details(metadata: Mapping[str, Any]) -> FileDetails:
    """What a side-car document says."""
    result = parse_metadata(metadata)
    values = {name: value for name, value in vars(result).items() if name != "geometry" and value is not None}
    if result.geometry:
        values |= {"geometry": geometry_wkt(result.geometry), "center_point": center_point_wkt(result.geometry)}
    return FileDetails(**values)


def _changed_inputs(metadata: Mapping[str, Mapping[str, Any]], inputs: LaunchInputs) -> dict[int, FileDetails]:
    """What side-cars of single-file inputs change, by file id (docs/spec/behaviour/seed.md#outputs)."""
    files = inputs.file_ids
    changes = {files[name][0]: _details(document) for name, document in metadata.items() if name in files}
    return {file_id: details for file_id, details in changes.items() if details.columns}

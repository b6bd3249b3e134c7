"""Cancel and requeue: bulk operations over the jobs of a selection."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from jobsvc.client.aio import waiting
from jobsvc.client.aio.jobs import POLL_SECONDS
from jobsvc.client.models import BULK_DONE, BulkOperation, BulkPreview, Json
from jobsvc.client.queries import JobSelection

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport

CANCEL, REQUEUE = "v6/jobs/cancel/", "v6/jobs/requeue/"


class Bulk:
    """`/v6/jobs/cancel/`, `/v6/jobs/requeue/` and `/v6/bulk-operations/`.

    A selection names what the jobs have in common; an empty one would mean every job, and raises ValueError unless
    `everything` says that it is meant. `expected` is the number of jobs that a preview showed: when it has changed
    meanwhile, nothing is done (ApiError 409).
    """

    def __init__(self, http: "Transport") -> None:
        self._http = http

    async def preview_cancel(self, selection: JobSelection, *, everything: bool = False) -> BulkPreview:
        """What canceling these jobs would do now."""
        return await self._preview(CANCEL, selection, everything=everything)

    async def preview_requeue(self, selection: JobSelection, *, everything: bool = False) -> BulkPreview:
        """What requeueing these jobs would do now."""
        return await self._preview(REQUEUE, selection, everything=everything)

    async def cancel(self, selection: JobSelection, *, expected: int | None = None, everything: bool = False) -> int:
        """Ask to cancel these jobs; return the id of the bulk operation that does it."""
        return await self._start(CANCEL, _body(selection, everything=everything) | _optional("expected_count", expected))

    async def requeue(
        self,
        selection: JobSelection,
        priority: int | None = None,
        *,
        expected: int | None = None,
        everything: bool = False,
    ) -> int:
        """Ask to send these jobs back to the queue, with a new priority if one is given (lower is earlier)."""
        body = _body(selection, everything=everything) | _optional("expected_count", expected) | _optional("priority", priority)
        return await self._start(REQUEUE, body)

    async def get(self, operation_id: int) -> BulkOperation:
        """A bulk operation."""
        bulk_operation: BulkOperation = await self._http.get(f"v6/bulk-operations/{operation_id}/")
        return bulk_operation

    async def watch(self, operation_id: int, interval: float = POLL_SECONDS) -> AsyncIterator[BulkOperation]:
        """The operation as it is now and every `interval` seconds, until it is done; the last one is."""
        while True:
            operation = await self.get(operation_id)
            yield operation
            if operation["state"] in BULK_DONE:
                return
            await waiting.sleep(interval)

    async def stop(self, operation_id: int) -> BulkOperation:
        """Leave the rest of the jobs as they are; what is done stays done."""
        stopped: BulkOperation = await self._http.call("POST", f"v6/bulk-operations/{operation_id}/stop/")
        return stopped

    async def _preview(self, path: str, selection: JobSelection, *, everything: bool) -> BulkPreview:
        body = _body(selection, everything=everything) | {"dry_run": True}
        preview: BulkPreview = await self._http.call("POST", path, json=body)
        return preview

    async def _start(self, path: str, body: Json) -> int:
        response = await self._http.send("POST", path, json=body)
        return int(response.headers["Location"].rstrip("/").rpartition("/")[2])


def _body(selection: JobSelection, *, everything: bool) -> Json:
    """The selection. To the service an empty list is no condition, which nobody means who lists ids."""
    empty = [name for name, value in selection.items() if value == []]
    if empty or not (selection or everything):
        raise ValueError(f"no jobs are selected: {empty[0]} is empty" if empty else "no jobs are selected")
    return dict(selection)


def _optional(name: str, value: int | None) -> Json:
    return {} if value is None else {name: value}

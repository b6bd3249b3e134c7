"""Cancel and requeue: bulk operations over jobs by their ids."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jobsvc.client.jobs import POLL_SECONDS
from jobsvc.client.models import BulkOperation, Json

if TYPE_CHECKING:
    import httpx

    from jobsvc.client.transport import Transport

DONE = frozenset({"COMPLETED", "STOPPED"})


class Bulk:
    """`/v6/jobs/cancel/`, `/v6/jobs/requeue/` and `/v6/bulk-operations/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    def cancel(self, job_ids: Sequence[int]) -> int:
        """Ask to cancel these jobs; gives the id of the bulk operation that does it. Raises ValueError for no ids."""
        return self._start("v6/jobs/cancel/", {"job_ids": _some(job_ids)})

    def requeue(self, job_ids: Sequence[int], priority: int | None = None) -> int:
        """Ask to send these jobs back to the queue, with a new priority if one is given (lower is earlier)."""
        body: Json = {"job_ids": _some(job_ids)}
        return self._start("v6/jobs/requeue/", body if priority is None else body | {"priority": priority})

    def get(self, operation_id: int) -> BulkOperation:
        """A bulk operation."""
        found: BulkOperation = self._http.get(f"v6/bulk-operations/{operation_id}/")
        return found

    def watch(self, operation_id: int, interval: float = POLL_SECONDS) -> Iterator[BulkOperation]:
        """The operation as it is now and every `interval` seconds, until it is done; the last one is."""
        while True:
            operation = self.get(operation_id)
            yield operation
            if operation["state"] in DONE:
                return
            time.sleep(interval)

    def _start(self, path: str, body: Json) -> int:
        return _id_of(self._http.send("POST", path, json=body))


def _some(job_ids: Sequence[int]) -> list[int]:
    """The ids. No ids would mean every job to the service, which nobody means who lists ids."""
    if not job_ids:
        raise ValueError("no job ids")
    return list(job_ids)


def _id_of(response: "httpx.Response") -> int:
    return int(response.headers["Location"].rstrip("/").rpartition("/")[2])

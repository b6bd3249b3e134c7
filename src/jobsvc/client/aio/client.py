"""The client: one object for one service, with its resources as attributes."""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from jobsvc.client.aio import change_events
from jobsvc.client.aio.bulk import Bulk
from jobsvc.client.aio.files import Files
from jobsvc.client.aio.job_types import JobTypes
from jobsvc.client.aio.jobs import Jobs
from jobsvc.client.aio.logs import Logs
from jobsvc.client.aio.retention import Retention
from jobsvc.client.aio.retry_policies import RetryPolicies
from jobsvc.client.aio.webhooks import Webhooks
from jobsvc.client.aio.workspaces import Workspaces
from jobsvc.client.models import ChangeEvent


class AsyncClient:
    """Calls the service at `url` (a gateway's path prefix included); every call raises ApiError or ServiceUnreachable.

    A context manager; nothing connects before the first call.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        # Importing httpx takes longer than printing the help, which needs none of it.
        from jobsvc.client.aio.transport import Transport  # noqa: PLC0415

        self._http = Transport(url, token)
        self.url = self._http.url
        self.jobs = Jobs(self._http)
        self.logs = Logs(self._http, self.jobs)
        self.bulk = Bulk(self._http)
        self.job_types = JobTypes(self._http)
        self.retry_policies = RetryPolicies(self._http)
        self.files = Files(self._http)
        self.workspaces = Workspaces(self._http)
        self.webhooks = Webhooks(self._http)
        self.retention = Retention(self._http)

    async def version(self) -> str:
        """The version of the service."""
        return str((await self._http.get("v6/version/"))["version"])

    def events(
        self,
        *,
        after: int | None = None,
        follow: bool = False,
        types: Sequence[str] = (),
        job_type_names: Sequence[str] = (),
        batch_ids: Sequence[int] = (),
        job_ids: Sequence[int] = (),
    ) -> AsyncIterator[ChangeEvent]:
        """Changes, the oldest first: those behind a position (an event's `id`) or all that are kept.

        With `follow` those behind the position, or from now on, as they come, without an end. A connection that breaks is
        opened again and read on behind the last event. ApiError 410: events behind the position were dropped.
        """
        query = {
            "type": list(types),
            "job_type_name": list(job_type_names),
            "batch_id": list(batch_ids),
            "job_id": list(job_ids),
        }
        if follow:
            return change_events.followed(self._http, query, after)
        return change_events.listed(self._http, change_events.EVENTS, query, after or 0)

    def job_events(self, job_id: int, *, after: int = 0) -> AsyncIterator[ChangeEvent]:
        """What happened to a job and its executions, the oldest first, as far as it is kept."""
        return change_events.listed(self._http, f"v6/jobs/{job_id}/events/", {}, after)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

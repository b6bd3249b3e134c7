"""The client: one object for one service, with its resources as attributes."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from jobsvc.client.models import ChangeEvent
from jobsvc.client.sync import change_events
from jobsvc.client.sync.bulk import Bulk
from jobsvc.client.sync.files import Files
from jobsvc.client.sync.job_types import JobTypes
from jobsvc.client.sync.jobs import Jobs
from jobsvc.client.sync.logs import Logs
from jobsvc.client.sync.retention import Retention
from jobsvc.client.sync.retry_policies import RetryPolicies
from jobsvc.client.sync.webhooks import Webhooks
from jobsvc.client.sync.workspaces import Workspaces


class Client:
    """Calls the service at `url` (a gateway's path prefix included); every call raises ApiError or ServiceUnreachable.

    A context manager; nothing connects before the first call.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        # Importing httpx takes longer than printing the help, which needs none of it.
        from jobsvc.client.sync.transport import Transport  # noqa: PLC0415

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

    def version(self) -> str:
        """The version of the service."""
        return str((self._http.get("v6/version/"))["version"])

    def events(
        self,
        *,
        after: int | None = None,
        follow: bool = False,
        types: Sequence[str] = (),
        job_type_names: Sequence[str] = (),
        batch_ids: Sequence[int] = (),
        job_ids: Sequence[int] = (),
    ) -> Iterator[ChangeEvent]:
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

    def job_events(self, job_id: int, *, after: int = 0) -> Iterator[ChangeEvent]:
        """What happened to a job and its executions, the oldest first, as far as it is kept."""
        return change_events.listed(self._http, f"v6/jobs/{job_id}/events/", {}, after)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

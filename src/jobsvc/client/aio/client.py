"""The client: one object for one service, with its resources as attributes."""

from types import TracebackType
from typing import Self

from jobsvc.client.aio.bulk import Bulk
from jobsvc.client.aio.files import Files
from jobsvc.client.aio.job_types import JobTypes
from jobsvc.client.aio.jobs import Jobs
from jobsvc.client.aio.logs import Logs
from jobsvc.client.aio.workspaces import Workspaces


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
        self.files = Files(self._http)
        self.workspaces = Workspaces(self._http)

    async def version(self) -> str:
        """The version of the service."""
        return str((await self._http.get("v6/version/"))["version"])

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

"""How long jobs are kept, holds, and purges."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote

from jobsvc.client.models import JobTypeName, Json
from jobsvc.client.retention_models import JobHold, JobTypeRetention, PurgePreview, RetentionChange

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport

PURGE = "v6/retention/purge/"


class Retention:
    """`/v6/retention/`, `/v6/jobs/{id}/hold/` and `/v6/job-types/{name}/{version}/retention/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    async def of_type(self, name: str, version: str) -> JobTypeRetention:
        """How long the jobs of a type are kept."""
        retention: JobTypeRetention = await self._http.get(_path(name, version))
        return retention

    async def set_for_type(self, name: str, version: str, **days: Unpack[RetentionChange]) -> JobTypeRetention:
        """Say how long the jobs of a type are kept; what is left out is as the settings of the service say."""
        retention: JobTypeRetention = await self._http.call("PUT", _path(name, version), json=dict(days))
        return retention

    async def hold(self, job_id: int, reason: str | None = None) -> JobHold:
        """Keep a job from being purged, until it is released."""
        hold: JobHold = await self._http.call("PUT", _hold(job_id), json={"reason": reason})
        return hold

    async def hold_of(self, job_id: int) -> JobHold:
        """Why a job is held (ApiError 404 when it is not)."""
        hold: JobHold = await self._http.get(_hold(job_id))
        return hold

    async def release(self, job_id: int) -> None:
        """Let go of a job that was held; one that was not stays as it is."""
        await self._http.call("DELETE", _hold(job_id))

    async def preview(self, job_types: Iterable[JobTypeName] = ()) -> PurgePreview:
        """What a purge would remove now, of some job types or all."""
        chosen = list(job_types)
        if not chosen:
            preview: PurgePreview = await self._http.get("v6/retention/preview/")
            return preview
        of_types: PurgePreview = await self._http.call("POST", PURGE, json={"job_types": chosen, "dry_run": True})
        return of_types

    async def purge(self, job_types: Iterable[JobTypeName] = ()) -> int:
        """Remove now what has been kept long enough, of some job types or all; return the id of the bulk operation."""
        chosen = list(job_types)
        body: Json = {"job_types": chosen} if chosen else {}
        response = await self._http.send("POST", PURGE, json=body)
        return int(response.headers["Location"].rstrip("/").rpartition("/")[2])


def _path(name: str, version: str) -> str:
    return f"v6/job-types/{quote(name, safe='')}/{quote(version, safe='')}/retention/"


def _hold(job_id: int) -> str:
    return f"v6/jobs/{job_id}/hold/"

"""Job types."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from jobsvc.client.errors import ApiError
from jobsvc.client.models import JobType, JobTypeDetails, Json, Page

if TYPE_CHECKING:
    from jobsvc.client.sync.transport import Transport


class JobTypes:
    """`/v6/job-types/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    def list(self, *, page: int = 1, page_size: int = 100) -> Page[JobType]:
        """A page of all job types, by name and version."""
        record: Page[JobType] = self._http.get("v6/job-types/", {"page": page, "page_size": page_size})
        return record

    def versions(self, name: str) -> Iterator[JobType]:
        """All versions of a job type, the highest first; none for an unknown name."""
        for version in self._http.items(f"v6/job-types/{quote(name, safe='')}/"):
            yield version

    def get(self, name: str, version: str | None = None) -> JobTypeDetails:
        """A job type; without a version the highest one that is active (ApiError 404 when there is none)."""
        if version is None:
            versions = [(item["version"], item["is_active"]) for item in self.versions(name)]
            if not versions:
                raise ApiError(404, f"Job type {name} does not exist.")
            active = [number for number, is_active in versions if is_active]
            if not active:
                raise ApiError(404, f"No version of the job type {name} is active.")
            version = active[0]
        job_type_details: JobTypeDetails = self._http.get(_path(name, version))
        return job_type_details

    def create(
        self, manifest: Json | None = None, *, docker_image: str | None = None, configuration: Json | None = None
    ) -> JobTypeDetails:
        """Make a job type of a Seed manifest; one of this name and version gets a new revision instead.

        Without a manifest the service takes that of the image's label, and may have to pull the image first.
        """
        body = {"manifest": manifest, "docker_image": docker_image, "configuration": configuration}
        is_slow = manifest is None
        created: JobTypeDetails = self._http.call("POST", "v6/job-types/", json=body, is_slow=is_slow)
        return created

    def change(self, name: str, version: str, **members: object) -> JobTypeDetails:
        """Change members of a job type: is_paused, is_active, max_scheduled, and more."""
        changed: JobTypeDetails = self._http.call("PATCH", _path(name, version), json=members)
        return changed


def _path(name: str, version: str) -> str:
    return f"v6/job-types/{quote(name, safe='')}/{quote(version, safe='')}/"

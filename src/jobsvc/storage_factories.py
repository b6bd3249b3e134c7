"""Where the settings let workspaces lie, and the storages of these."""

from dataclasses import replace
from typing import TYPE_CHECKING

from jobsvc.domain.brokers import S3Broker
from jobsvc.domain.limits import MAX_STAGING_SECONDS
from jobsvc.settings import Settings, SettingsProblem
from jobsvc.storage.places import AllowedPlaces
from jobsvc.storage.storages import S3Options, Storages

if TYPE_CHECKING:
    from jobsvc.storage.s3 import S3Storage

LINK_SECONDS = int(MAX_STAGING_SECONDS) + 600
"""How long links for pods are good at most: as long as they may take to follow them."""
ANSWER_SECONDS, WORK_SECONDS = 5.0, 60.0
"""How long requests to an object store are repeated: while a client waits, and for a job."""


def allowed_places(settings: Settings) -> AllowedPlaces:
    """Which directories of the host may be workspaces: the service's own may not, but for those made for it."""
    own = (
        settings.data_dir,
        settings.scratch_dir,
        settings.docker_auth_file,
        settings.slurm_token_file,
        settings.s3_credentials_file,
    )
    default = settings.data_dir / "workspaces"
    roots = (default, *settings.workspace_roots) if settings.workspace_roots or settings.needs_credentials else None
    return AllowedPlaces([path for path in own if path is not None], [default], roots)


def open_storages(settings: Settings, *, retry_seconds: float = ANSWER_SECONDS) -> Storages:
    """The storages of workspaces; they connect when they are used."""
    return Storages(_s3_options(settings, retry_seconds))


def open_staging(settings: Settings) -> tuple["S3Storage", Storages]:
    """The place by which files are carried to pods and back, and the storages of workspaces: both with links for pods.

    Raises:
        SettingsProblem: It is one where workspaces may be made, whose users would see others' files there.
    """
    bucket, _, prefix = (settings.kubernetes_staging or "").strip("/").partition("/")
    broker = S3Broker(bucket, prefix)
    if any(broker.is_in(place) or _broker(place).is_in(broker.address) for place in settings.s3_buckets):
        raise SettingsProblem(
            "JOBSVC_KUBERNETES_STAGING: it must lie outside of what JOBSVC_S3_BUCKETS opens for workspaces, and hold none of it"
        )
    endpoint = settings.kubernetes_staging_endpoint or settings.s3_endpoint
    options = replace(_s3_options(settings, WORK_SECONDS), link_seconds=LINK_SECONDS, link_endpoint=endpoint)
    place = Storages(replace(options, buckets=[broker.address])).of_bucket(broker)
    return place, Storages(options)


def _broker(place: str) -> S3Broker:
    bucket, _, prefix = place.strip("/").partition("/")
    return S3Broker(bucket, prefix)


def _s3_options(settings: Settings, retry_seconds: float) -> S3Options:
    return S3Options(
        settings.s3_buckets,
        settings.s3_endpoint,
        settings.s3_credentials_file,
        retry_seconds,
        settings.s3_link_seconds,
        settings.s3_link_endpoint,
    )

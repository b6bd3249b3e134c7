"""Where the settings let workspaces lie, and the storages of these."""

from jobsvc.settings import Settings
from jobsvc.storage.places import AllowedPlaces
from jobsvc.storage.storages import S3Options, Storages

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
    options = S3Options(
        settings.s3_buckets,
        settings.s3_endpoint,
        settings.s3_credentials_file,
        retry_seconds,
        settings.s3_link_seconds,
        settings.s3_link_endpoint,
    )
    return Storages(options)

"""The storage of each workspace, by its configuration."""

from collections.abc import Callable, Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobsvc.domain.brokers import S3Broker, is_s3, read_s3_broker
from jobsvc.domain.errors import InvalidRequest, StorageFailure
from jobsvc.ports.engine import InputFile
from jobsvc.storage.host_storage import HostStorage

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential, S3Store

    from jobsvc.storage.s3 import S3Storage

CREDENTIALS_TTL = timedelta(minutes=5)
"""After this a file of credentials is read again: whoever rotates them replaces it."""
REQUEST_SECONDS = 30


@dataclass(frozen=True)
class S3Options:
    """The object store that workspaces may lie in.

    Args:
        buckets: What they may use, each as `bucket` or `bucket/prefix`.
        endpoint: The URL of its service; None: that of AWS.
        credentials_file: An INI file with the keys of AWS's tools; None: what the environment has, a web identity included.
        retry_seconds: How long a request is repeated.
        link_seconds: How long a link for others is good; 0: there are none.
        link_endpoint: The URL of its service for them; None: `endpoint`.

    """

    buckets: Sequence[str] = ()
    endpoint: str | None = None
    credentials_file: Path | None = None
    retry_seconds: float = 5.0
    link_seconds: int = 0
    link_endpoint: str | None = None

    def problem_of(self, broker: S3Broker) -> str:
        """Why a bucket may not be used; empty when it may."""
        if any(broker.is_in(place) for place in self.buckets):
            return ""
        allowed = ", ".join(self.buckets) or "no bucket"
        return f"'{broker.address}' does not lie in a bucket that JOBSVC_S3_BUCKETS allows ({allowed})."


@dataclass(frozen=True)
class Storages:
    """The storages of workspaces; those of buckets are kept, with their connections."""

    s3: S3Options = field(default_factory=S3Options)
    _known: "dict[S3Broker, S3Storage]" = field(default_factory=dict)

    def of(self, configuration: Mapping[str, Any]) -> "HostStorage | S3Storage":
        """The storage of a workspace; whether it can be reached is not asked.

        Raises:
            StorageFailure: It has none that this service knows, or that it may use.
        """
        if is_s3(configuration):
            try:
                return self.of_bucket(read_s3_broker(configuration))
            except InvalidRequest as exc:
                raise StorageFailure(f"The workspace cannot be used: {exc.detail}") from exc
        try:
            return HostStorage(Path(configuration["broker"]["host_path"]))
        except (KeyError, TypeError) as exc:
            raise StorageFailure("The workspace cannot be used: its broker is of no type that the service knows.") from exc

    def of_bucket(self, broker: S3Broker) -> "S3Storage":
        """The storage of a bucket.

        Raises:
            InvalidRequest: It may not be used; a workspace may be older than the settings, or imported.
        """
        if problem := self.s3.problem_of(broker):
            raise InvalidRequest(f"configuration.broker.bucket_name: {problem}")
        if broker not in self._known:
            self._known[broker] = _open(broker, self.s3)
        return self._known[broker]

    def fetch(self, file: InputFile, target: Path, check: Callable[[], None]) -> None:
        """Copy the input file of a job from where it lies to this host. Blocks; raises as `S3Storage.fetch` and `of` do."""
        assert file.origin is not None  # noqa: S101 - nobody fetches what lies on this host
        storage = self.of(file.origin.configuration)
        assert not isinstance(storage, HostStorage)  # noqa: S101 - as above
        storage.fetch(file.origin.file_path, file.origin.size, target, check)


def _open(broker: S3Broker, options: S3Options) -> "S3Storage":
    # Here, for most installations have no object store, and the library takes its time to be loaded.
    from jobsvc.storage.s3 import Links, S3Storage  # noqa: PLC0415

    store = _connect(broker, options, options.endpoint)
    links = None
    if options.link_seconds:
        is_elsewhere = options.link_endpoint not in {None, options.endpoint}
        for_others = _connect(broker, options, options.link_endpoint) if is_elsewhere else store
        links = Links(for_others, timedelta(seconds=options.link_seconds))
    return S3Storage(store, broker.address, links)


def _connect(broker: S3Broker, options: S3Options, endpoint: str | None) -> "S3Store":
    from obstore.store import S3Store  # noqa: PLC0415

    config: S3Config = {}
    if broker.region_name:
        config["region"] = broker.region_name
    if endpoint:
        config["endpoint"] = endpoint
    return S3Store(
        broker.bucket_name,
        prefix=broker.prefix or None,
        config=config,
        client_options={"allow_http": (endpoint or "").startswith("http://"), "timeout": f"{REQUEST_SECONDS}s"},
        retry_config={"max_retries": 10, "retry_timeout": timedelta(seconds=options.retry_seconds)},
        credential_provider=_FileCredentials(options.credentials_file) if options.credentials_file else None,
    )


class _FileCredentials:
    """The credentials in a file of AWS's tools: those of the profile `default`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> Any:
        parser = ConfigParser(interpolation=None)
        try:
            parser.read_string(self._path.read_text(encoding="utf-8"))
            keys = parser["default"]
            credential: S3Credential = {
                "access_key_id": keys["aws_access_key_id"],
                "secret_access_key": keys["aws_secret_access_key"],
                "token": keys.get("aws_session_token"),
                "expires_at": datetime.now(UTC) + CREDENTIALS_TTL,
            }
        except (ConfigError, KeyError, OSError, UnicodeDecodeError) as exc:
            # Not its text: the parser shows lines of the file.
            raise ValueError(f"{self._path} cannot be read as a file of credentials ({type(exc).__name__})") from None
        return credential

"""Brokers of workspaces: what their configuration says of where files lie."""

import re
from dataclasses import dataclass

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.limits import MAX_NAME_BYTES

S3 = "s3"
_WHERE = "configuration.broker"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_PREFIX_PART = re.compile(r"[A-Za-z0-9_=.-]+")
_MEMBERS = ("bucket_name", "prefix", "region_name", "type")


@dataclass(frozen=True)
class S3Broker:
    """A bucket of an object store: all of it, or what is below a prefix (without a slash at its end; empty: all)."""

    bucket_name: str
    prefix: str = ""
    region_name: str | None = None

    @property
    def address(self) -> str:
        """The bucket with its prefix."""
        return f"{self.bucket_name}/{self.prefix}" if self.prefix else self.bucket_name

    def is_in(self, place: str) -> bool:
        """Whether it is the `bucket` or `bucket/prefix`, or lies below it."""
        return f"{self.address}/".startswith(f"{place.rstrip('/')}/")

    @property
    def document(self) -> dict[str, str]:
        """The broker as it is stored and shown."""
        members = {"bucket_name": self.bucket_name, "prefix": self.prefix, "region_name": self.region_name}
        return {"type": S3} | {name: value for name, value in members.items() if value}


def is_s3(configuration: object) -> bool:
    """Whether the configuration of a workspace names an object store."""
    broker = configuration.get("broker") if isinstance(configuration, dict) else None
    return isinstance(broker, dict) and broker.get("type") == S3


def read_s3_broker(configuration: object) -> S3Broker:
    """The broker of a workspace that `is_s3`.

    Raises:
        InvalidRequest: It is not one, has credentials, or a member that is not valid.
    """
    broker = configuration.get("broker") if isinstance(configuration, dict) else None
    if not isinstance(broker, dict):
        raise InvalidRequest(f"{_WHERE}: must be an object.")
    if "credentials" in broker:
        raise InvalidRequest(
            f"{_WHERE}.credentials: are not taken from requests, nor stored; the service has them from its own environment."
        )
    if set(broker) - set(_MEMBERS):
        raise InvalidRequest(f"{_WHERE}: must be an object with the members {', '.join(_MEMBERS)}, of which two may be absent.")
    return S3Broker(
        _matching(broker.get("bucket_name"), _BUCKET, "bucket_name", "the name of a bucket, such as data.example.com"),
        _prefix(broker.get("prefix")),
        None
        if broker.get("region_name") is None
        else _matching(broker["region_name"], _REGION, "region_name", "the name of a region, such as eu-west-1"),
    )


def _matching(value: object, pattern: re.Pattern[str], member: str, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidRequest(f"{_WHERE}.{member}: must be {what}.")
    return value


def _prefix(value: object) -> str:
    if value is None or value == "":
        return ""
    parts = value.removesuffix("/").split("/") if isinstance(value, str) else [""]
    if any(part in {".", ".."} or not _PREFIX_PART.fullmatch(part) for part in parts) or len(str(value)) > MAX_NAME_BYTES:
        raise InvalidRequest(
            f"{_WHERE}.prefix: must be names of letters, digits, '_', '=', '.' and '-' with slashes between them,"
            f" of {MAX_NAME_BYTES} characters together."
        )
    return "/".join(parts)

"""The settings that say where workspaces may lie, and how an object store is reached (docs/workspaces.md)."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, FilePath, field_validator
from pydantic_settings import NoDecode

from jobsvc.access_settings import AccessSettings, split

ALLOWED_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_=.-]+)*/?")


class StorageSettings(AccessSettings):
    """The part of the settings of a process that is about workspaces."""

    workspace_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Directories, comma-separated, below which workspaces may be made beside `workspaces` of the data directory. "
        "Not set: anywhere but in what is the service's own, or nowhere else once callers need credentials.",
    )
    s3_buckets: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Buckets of an object store, comma-separated, that workspaces may be made in, each as `bucket` or "
        "`bucket/prefix`. Not set: none. Credentials come from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, from "
        "`AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, or from `JOBSVC_S3_CREDENTIALS_FILE`.",
    )
    s3_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^/@?#]+$",
        description="URL of the object store, as `https://s3.example.com`. Not set: that of AWS.",
    )
    s3_credentials_file: FilePath | None = Field(
        None,
        description="INI file with `aws_access_key_id` and `aws_secret_access_key` of the profile `default`; it is read again "
        "when it is replaced.",
    )

    s3_link_seconds: int = Field(
        0,
        ge=0,
        le=3600,
        description="How long links to the object store are good, to which downloads with `link=true` lead. 0: there are none.",
    )
    s3_link_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^/@?#]+$",
        description="URL of the object store for those who follow links. Not set: that of `JOBSVC_S3_ENDPOINT`.",
    )

    @field_validator("workspace_roots", "s3_buckets", mode="before")
    @classmethod
    def _split_places(cls, value: object) -> object:
        return split(value)

    @field_validator("workspace_roots")
    @classmethod
    def _all_absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(path.expanduser().absolute() for path in value)

    @field_validator("s3_buckets")
    @classmethod
    def _are_buckets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(ALLOWED_BUCKET.fullmatch(entry) for entry in value):
            raise ValueError("each entry must be the name of a bucket, perhaps with a prefix, as data/maps")
        return value

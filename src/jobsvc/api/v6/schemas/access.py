"""Tokens, and the audit (docs/access.md)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Text, Texts
from jobsvc.api.models import ApiModel, Document, PageOf, Source
from jobsvc.domain.access import Permission, Role

RIGHTS = "Only these of the role's permissions; all of them when null."
LIMIT = "The names of the job types that it is limited to; null when it is not."


class AccessToken(ApiModel):
    """A token that was given out; itself it is stored nowhere."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="What its owner is called.")
    role: Role = Field(description="The role of its owner.")
    scopes: list[str] | None = Field(description=RIGHTS)
    job_types: list[str] | None = Field(description=LIMIT)
    created: datetime = Field(description="When it was given out.")
    created_by: str | None = Field(description="Who gave it out; null when that was a command of the service's host.")
    expires: datetime | None = Field(description="When it ends; null when it does not.")
    revoked: datetime | None = Field(description="When it was taken back.")
    last_used: datetime | None = Field(description="When it was last used, to a minute or so.")


class IssuedAccessToken(AccessToken, inherited="item"):
    """A token, once with itself."""

    token: str = Field(description="The token. It is shown this once.")


class AccessTokenPage(PageOf[AccessToken]):
    """A page of tokens."""


class AccessTokenCreate(StrictRequestBody):
    """A new token."""

    name: Text = Field(description="What its owner is called.", max_length=200)
    role: Role = Field(Role.VIEWER, description="The role of its owner.")
    scopes: list[Permission] | None = Field(None, description=RIGHTS)
    job_types: Texts | None = Field(None, description=LIMIT)
    expires: Text | None = Field(None, description="When it ends, as an ISO-8601 time with a zone; never when absent.")


class AuditEntry(ApiModel, columns="entry"):
    """A request that was to change something, or was refused."""

    id: Annotated[int, Source("id")] = Field(description="The unique identifier of the model; later entries have higher ones.")
    at: datetime = Field(description="When it was answered.")
    user: str = Field(description="What the caller is called, or Anonymous.")
    source: str = Field(description="How the caller was known: nobody, setting, token, oidc, proxy.")
    operation: str | None = Field(description="The operation; null where there is none.")
    method: str = Field(description="The method of the request.")
    path: str = Field(description="The path of the request.")
    query: str = Field(description="The query of the request.")
    subject: str | None = Field(description="What was made or changed, as a path; null when that is not known.")
    filter: Document | None = Field(description="The criteria of a request to cancel or requeue jobs.")
    digest: str | None = Field(description="SHA-256 of the body; null without one, and for those of more than 10 MiB.")
    status: int = Field(description="The status of the answer.")
    request_id: str | None = Field(description="The id of the request.")
    address: str | None = Field(description="Where the request came from.")


class AuditPage(PageOf[AuditEntry]):
    """A page of the audit."""

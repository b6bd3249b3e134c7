"""Who calls (docs/spec/behaviour/siblings.md)."""

from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ApiModel, Computed, Source, always
from jobsvc.domain.access import Principal, Role


def _is_staff(principal: Principal) -> bool:
    return principal.may_change


def _permissions(principal: Principal) -> list[str]:
    return sorted(principal.permissions)


def _job_types(principal: Principal) -> list[str] | None:
    return None if principal.job_types is None else sorted(principal.job_types)


class Profile(ApiModel):
    """The calling user. Users are the names of tokens, or what a provider of identities calls them."""

    id: Annotated[str | None, always(None)] = Field(description="Always null: users are known by their names alone.")
    username: Annotated[str, Source("name")] = Field(
        description="The name of the token or of its owner, or Anonymous when everybody on this host may call."
    )
    first_name: Annotated[str, always("")] = Field(description="Always empty.")
    last_name: Annotated[str, always("")] = Field(description="Always empty.")
    email: Annotated[str, always("")] = Field(description="Always empty.")
    is_active: Annotated[bool, always(value=True)] = Field(description="Always true.")
    is_staff: Annotated[bool, Computed(_is_staff)] = Field(description="Whether the user may change things.")
    role: Role = Field(description="The role of the user.")
    permissions: Annotated[list[str], Computed(_permissions)] = Field(description="What the user may do.")
    job_types: Annotated[list[str] | None, Computed(_job_types)] = Field(
        description="The names of the job types that the user is limited to; null when it is not."
    )

"""Who calls (docs/spec/behaviour/siblings.md)."""

from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ITSELF, ApiModel, always


class Profile(ApiModel):
    """The calling user: the record is the name. Users are the names of tokens; nothing else is known about them."""

    id: Annotated[str | None, always(None)] = Field(description="Always null: users are known by their names alone.")
    username: Annotated[str, ITSELF] = Field(
        description="The name of the token, or Anonymous when everybody on this host may call."
    )
    first_name: Annotated[str, always("")] = Field(description="Always empty.")
    last_name: Annotated[str, always("")] = Field(description="Always empty.")
    email: Annotated[str, always("")] = Field(description="Always empty.")
    is_active: Annotated[bool, always(value=True)] = Field(description="Always true.")
    is_staff: Annotated[bool, always(value=True)] = Field(description="Whether the user may change things: always true.")

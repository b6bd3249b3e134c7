"""Who calls (docs/spec/behaviour/siblings.md)."""

from pydantic import Field

from jobsvc.api.models import ApiModel


class Profile(ApiModel):
    """The calling user. Users are the names of tokens; nothing else is known about them."""

    id: str | None = Field(description="Always null: users are known by their names alone.")
    username: str = Field(description="The name of the token, or Anonymous when everybody on this host may call.")
    first_name: str = Field(description="Always empty.")
    last_name: str = Field(description="Always empty.")
    email: str = Field(description="Always empty.")
    is_active: bool = Field(description="Always true.")
    is_staff: bool = Field(description="Whether the user may change things: always true.")

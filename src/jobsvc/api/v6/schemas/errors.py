"""Errors (docs/spec/behaviour/siblings.md)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import PageOf
from jobsvc.api.v6.schemas.common import ErrorBase


class ErrorDetails(ErrorBase, inherited="error"):
    """An error with its dates."""

    created: datetime = Field(description="When the error was created.")
    last_modified: datetime = Field(description="When the error was last changed.")


class ErrorPage(PageOf[ErrorDetails]):
    """A page of errors."""

"""Views of lists that somebody has given a name, for all who may look at jobs."""

import re
from datetime import datetime
from typing import NamedTuple

from jobsvc.domain.access import Permission, Principal
from jobsvc.domain.errors import Forbidden, InvalidRequest

MOST_QUERY = 4000
"""Characters of a query: more are an address that not every browser opens."""
_NAME = re.compile(r"[^\W_](?:[^\x00-\x1f\x7f/]{0,98}[^\s\x00-\x1f\x7f/])?")
_QUERY = re.compile(r"[!$-~]*")


class SavedView(NamedTuple):
    """A query of the list of jobs by a name; `created_by` is who may change it besides operators."""

    name: str
    query: str
    created: datetime
    created_by: str


def check_view(name: str, query: str) -> None:
    """Raise InvalidRequest for what is no name, or no query of an address."""
    if not _NAME.fullmatch(name):
        raise InvalidRequest("name: must have 1 to 100 characters, begin with a letter or digit, and have no '/'.")
    if len(query) > MOST_QUERY or not _QUERY.fullmatch(query):
        raise InvalidRequest(f"query: must be a query as in an address, without '?' and '#', of {MOST_QUERY} characters at most.")


def check_owner(view: SavedView, principal: Principal) -> None:
    """Raise Forbidden when a view is somebody else's: operators may change those of all."""
    if view.created_by != principal.name and Permission.JOBS_OPERATE not in principal.permissions:
        raise Forbidden(f"The view {view.name} is that of {view.created_by}: they may change it, and operators.")

"""Examples of saved views."""

from typing import Any

from jobsvc.api.v6.examples.common import CREATED, page

Json = dict[str, Any]

VIEW: Json = {"name": "failures of the night", "query": "status=FAILED&started=PT12H", "created": CREATED, "created_by": "jane"}
EXAMPLES: dict[str, Json] = {
    "list_saved_views": {"200": page(VIEW)},
    "set_saved_view": {"request": {"query": VIEW["query"]}, "200": VIEW, "201": VIEW},
}

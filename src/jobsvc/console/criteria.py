"""The filter bar of the jobs: the page's query is the API's query."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jobsvc.console.calling import Params

STATUSES = ("PENDING", "BLOCKED", "QUEUED", "RUNNING", "FAILED", "COMPLETED", "CANCELED")
CATEGORIES = ("SYSTEM", "DATA", "ALGORITHM")
PERIODS = (("PT1H", "last hour"), ("PT24H", "last 24 hours"), ("P7D", "last 7 days"), ("P30D", "last 30 days"), ("", "any time"))
DEFAULT_PERIOD, DEFAULT_ORDER = "PT24H", "-last_modified"
NARROW = frozenset({"job_id", "batch_id", "recipe_id"})
"""Who asks for these wants them whenever they were."""
OF_PAGE = frozenset({"page", "page_size", "cursor", "order", "kind", "group_by", "columns", "selected"})
"""What chooses no jobs."""
OF_CONSOLE = frozenset({"group_by", "columns"})
MORE = (
    ("ended", "Changed until"),
    ("label", "Label (key:value)"),
    ("job_id", "Job id"),
    ("batch_id", "Batch id"),
    ("recipe_id", "Recipe id"),
    ("error_id", "Error id"),
    ("job_type_id", "Job type id"),
    ("source_sensor", "Source sensor"),
    ("source_sensor_class", "Sensor class"),
    ("source_collection", "Source collection"),
    ("source_task", "Source task"),
    ("source_started", "Source from"),
    ("source_ended", "Source until"),
)
IN_BULK = {
    "status": "status",
    "job_id": "job_ids",
    "job_type_id": "job_type_ids",
    "job_type_name": "job_type_names",
    "batch_id": "batch_ids",
    "recipe_id": "recipe_ids",
    "error_category": "error_categories",
    "error_id": "error_ids",
    "label": "labels",
}
"""How a request to cancel or requeue spells the criteria of the list that have several values."""
ALONE = frozenset({"started", "ended", "is_superseded"})
"""Those that have one value, and the same name."""


@dataclass(frozen=True)
class Criteria:
    """Which jobs a page shows, and in which order."""

    pairs: Params

    @classmethod
    def of(cls, query: Iterable[tuple[str, str]]) -> "Criteria":
        """Those of a page's query, with the period and the order that hold when it says nothing of them."""
        pairs = list(query)
        names = {name for name, _ in pairs}
        if "started" not in names and not names & NARROW:
            pairs.append(("started", DEFAULT_PERIOD))
        if "order" not in names:
            pairs.append(("order", DEFAULT_ORDER))
        return cls([(name, value.strip()) for name, value in pairs if value.strip()])

    def values(self, name: str) -> list[str]:
        """All values of a criterion."""
        return [value for key, value in self.pairs if key == name]

    def value(self, name: str) -> str:
        """The first value of a criterion, or nothing."""
        return next(iter(self.values(name)), "")

    def replaced(self, **changes: str) -> list[tuple[str, str]]:
        """The query with other values; an empty one takes a criterion away. It begins at the first page."""
        kept = [(name, value) for name, value in self.pairs if name not in changes and name not in {"page", "cursor"}]
        # Without the period said, the page would take the default one.
        period = [] if "started" in changes or self.value("started") else [("started", "")]
        return [*kept, *period, *((name, value) for name, value in changes.items() if value)]

    @property
    def own(self) -> Params:
        """How the page is drawn, of which the API knows nothing."""
        return [(name, value) for name, value in self.pairs if name in OF_CONSOLE]

    @property
    def asked(self) -> Params:
        """What the list is asked for."""
        return [(name, value) for name, value in self.pairs if name not in OF_CONSOLE]

    @property
    def choosing(self) -> Params:
        """Those that choose jobs."""
        return [(name, value) for name, value in self.pairs if name not in OF_PAGE]

    @property
    def only_in_lists(self) -> list[str]:
        """Criteria that a request to cancel or requeue does not have."""
        return sorted({name for name, _ in self.choosing if name not in IN_BULK and name not in ALONE})

    def body(self) -> dict[str, Any]:
        """The criteria as a request to cancel or requeue has them."""
        body: dict[str, Any] = {name: self.value(name) for name in ALONE if self.value(name)}
        for name, spelled in IN_BULK.items():
            if values := self.values(name):
                body[spelled] = [int(value) if name.endswith("_id") and value.isdigit() else value for value in values]
        return body

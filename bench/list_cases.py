"""Requests whose cost is measured, of a history that ends at a certain time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from bench.console_cases import console_pages
from jobsvc.domain.iso8601 import write_timestamp
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.sorting import BatchOrderField, ExecutionOrderField, FileOrderField, RecipeOrderField

JOBS, V3_JOBS, EXECUTIONS = "/v6/jobs/", "/jobs/", "/job-executions/"


@dataclass(frozen=True)
class Case:
    """A request, in a group of its kind."""

    group: str
    name: str
    path: str


class Cases:
    """All cases for a history of so many jobs that ends at `until`."""

    def __init__(self, jobs: int, until: datetime) -> None:
        self._jobs = jobs
        self._until = until

    def all(self) -> list[Case]:
        """Group by group."""
        groups = {
            "filters": self._filters(),
            "pages": self._pages(),
            "single": self._single(),
            "pairs": self._pairs(),
            "status": self._status(),
            "orders": _orders(JOBS, JobOrderField),
            "orders of a selection": self._ordered_selections(),
            "v3": self._v3(),
            "v3 orders": _orders(V3_JOBS, V3_ORDERS),
            "executions": self._executions(),
            "execution orders": _orders(EXECUTIONS, ExecutionOrderField),
            "files": self._files(),
            "file orders": _orders("/v6/files/", FileOrderField),
            "recipes": self._recipes(),
            "recipe orders": _orders("/v6/recipes/", RecipeOrderField),
            "batches": self._batches(),
            "batch orders": _orders("/v6/batches/", BatchOrderField),
            "figures": self._figures(),
            "console": console_pages(),
        }
        return [Case(group, name, path) for group, cases in groups.items() for name, path in cases]

    def _figures(self) -> Iterator[tuple[str, str]]:
        """Groups and histograms: those of kept numbers, and those that count rows."""
        day, month = urlencode(self._days(1)), urlencode(self._days(30))
        for by in ("status", "status,job_type_name", "job_type_id,status,error_name"):
            yield f"by {by}", f"/v6/jobs/stats/?group_by={by}"
        yield "errors of a type", "/v6/jobs/stats/?group_by=error_name&status=FAILED&job_type_id=1"
        yield "a batch by status", "/v6/jobs/stats/?batch_id=1"
        yield "a day by status", f"/v6/jobs/stats/?{day}"
        yield "a month by status and type", f"/v6/jobs/stats/?group_by=status,job_type_name&{month}"
        yield "a sensor by status", "/v6/jobs/stats/?source_sensor=sensor-1"
        yield "hours of a day by status", f"/v6/jobs/histogram/?split=status&{day}"
        yield "hours of a month by status", f"/v6/jobs/histogram/?split=status&{month}"
        yield "days of a month by status", f"/v6/jobs/histogram/?interval=day&split=status&{month}"
        yield "days of a month by type", f"/v6/jobs/histogram/?interval=day&split=job_type_name&{month}"
        yield "months by status", "/v6/jobs/histogram/?interval=month&split=status&started=2020-01-01T00:00:00Z"

    def _ago(self, **ago: float) -> str:
        return write_timestamp(self._until - timedelta(**ago))

    def _days(self, since: float, to: float | None = None, prefix: str = "") -> dict[str, str]:
        """A range from so many days before the end, to so many."""
        bounds = {"started": self._ago(days=since)} | ({} if to is None else {"ended": self._ago(days=to)})
        return {f"{prefix}{name}": bound for name, bound in bounds.items()}

    def _filters(self) -> Iterator[tuple[str, str]]:
        yield "no filter", JOBS
        yield "no filter, newest first", _query(JOBS, order="-last_modified")
        yield "started (last day)", _query(JOBS, **self._days(1))
        yield "started (last 180 days)", _query(JOBS, **self._days(180))
        yield "ended (before 720 days ago)", _query(JOBS, ended=self._ago(days=720))
        yield "ended (before 30 days ago)", _query(JOBS, ended=self._ago(days=30))
        yield "range of 1 day", _query(JOBS, **self._days(101, 100))
        yield "range of 30 days", _query(JOBS, **self._days(130, 100))
        yield "source_started (last 7 days)", _query(JOBS, source_started=self._ago(days=7))
        yield "source_ended (before 720 days ago)", _query(JOBS, source_ended=self._ago(days=720))
        yield "source range of 1 day", _query(JOBS, **self._days(101, 100, "source_"))
        yield "source_sensor_class (20 %)", _query(JOBS, source_sensor_class="class-2")
        yield "source_sensor (2.5 %)", _query(JOBS, source_sensor="sensor-7")
        yield "source_collection (0.2 %)", _query(JOBS, source_collection="collection-77")
        yield "source_task (5 %)", _query(JOBS, source_task="task-7")
        yield "source_sensor (none)", _query(JOBS, source_sensor="sensor-0")
        for status, share in STATUSES.items():
            yield f"status={status} ({share})", _query(JOBS, status=status)
        yield "status=RUNNING,QUEUED", _query(JOBS, status=["RUNNING", "QUEUED"])
        yield "status=COMPLETED,FAILED", _query(JOBS, status=["COMPLETED", "FAILED"])
        yield "job_id (3)", _query(JOBS, job_id=["77", "777", "7777"])
        yield "job_type_id (50 %)", _query(JOBS, job_type_id="1")
        yield "job_type_id (0.4 %)", _query(JOBS, job_type_id="17")
        yield "job_type_name (50 %)", _query(JOBS, job_type_name="type-1")
        yield "job_type_name (0.8 %, two types)", _query(JOBS, job_type_name="type-25")
        yield "batch_id", _query(JOBS, batch_id="100")
        yield "recipe_id", _query(JOBS, recipe_id="1000")
        for category in ("SYSTEM", "DATA", "ALGORITHM"):
            yield f"error_category={category}", _query(JOBS, error_category=category)
        yield "error_id", _query(JOBS, error_id="18")
        yield "is_superseded=false (98 %)", _query(JOBS, is_superseded="false")
        yield "is_superseded=true (2 %)", _query(JOBS, is_superseded="true")
        yield "nothing", _query(JOBS, job_type_id="4711")

    def _pages(self) -> Iterator[tuple[str, str]]:
        last = -(-self._jobs // 100)
        for page in (1, 100, 1000, 10_000, 50_000):
            if page < last:
                yield f"page {page:,}", _query(JOBS, page=str(page))
        yield "page last", _query(JOBS, page=str(last))
        yield "page 20 of FAILED", _query(JOBS, status="FAILED", page="20")
        yield "page 100 newest first", _query(JOBS, order="-last_modified", page="100")
        yield "the middle page by created", _query(JOBS, order="created", page=str(self._jobs // 200))
        yield "the middle page of COMPLETED", _query(JOBS, status="COMPLETED", page=str(self._jobs // 250))
        for size in (1000, 20, 1):
            yield f"page_size={size}", _query(JOBS, page_size=str(size))

    def _single(self) -> Iterator[tuple[str, str]]:
        middle = self._jobs // 2
        yield "version (no database)", "/v6/version/"
        yield "details (v6)", f"{JOBS}{middle}/"
        yield "details (v3)", f"{V3_JOBS}{middle}/"
        yield "executions", f"{JOBS}{middle}/executions/"
        yield "execution", f"{JOBS}{middle}/executions/1/"
        yield "input_files", f"{JOBS}{middle}/input_files/"
        yield "job-execution (v3)", f"{EXECUTIONS}{3 * middle - 2}/"

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for status in ("FAILED", "COMPLETED", "QUEUED"):
            yield f"status={status} + job_type_name 50 %", _query(JOBS, status=status, job_type_name="type-1")
            yield f"status={status} + job_type_name 0.8 %", _query(JOBS, status=status, job_type_name="type-25")
            yield f"status={status} + job_type_id 0.4 %", _query(JOBS, status=status, job_type_id="17")
        for status in ("FAILED", "COMPLETED", "CANCELED"):
            yield f"status={status} + 1 day", _query(JOBS, status=status, **self._days(101, 100))
            yield f"status={status} + 30 days", _query(JOBS, status=status, **self._days(130, 100))
        for name, value in (("50 %", "1"), ("0.4 %", "17")):
            yield f"job_type_id {name} + 1 day", _query(JOBS, job_type_id=value, **self._days(101, 100))
            yield f"job_type_id {name} + 30 days", _query(JOBS, job_type_id=value, **self._days(130, 100))
        yield "job_type_name 50 % + 30 days", _query(JOBS, job_type_name="type-1", **self._days(130, 100))
        for name, value in {"status": "COMPLETED", "is_superseded": "false", "job_type_id": "1"}.items():
            yield f"batch + {name}={value}", _query(JOBS, batch_id="100", **{name: value})
        yield "batch + status=FAILED", _query(JOBS, batch_id="100", status="FAILED")
        yield "error_category=SYSTEM + 1 day", _query(JOBS, error_category="SYSTEM", **self._days(101, 100))
        yield "error_category=DATA + 30 days", _query(JOBS, error_category="DATA", **self._days(130, 100))
        yield "source range of 7 days + sensor", _query(JOBS, source_sensor="sensor-7", **self._days(107, 100, "source_"))
        yield "source range of 180 days + sensor", _query(JOBS, source_sensor="sensor-7", **self._days(180, prefix="source_"))
        yield "is_superseded=false + status=FAILED", _query(JOBS, is_superseded="false", status="FAILED")
        yield "is_superseded=false, newest first", _query(JOBS, is_superseded="false", order="-last_modified")
        yield "is_superseded=false + status + type", _query(JOBS, is_superseded="false", status="COMPLETED", job_type_id="1")
        yield (
            "three source texts by event",
            _query(
                JOBS, source_sensor="sensor-7", source_task="task-7", source_collection="collection-77", order="event__occurred"
            ),
        )

    def _status(self) -> Iterator[tuple[str, str]]:
        yield "job-types/status/", "/v6/job-types/status/"
        yield "job-types/status/ 30 days", _query("/v6/job-types/status/", started=self._ago(days=30))
        for name in ("running", "pending", "system-failures"):
            yield f"job-types/{name}/", f"/v6/job-types/{name}/"
        yield "load/ (default)", "/v6/load/"
        yield "load/ 1 day", _query("/v6/load/", **self._days(101, 100))
        yield "load/ 30 days", _query("/v6/load/", **self._days(130, 100))
        yield "load/ 30 days of one type", _query("/v6/load/", job_type_id="1", **self._days(130, 100))
        yield "status/", "/v6/status/"
        yield "queue/status/", "/v6/queue/status/"

    def _ordered_selections(self) -> Iterator[tuple[str, str]]:
        for order in ("created", "id", "last_modified", "started"):
            for sign in ("", "-"):
                for status in ("FAILED", "COMPLETED"):
                    yield f"{sign}{order} of {status}", _query(JOBS, status=status, order=f"{sign}{order}")
                yield f"{sign}{order} of a type of 50 %", _query(JOBS, job_type_id="1", order=f"{sign}{order}")
        yield "name, version", _query(JOBS, order=["job_type__name", "job_type__version"])

    def _v3(self) -> Iterator[tuple[str, str]]:
        yield "jobs/", V3_JOBS
        yield "jobs/ newest", _query(V3_JOBS, order="-last_modified")
        yield "jobs/ last day", _query(V3_JOBS, **self._days(1))
        filters = {"status": "FAILED", "job_type_id": "1", "job_type_name": "type-25", "job_type_category": "category-2"}
        for name, value in (filters | {"job_id": "77", "error_category": "DATA", "batch_id": "100"}).items():
            yield f"jobs/ {name}={value}", _query(V3_JOBS, **{name: value})
        yield "jobs/ include_superseded", _query(V3_JOBS, include_superseded="true")
        yield "jobs/ status + type", _query(V3_JOBS, status="COMPLETED", job_type_id="1")
        yield "jobs/updates/", f"{V3_JOBS}updates/"
        yield "jobs/updates/ last day", _query(f"{V3_JOBS}updates/", **self._days(1))
        yield "jobs/updates/ last hour", _query(f"{V3_JOBS}updates/", started=self._ago(hours=1))
        for name, value in filters.items():
            yield f"jobs/updates/ {name}={value}", _query(f"{V3_JOBS}updates/", **{name: value})
        yield "jobs/executions/", f"{V3_JOBS}executions/"
        yield "jobs/executions/ FAILED", _query(f"{V3_JOBS}executions/", status="FAILED")

    def _executions(self) -> Iterator[tuple[str, str]]:
        yield "no filter", EXECUTIONS
        yield "newest first", _query(EXECUTIONS, order="-last_modified")
        filters = {"status": "FAILED", "node_id": "7", "job_type_id": "1", "job_type_name": "type-25"}
        for name, value in (filters | {"job_type_category": "category-2"}).items():
            yield f"{name}={value}", _query(EXECUTIONS, **{name: value})
        for status in ("RUNNING", "QUEUED", "COMPLETED", "CANCELED"):
            yield f"status={status}", _query(EXECUTIONS, status=status)
        yield "job_type_id 0.4 %", _query(EXECUTIONS, job_type_id="17")
        yield "last day", _query(EXECUTIONS, **self._days(1))
        yield "range of 30 days", _query(EXECUTIONS, **self._days(130, 100))
        yield "status=FAILED + type 50 %", _query(EXECUTIONS, status="FAILED", job_type_id="1")
        yield "node + 1 day", _query(EXECUTIONS, node_id="7", **self._days(101, 100))
        yield "page 1,000", _query(EXECUTIONS, page="1000")

    def _files(self) -> Iterator[tuple[str, str]]:
        files = "/v6/files/"
        yield "no filter", files
        yield "last day", _query(files, **self._days(1))
        for field in ("data", "source"):
            yield f"{field} time, 7 days", _query(files, time_field=field, **self._days(107, 100))
        for prefix in ("created_", "modified_", "data_", "source_"):
            yield f"{prefix}range of 7 days", _query(files, **self._days(107, 100, prefix))
        for name, value in FILE_FILTERS.items():
            yield f"{name}={value}", _query(files, **{name: value})
        yield "job_id", _query(files, job_id=str(self._jobs // 20 * 10))
        yield "file_type + 7 days", _query(files, file_type="PRODUCT", **self._days(107, 100))
        yield "job_type_id + 7 days", _query(files, job_type_id="1", **self._days(107, 100))

    def _recipes(self) -> Iterator[tuple[str, str]]:
        recipes = "/v6/recipes/"
        yield "no filter", recipes
        yield "range of 30 days", _query(recipes, **self._days(130, 100))
        yield "source range of 30 days", _query(recipes, **self._days(130, 100, "source_"))
        for name, value in RECIPE_FILTERS.items():
            yield f"{name}={value}", _query(recipes, **{name: value})

    def _batches(self) -> Iterator[tuple[str, str]]:
        batches = "/v6/batches/"
        yield "no filter", batches
        yield "range of 30 days", _query(batches, **self._days(130, 100))
        yield "recipe_type_id", _query(batches, recipe_type_id="3")
        yield "is_superseded=false", _query(batches, is_superseded="false")
        yield "details", f"{batches}100/"


STATUSES = {
    "COMPLETED": "90 %",
    "FAILED": "3 %",
    "CANCELED": "7 %",
    "QUEUED": "3,000",
    "RUNNING": "500",
    "PENDING": "0.02 %",
    "BLOCKED": "0.02 %",
}
FILE_FILTERS = {
    "source_sensor_class": "class-2",
    "source_sensor": "sensor-7",
    "source_collection": "collection-77",
    "source_task": "task-7",
    "countries": "DE",
    "file_name": "scene-77-1.tif",
    "file_type": "PRODUCT",
    "media_type": "image/tiff",
    "file_id": "77",
    "job_type_id": "1",
    "job_type_name": "type-25",
    "job_output": "OUTPUT",
    "recipe_id": "1000",
    "recipe_type_id": "3",
    "batch_id": "100",
    "workspace_id": "2",
}
RECIPE_FILTERS = {
    "source_sensor_class": "class-2",
    "source_sensor": "sensor-7",
    "source_collection": "collection-77",
    "source_task": "task-7",
    "recipe_id": "77",
    "recipe_type_id": "3",
    "recipe_type_name": "recipe-type-3",
    "batch_id": "100",
    "is_superseded": "false",
    "is_completed": "true",
}
V3_ORDERS = [
    JobOrderField.ID,
    JobOrderField.STATUS,
    JobOrderField.PRIORITY,
    JobOrderField.TIMEOUT,
    JobOrderField.CREATED,
    JobOrderField.QUEUED,
    JobOrderField.STARTED,
    JobOrderField.ENDED,
    JobOrderField.LAST_STATUS_CHANGE,
    JobOrderField.LAST_MODIFIED,
    JobOrderField.JOB_TYPE_NAME,
    JobOrderField.EVENT_OCCURRED,
]
"""Those that the older generation's interfaces offer; all others are the same statements as for the newer one."""


def _orders(path: str, fields: "type[StrEnum] | list[JobOrderField]") -> Iterator[tuple[str, str]]:
    for field in fields:
        for sign in ("", "-"):
            yield f"{sign}{field}", _query(path, order=f"{sign}{field}")


def _query(path: str, **parameters: str | list[str]) -> str:
    return f"{path}?{urlencode(parameters, doseq=True)}"

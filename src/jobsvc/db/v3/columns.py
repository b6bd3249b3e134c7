"""What jobs had as columns once, computed in SQL: `v3_jobs` shows some of it, `orders` sorts by all of it.

The amounts are those of `domain.resources`, said once more: a page is computed there, the order of a million jobs here.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Double, Subquery, case, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import JSONB

from jobsvc.db import queue_rules
from jobsvc.db.tables import ExecutionRow, JobRow, JobTypeRow, QueueRow
from jobsvc.domain.resources import MINIMUMS

SCALARS = JobTypeRow.manifest[("job", "resources", "scalar")]
# Those of the latest attempt, waiting or not; for a job that was never queued, what an attempt would be given.
PRIORITY = func.coalesce(QueueRow.priority, ExecutionRow.priority, queue_rules.PRIORITY)
TIMEOUT = func.coalesce(QueueRow.timeout, ExecutionRow.timeout, queue_rules.TIMEOUT)
LATEST = (ExecutionRow.job_id == JobRow.id) & (ExecutionRow.exe_num == JobRow.num_exes)
"""The execution that PRIORITY and TIMEOUT look at."""


def needs_of(*types: ColumnElement[bool]) -> Subquery:
    """By job type, of all or some, what its manifest asks for: one row a type, so that no manifest is read once a job."""
    resource = func.jsonb_array_elements(SCALARS).table_valued(column("value", JSONB), name="resource")
    document = resource.c.value

    def asked(name: str, member: str) -> Any:
        amount = func.max(cast(document[member].astext, Double))
        return amount.filter(func.lower(document["name"].astext) == name).label(f"{name}_{member}")

    columns = [asked(name, member) for name in ("cpus", "mem", "disk") for member in ("value", "inputMultiplier")]
    of_type = select(JobTypeRow.id, *columns).outerjoin_from(JobTypeRow, resource, true()).where(*types)
    return of_type.group_by(JobTypeRow.id).subquery("needs")


_size = func.coalesce(JobRow.input_file_size, 0.0)


class Amounts(NamedTuple):
    """What a job needs, in cores and MiB."""

    cpus: ColumnElement[float]
    mem: ColumnElement[float]
    disk_in: ColumnElement[float]
    disk_out: ColumnElement[float]
    disk_total: ColumnElement[float]


def amounts(needs: Subquery) -> Amounts:
    """The amounts for a row of `job` that is joined with what its type needs."""

    def amount(name: str) -> Any:
        value, multiplier = needs.c[f"{name}_value"], needs.c[f"{name}_inputMultiplier"]
        needed = case((multiplier.is_(None), value), else_=func.ceil(multiplier * _size + value))
        # GREATEST passes over what is null: without a value it is the minimum.
        return func.greatest(MINIMUMS[name], needed, type_=Double)

    total = func.greatest(amount("disk"), _size, type_=Double)
    return Amounts(amount("cpus"), amount("mem"), _size, total - _size, total)


NEEDS = needs_of()
CPUS, MEM, DISK_IN, DISK_OUT, DISK_TOTAL = amounts(NEEDS)

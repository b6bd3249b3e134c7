"""What jobs had as columns once, computed in SQL: `v3_jobs` shows some of it, `orders` sorts by all of it.

The amounts are those of `domain.resources`, said once more: a page is computed there, the order of a million jobs here.
"""

from typing import Any

from sqlalchemy import Double, Subquery, case, cast, column, func, select, true
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


def _needs() -> Subquery:
    """By job type what its manifest asks for: one row a type, so that no manifest is read once a job."""
    resource = func.jsonb_array_elements(SCALARS).table_valued(column("value", JSONB), name="resource")
    document = resource.c.value

    def asked(name: str, member: str) -> Any:
        amount = func.max(cast(document[member].astext, Double))
        return amount.filter(func.lower(document["name"].astext) == name).label(f"{name}_{member}")

    columns = [asked(name, member) for name in ("cpus", "mem", "disk") for member in ("value", "inputMultiplier")]
    types = select(JobTypeRow.id, *columns).outerjoin_from(JobTypeRow, resource, true())
    return types.group_by(JobTypeRow.id).subquery("needs")


NEEDS = _needs()
_size = func.coalesce(JobRow.input_file_size, 0.0)


def _amount(name: str) -> Any:
    value, multiplier = NEEDS.c[f"{name}_value"], NEEDS.c[f"{name}_inputMultiplier"]
    # GREATEST passes over what is null: without a value it is the minimum.
    return func.greatest(MINIMUMS[name], case((multiplier.is_(None), value), else_=func.ceil(multiplier * _size + value)))


CPUS, MEM = _amount("cpus"), _amount("mem")
DISK_IN, DISK_TOTAL = _size, func.greatest(_amount("disk"), _size)
DISK_OUT = DISK_TOTAL - DISK_IN

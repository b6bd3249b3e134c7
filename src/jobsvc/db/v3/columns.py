"""What jobs had as columns once, computed in SQL: `v3_jobs` shows some of it, `orders` sorts by all of it.

The amounts are those of `domain.resources`, said once more: a page is computed there, the order of a million jobs here.
"""

from typing import Any

from sqlalchemy import BigInteger, Double, Subquery, case, cast, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import JSONB

from jobsvc.db.tables import BatchRow, ExecutionRow, JobRow, JobTypeRow, QueueRow
from jobsvc.domain.resources import MINIMUMS

DEFAULT_PRIORITY = 100
SCALARS = JobTypeRow.manifest[("job", "resources", "scalar")]


def _priority_in(configuration: Any) -> Any:
    return cast(configuration["priority"].astext, BigInteger)


TYPE_PRIORITY = func.coalesce(_priority_in(JobTypeRow.configuration), literal(DEFAULT_PRIORITY, BigInteger))
TYPE_TIMEOUT = cast(JobTypeRow.manifest[("job", "timeout")].astext, BigInteger)
_execution_priority = (QueueRow.priority, ExecutionRow.priority)
# That of the latest attempt, waiting or not; for a job that was never queued, what an attempt would be given.
PRIORITY = func.coalesce(
    *_execution_priority, _priority_in(BatchRow.configuration), _priority_in(JobRow.configuration), TYPE_PRIORITY
)
TIMEOUT = func.coalesce(QueueRow.timeout, ExecutionRow.timeout, case((~JobTypeRow.is_long_running, TYPE_TIMEOUT)))
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

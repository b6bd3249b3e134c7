"""What a job is given when it is queued, said once for statements that are composed and for those that are written as text."""

from typing import Any

from sqlalchemy import BigInteger, ClauseElement, Text, case, cast, func, literal, literal_column
from sqlalchemy.dialects import postgresql

from jobsvc.db.tables import BatchRow, JobRow, JobTypeRow

DEFAULT_PRIORITY = 100


def _priority_in(configuration: Any) -> Any:
    return cast(configuration["priority"].astext, BigInteger)


BATCH_PRIORITY = _priority_in(BatchRow.configuration)
OWN_PRIORITY = _priority_in(JobRow.configuration)
# Without parameters, as indexes have them.
OWN_PRIORITY_TEXT = literal_column("(job.configuration ->> 'priority')", Text)
"""As it is written; None for a job that says none."""
PLAIN_PRIORITY = literal_column(
    """CASE WHEN (job.configuration ->> 'priority') ~ '^[1-9][0-9]{0,17}$'
    THEN CAST((job.configuration ->> 'priority') AS bigint) END""",
    BigInteger,
)
"""That of a job that says it as a positive integer."""
TYPE_PRIORITY = func.coalesce(_priority_in(JobTypeRow.configuration), literal(DEFAULT_PRIORITY, BigInteger))
PRIORITY = func.coalesce(BATCH_PRIORITY, OWN_PRIORITY, TYPE_PRIORITY)
"""That of its batch, its own, its type's, or the default: of the first that has one."""
TYPE_TIMEOUT = cast(JobTypeRow.manifest[("job", "timeout")].astext, BigInteger)
TIMEOUT = case((~JobTypeRow.is_long_running, TYPE_TIMEOUT))
"""In seconds; None for a job that runs for ever."""


def sql_of(expression: ClauseElement) -> str:
    """The text of an expression, or of a query; its tables are called by their own names."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(expression.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

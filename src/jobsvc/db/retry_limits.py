"""Retries that are held by the limits of their job types, and what lets them go on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels
from jobsvc.db.json_text import to_json
from jobsvc.domain.instants import parse_timestamp
from jobsvc.domain.iso8601 import write_timestamp
from jobsvc.domain.retry_limits import BreakerState, Ends, Gate, Limits, Released, RetryBreaker, RetryBudget

log = structlog.get_logger(__name__)
MOST_STARTS = 20_000
"""So many starts are counted; of more the budget takes no more notice, so that a look costs little."""
APART, MOST_APART = timedelta(seconds=0.1), timedelta(seconds=60)
"""Retries that go on together begin within so long for each, and all within so long."""
LAST_ENDS = 1000
"""Of so many executions that ended last the most frequent error is looked for."""

# A look at an index for each type: however many retries wait, and whatever they wait for.
HELD = text("""
    SELECT t.id, p.name AS policy, p.definition -> 'budget' AS budget, p.definition -> 'breaker' AS breaker, now() AS now,
           g.state, g.since, g.error, g.probed, g.released
    FROM job_type t LEFT JOIN retry_policy p ON p.name = t.configuration #>> '{retries,policy}'
        LEFT JOIN retry_gate g ON g.job_type_id = t.id
    WHERE (SELECT true FROM queue q WHERE q.job_type_id = t.id AND q.retry_at <= now() ORDER BY q.retry_at LIMIT 1)
        OR g.state <> 'closed'
    ORDER BY t.id
""")
STARTS = text("""
    SELECT count(*) FROM (SELECT FROM execution
        WHERE job_type_id = :job_type_id AND last_modified >= now() - CAST(:window AS float8) * interval '1 second'
            AND created >= now() - CAST(:window AS float8) * interval '1 second' AND started IS NOT NULL LIMIT :most) e
""")
ENDS = text("""
    SELECT n.total, n.failures, error.name FROM (
        SELECT CAST(sum(count(*)) OVER () AS bigint) AS total, count(*) AS failures, last.error_id
        FROM (SELECT error_id FROM execution
              WHERE job_type_id = :job_type_id AND last_modified >= now() - CAST(:window AS float8) * interval '1 second'
                  AND last_modified >= :since AND status IN ('COMPLETED', 'FAILED')
              ORDER BY last_modified DESC, id DESC LIMIT :last) last
        GROUP BY last.error_id) n
    LEFT JOIN error ON error.id = n.error_id
    ORDER BY (error.id IS NULL), n.failures DESC, error.id LIMIT 1
""")
RELEASE = text("""
    WITH chosen AS MATERIALIZED (
        SELECT id FROM queue WHERE job_type_id = :job_type_id AND retry_at <= now()
        ORDER BY retry_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    ), number AS (SELECT count(*) AS n FROM chosen), going AS (
        UPDATE queue q SET retry_at = NULL,
            not_before = CASE WHEN n > 1 THEN clock_timestamp()
                + random() * least(n * CAST(:apart AS interval), CAST(:most AS interval)) END
        FROM chosen, number WHERE q.id = chosen.id)
    SELECT n FROM number
""")
SET_GATE = text("""
    INSERT INTO retry_gate (job_type_id, state, since, error, probed, released)
    VALUES (:job_type_id, :state, :since, :error, :probed, CAST(:released AS jsonb))
    ON CONFLICT (job_type_id) DO UPDATE SET state = excluded.state, since = excluded.since, error = excluded.error,
        probed = excluded.probed, released = excluded.released
""")
TELL = text("INSERT INTO change_event (type, job_type_id, data) VALUES (:type, :job_type_id, CAST(:data AS jsonb))")


class HeldType(NamedTuple):
    """A job type whose retries are held, or whose breaker is not closed; `now` is the database's."""

    job_type_id: int
    limits: Limits
    gate: Gate
    now: datetime


class RetryLimitRepository:
    """Lets retries go on."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def held(self) -> list[HeldType]:
        """All job types with retries that are held and may begin now, and those whose breakers are not closed."""
        rows = (await self._connection.execute(HELD)).all()
        return [HeldType(row.id, _limits(row), _gate(row), row.now) for row in rows]

    async def starts(self, job_type_id: int, window_seconds: int) -> int:
        """How many executions of a type began lately; not more than `MOST_STARTS`."""
        parameters = {"job_type_id": job_type_id, "window": window_seconds, "most": MOST_STARTS}
        starts: int = (await self._connection.execute(STARTS, parameters)).scalar_one()
        return starts

    async def ends(self, job_type_id: int, window_seconds: int, since: datetime) -> Ends:
        """How the last executions of a type ended, of those that ended since a time and lately: by the database's clock."""
        parameters = {"job_type_id": job_type_id, "window": window_seconds, "since": since, "last": LAST_ENDS}
        row = (await self._connection.execute(ENDS, parameters)).first()
        if row is None:
            return Ends()
        return Ends(row.total, row.failures if row.name else 0, row.name)

    async def release(self, job_type_id: int, limit: int) -> int:
        """Let retries go on, the oldest first, which do not begin all at once; says how many there were."""
        parameters = {"job_type_id": job_type_id, "limit": limit, "apart": APART, "most": MOST_APART}
        count: int = (await self._connection.execute(RELEASE, parameters)).scalar_one()
        if count:
            await channels.notify(self._connection, channels.QUEUE)
        return count

    async def store(self, job_type_id: int, gate: Gate) -> None:
        """Keep what a type's limits have come to."""
        released = [[write_timestamp(item.at), item.number] for item in gate.released]
        await self._connection.execute(SET_GATE, {"job_type_id": job_type_id, **gate._asdict(), "released": to_json(released)})

    async def tell(self, job_type_id: int, event: str, ends: Ends, error: str | None) -> None:
        """Write the event of a change of a breaker."""
        data = {"error": error, "failures": ends.failures, "ends": ends.total}
        await self._connection.execute(TELL, {"type": event, "job_type_id": job_type_id, "data": to_json(data)})


def limits_of(budget: Any, breaker: Any) -> Limits:
    """The limits of a stored policy."""
    return Limits(
        None if budget is None else RetryBudget.model_validate(budget),
        None if breaker is None else RetryBreaker.model_validate(breaker),
    )


def _limits(row: Any) -> Limits:
    """None where a row says what the service never writes: what is held has to go on all the same."""
    try:
        return limits_of(row.budget, row.breaker)
    except ValidationError as exc:
        log.warning("retry_policy.unreadable", policy=row.policy, problem=str(exc))
        return Limits()


def _gate(row: Any) -> Gate:
    if row.state is None:
        return Gate(BreakerState.CLOSED, datetime.fromtimestamp(0, row.now.tzinfo))
    return Gate(BreakerState(row.state), row.since, row.error, row.probed, _released(row.released))


def _released(items: Sequence[Any]) -> list[Released]:
    return [Released(parse_timestamp(moment), number) for moment, number in items]

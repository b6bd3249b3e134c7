"""Retry policies, the job types that name them, and what they look at."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import structlog
from pydantic import ValidationError
from sqlalchemy import JSON, ColumnElement, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.json_text import to_json
from jobsvc.db.paging import page_of
from jobsvc.db.retry_limits import limits_of
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import ErrorRow, RetryPolicyRow
from jobsvc.domain.errors import NotFound
from jobsvc.domain.instants import parse_timestamp
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import Document
from jobsvc.domain.retry_decisions import LastTry, RetryPolicy
from jobsvc.domain.retry_limits import BreakerState
from jobsvc.domain.retry_policies import TypeRetries
from jobsvc.domain.retry_records import BreakerRecord, PolicyType, RetryPolicyItem, TypeLimits, policy_of

log = structlog.get_logger(__name__)

MOST_HELD = 10_000
"""So many retries that are held are counted of a job type."""
HELD = f"""
    (SELECT count(*) FROM (SELECT FROM queue q WHERE q.job_type_id = t.id AND q.retry_at IS NOT NULL LIMIT {MOST_HELD}) h)
"""  # noqa: S608 - what is put in is our own
_ATTACHED: ColumnElement[Any] = literal_column(
    f"""(SELECT json_agg(json_build_array(t.name, t.version, {HELD},
            CASE WHEN g.state IS NOT NULL THEN json_build_array(
                g.state, to_char(g.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), g.error) END) ORDER BY t.id)
        FROM job_type t LEFT JOIN retry_gate g ON g.job_type_id = t.id
        WHERE t.configuration #>> '{{retries,policy}}' = retry_policy.name)""",  # noqa: S608 - what is put in is our own
    JSON(),
)


def _item(*, attached: list[list[Any]] | None, **columns: Any) -> RetryPolicyItem:
    return RetryPolicyItem(**columns, job_types=[_type(*row) for row in attached or ()])


def _type(name: str, version: str, held: int, gate: Sequence[str] | None) -> PolicyType:
    state, since, error = gate or (BreakerState.CLOSED, None, None)
    return PolicyType(name, version, held, BreakerRecord(BreakerState(state), parse_timestamp(since) if since else None, error))


_ITEM = RowMapper(
    _item,
    **{name: getattr(RetryPolicyRow, name) for name in RetryPolicyItem._fields if hasattr(RetryPolicyRow, name)},
    rules=RetryPolicyRow.definition["rules"],
    budget=RetryPolicyRow.definition["budget"],
    breaker=RetryPolicyRow.definition["breaker"],
    attached=_ATTACHED,
)
SET = text("""
    INSERT INTO retry_policy AS p (name, description, definition) VALUES (:name, :description, CAST(:definition AS jsonb))
    ON CONFLICT (name) DO UPDATE SET description = excluded.description, definition = excluded.definition,
        version = p.version + CASE WHEN p.definition = excluded.definition THEN 0 ELSE 1 END
    RETURNING xmax = 0 AS is_new
""")
LOCK_TYPES = text("""
    SELECT id FROM job_type WHERE configuration #>> '{retries,policy}' = :name ORDER BY id FOR NO KEY UPDATE
""")
LOCK = text("SELECT name FROM retry_policy WHERE name = ANY(CAST(:names AS text[])) ORDER BY name FOR UPDATE")
SHARE = text("SELECT name FROM retry_policy WHERE name = :name FOR KEY SHARE")
REPLACE = text("""
    UPDATE job_type SET configuration = jsonb_set(configuration, '{retries,policy}', to_jsonb(CAST(:replacement AS text)))
    WHERE configuration #>> '{retries,policy}' = :name
""")
DELETE = text("DELETE FROM retry_policy WHERE name = :name")
_MEMORY = "COALESCE(CAST(e.resources #>> '{resources,mem}' AS float8), 0)"
OF_EXECUTIONS = text(f"""
    SELECT e.id, {_MEMORY} AS memory, e.timeout, e.node_id, t.configuration -> 'retries' AS retries, p.name, p.version,
           p.definition -> 'rules' AS rules, p.definition -> 'budget' AS budget, p.definition -> 'breaker' AS breaker
    FROM execution e JOIN job_type t ON t.id = e.job_type_id
        JOIN retry_policy p ON p.name = t.configuration #>> '{{retries,policy}}'
    WHERE e.id = ANY(CAST(:ids AS bigint[]))
""")  # noqa: S608 - what is put in is our own
OF_TYPE = text(f"""
    SELECT p.name, p.version, p.definition -> 'budget' AS budget, p.definition -> 'breaker' AS breaker, {HELD} AS held,
           g.state, g.since, g.error
    FROM job_type t JOIN retry_policy p ON p.name = t.configuration #>> '{{retries,policy}}'
        LEFT JOIN retry_gate g ON g.job_type_id = t.id
    WHERE t.id = :job_type_id
""")  # noqa: S608 - what is put in is our own
NOTED = text("SELECT task_results -> 'retry' FROM execution WHERE job_id = :job_id AND exe_num = :exe_num")


class PolicyFacts(NamedTuple):
    """The policy of an execution's job type, what the type says beside, and what the execution had."""

    policy: RetryPolicy
    limits: TypeRetries
    last: LastTry


class RetryPolicyRepository:
    """Reads and writes retry policies."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, request: PageRequest) -> Page[RetryPolicyItem]:
        """All policies, by name."""
        query = select(*_ITEM.columns).select_from(RetryPolicyRow).order_by(RetryPolicyRow.name)
        return await page_of(self._connection, query, request, _ITEM.read, select(RetryPolicyRow.id))

    async def get(self, name: str) -> RetryPolicyItem:
        """A policy by its name.

        Raises:
            NotFound: There is none.
        """
        query = select(*_ITEM.columns).select_from(RetryPolicyRow).where(RetryPolicyRow.name == name)
        return await _ITEM.one(self._connection, query, "Retry policy", name)

    async def put(self, name: str, description: str, definition: Document) -> bool:
        """Store a policy, or change the one of this name; says whether it is new."""
        row = await self._connection.execute(SET, {"name": name, "description": description, "definition": to_json(definition)})
        return bool(row.scalar_one())

    async def is_there(self, name: str) -> bool:
        """Whether there is such a policy, which nobody deletes then before the end of the transaction."""
        return (await self._connection.execute(SHARE, {"name": name})).first() is not None

    async def lock(self, name: str, replacement: str | None) -> None:
        """Lock a policy, the one that comes in its place, and the job types that name it.

        Raises:
            NotFound: There is no such policy.
        """
        await self._connection.execute(LOCK_TYPES, {"name": name})
        names = [name] if replacement is None else [name, replacement]
        present = set((await self._connection.execute(LOCK, {"names": names})).scalars())
        for item in names:
            if item not in present:
                raise NotFound("Retry policy", item)

    async def replace(self, name: str, replacement: str) -> None:
        """Have job types name another policy."""
        await self._connection.execute(REPLACE, {"name": name, "replacement": replacement})

    async def remove(self, name: str) -> None:
        """Delete a policy."""
        await self._connection.execute(DELETE, {"name": name})

    async def unknown_errors(self, names: Collection[str]) -> set[str]:
        """Those of the names that no error has."""
        known = (await self._connection.execute(select(ErrorRow.name).where(ErrorRow.name.in_(sorted(names))))).scalars()
        return set(names) - set(known)

    async def of_executions(self, ids: Collection[int]) -> dict[int, PolicyFacts]:
        """What decides over executions, by their ids: of those whose job types name a policy that there is."""
        rows = (await self._connection.execute(OF_EXECUTIONS, {"ids": list(ids)})).all()
        read = {row.id: _facts(row) for row in rows}
        return {execution_id: facts for execution_id, facts in read.items() if facts is not None}

    async def limits_of_type(self, job_type_id: int) -> TypeLimits | None:
        """What limits the retries of a job type; None when it names no policy."""
        row = (await self._connection.execute(OF_TYPE, {"job_type_id": job_type_id})).first()
        if row is None:
            return None
        state = BreakerRecord(BreakerState(row.state or BreakerState.CLOSED), row.since, row.error)
        return TypeLimits(row.name, row.version, row.budget, row.breaker, row.held, state)

    async def noted(self, job_id: int, exe_num: int) -> Document | None:
        """What a policy has decided when an execution failed; None when none has."""
        row = (await self._connection.execute(NOTED, {"job_id": job_id, "exe_num": exe_num})).first()
        return row[0] if row else None


def _facts(row: Any) -> PolicyFacts | None:
    """None where a row says what the service never writes: the end of an execution has to be recorded all the same."""
    try:
        policy = policy_of(row.name, row.version, row.rules, limits_of(row.budget, row.breaker))
        limits = TypeRetries.model_validate(row.retries)
    except ValidationError as exc:
        log.warning("retry_policy.unreadable", policy=row.name, problem=str(exc))
        return None
    return PolicyFacts(policy, limits, LastTry(row.memory, row.timeout, row.node_id))

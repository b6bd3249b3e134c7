"""Which nodes have what the jobs of a type need, as SQL (docs/adr/0021-claims-pass-what-cannot-run.md).

What a job needs grows with the size of its input, so for a type and a node one number says it all: the size of the largest
input, in MiB, with which a job of the type fits.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.domain.resources import SHARED_MEMORY

NEEDS = f"""
    SELECT lower(s.name) AS name, s.value, COALESCE(s."inputMultiplier", 0) AS per_mib
    FROM jsonb_to_recordset(COALESCE(t.manifest #> '{{job,resources,scalar}}', '[]'))
        AS s(name text, value float8, "inputMultiplier" float8)
    WHERE lower(s.name) <> '{SHARED_MEMORY}'
    UNION ALL SELECT 'disk', 0, 1
"""  # noqa: S608 - what is put in is a name of our own
"""What jobs of a type `t` need (`domain.resources`): a value, and more for each MiB of input."""

_OF_NODE = """
    CASE WHEN jsonb_typeof(COALESCE(n.resources -> 'resources', n.resources) -> {0}) = 'number'
         THEN CAST(COALESCE(n.resources -> 'resources', n.resources) ->> {0} AS float8) ELSE 0 END
"""
_AVAILABLE = _OF_NODE.format("need.name")
_MEM = _OF_NODE.format("'mem'")
MEMORY = f"CASE WHEN n.resources = '{{}}' THEN 'Infinity' ELSE {_MEM} END"
"""The memory of a node `n`, in MiB."""
_LARGEST = f"""
    CASE WHEN need.per_mib > 0 THEN (floor({_AVAILABLE}) - need.value) / need.per_mib
         WHEN need.value <= {_AVAILABLE} THEN 'Infinity' ELSE -1 END
"""

LARGEST_INPUT = f"""
    CASE WHEN n.resources = '{{}}' THEN 'Infinity'
         ELSE (SELECT min({_LARGEST}) FROM ({NEEDS}) need) END
"""  # noqa: S608 - what is put in is our own
"""The largest input with which a job of a type `t` fits a node `n`; a node that says nothing of itself has all there is."""

_MISSING = f"""
    CASE WHEN n.resources = '{{}}' OR engine.name <> ALL(w.engines_on_host) THEN '{{}}'
         ELSE ARRAY(SELECT DISTINCT need.name FROM ({NEEDS} UNION ALL SELECT 'mem', size.memory, 0) need
                    WHERE {_LARGEST} < size.mib ORDER BY need.name) END
"""  # noqa: S608 - what is put in is our own
UNMET = f"""
    SELECT missing.names FROM worker w JOIN node n ON n.id = w.node_id CROSS JOIN LATERAL (SELECT {_MISSING} AS names) missing
    WHERE engine.name = ANY(w.engines) AND n.is_active
    ORDER BY cardinality(missing.names), n.id LIMIT 1
"""  # noqa: S608 - what is put in is our own
"""What the node lacks that comes closest to what a job of a type `t` needs, whose input is `size.mib` MiB large, and which
needs at least `size.memory` MiB: an array of names, empty where it fits. No row where no worker is alive that serves
`engine.name`."""

NOTE_UNMET = text(f"""
    UPDATE job_type t SET unmet_resources = now.names
    FROM (
        SELECT t.id, NULLIF(array_to_string(unmet.names, ','), '') AS names
        FROM job_type t
        CROSS JOIN LATERAL (SELECT COALESCE(t.configuration #>> '{{engine,name}}', :default_engine) AS name) engine
        CROSS JOIN (SELECT 0 AS mib, 0 AS memory) size
        CROSS JOIN LATERAL ({UNMET}) unmet
        WHERE t.unmet_resources IS NOT NULL OR (SELECT true FROM queue q WHERE q.job_type_id = t.id
                                                ORDER BY q.priority, q.queued, q.id LIMIT 1)
        ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
    ) now
    WHERE t.id = now.id AND t.unmet_resources IS DISTINCT FROM now.names
    RETURNING t.name, t.version, t.unmet_resources
""")  # noqa: S608 - what is put in is our own


class FittingRepository:
    """Compares what jobs need with what nodes have."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def note_unmet(self, default_engine: str) -> Sequence[tuple[str, str, str | None]]:
        """Write down which resources the types of waiting jobs need that no node has; as name, version and these what is new.

        What is noted of a type stays while no worker is alive that serves its engine.
        """
        return [tuple(row) for row in await self._connection.execute(NOTE_UNMET, {"default_engine": default_engine})]

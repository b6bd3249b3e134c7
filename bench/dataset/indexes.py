"""Indexes that are taken away while tables are filled, and made again in the words of the catalog."""

from dataclasses import dataclass

import asyncpg

# All but those that a foreign key refers to: primary keys, mostly, whose values come in their sequence.
_QUERY = """
    SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table_name,
           pg_get_indexdef(i.indexrelid) AS definition, c.conname AS constraint_name,
           COALESCE(c.contype = 'p', false) AS is_primary
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
    WHERE i.indrelid = ANY($1::text[]::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')
    ORDER BY pg_relation_size(i.indrelid) DESC, i.indexrelid
"""


@dataclass(frozen=True)
class Index:
    """An index as the catalog describes it, and the constraint that it serves if there is one."""

    name: str
    table: str
    definition: str
    constraint: str | None
    is_primary: bool

    @property
    def removal(self) -> str:
        """SQL."""
        if self.constraint is None:
            return f"DROP INDEX {self.name}"
        return f'ALTER TABLE {self.table} DROP CONSTRAINT "{self.constraint}"'

    @property
    def attachment(self) -> str | None:
        """SQL that makes a constraint of the index again."""
        if self.constraint is None:
            return None
        kind = "PRIMARY KEY" if self.is_primary else "UNIQUE"
        return f'ALTER TABLE {self.table} ADD CONSTRAINT "{self.constraint}" {kind} USING INDEX {self.name}'


async def removable(connection: asyncpg.Connection, tables: list[str]) -> list[Index]:
    """Those of these tables."""
    rows = await connection.fetch(_QUERY, tables)
    return [Index(*row) for row in rows]

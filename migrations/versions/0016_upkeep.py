"""What is done in the background: keys of requests are found by their age, and jobs are counted again in short slices.

A slice is some days of the last change, of the change of status, or of source times, or some batches: the numbers that fall into
it are compared with its rows as of one moment, and deltas are folded between two slices. Numbers of months and of all time are
sums of days, whatever the table: they are compared with those.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

revision: str = "0016"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = "ix_idempotency_key_created"
DAY = "({} AT TIME ZONE 'UTC')::date"
STATE = {
    "job_type_id": "job_type_id",
    "status": "status",
    "error_id": "COALESCE(error_id, 0)",
    "is_superseded": "is_superseded",
}
SOURCE_DAYS = {
    "source_started_day": f"COALESCE({DAY.format('source_started')}, '-infinity')",
    "source_ended_day": f"COALESCE({DAY.format('source_ended')}, 'infinity')",
}
SOURCES = {name: f"source_{name}" for name in ("sensor_class", "sensor", "collection", "task")}
RUN = {name: STATE[name] for name in ("job_type_id", "status", "error_id")} | {"node_id": "COALESCE(node_id, 0)"}
BY_SOURCE = ", ".join(["('', '')", *(f"('{name}', {column})" for name, column in SOURCES.items())])
EXPANDED = f"CROSS JOIN LATERAL (VALUES {BY_SOURCE}) AS s(dimension, value) WHERE s.value IS NOT NULL"
ROWS = 200_000
"""So many rows has a slice when all slices are counted at once."""
INSTANT = "({}::timestamp AT TIME ZONE 'UTC')"
IN_DAYS = "{0} >= first AND {0} < behind"
IN_TIMES = f"{{0}} >= {INSTANT.format('first')} AND {{0}} < {INSTANT.format('behind')}"


def slice_of_days(table: str, grain: str, instant: str, state: dict[str, str]) -> str:
    """The days of a count by the time of a change."""
    values = ", ".join(f"{value} AS {name}" for name, value in state.items())
    names = ", ".join(state)
    rows = f"SELECT '{grain}' AS grain, {DAY.format(instant)} AS day, {values}, 1 AS n FROM {table}"
    return compared(
        f"{table}_count",
        ("grain", "day", *state),
        f"{rows} WHERE {IN_TIMES.format(instant)}",
        f"SELECT '{grain}', {grain}, {names}, n FROM {table}_delta WHERE {IN_DAYS.format(grain)}",
        f"grain = '{grain}' AND {IN_DAYS.format('day')}",
    )


def compared(count: str, keys: Sequence[str], rows: str, deltas: str, chosen: str) -> str:
    """Compare numbers of a count with what there is, as of one moment, and add the difference to them."""
    listed = ", ".join(keys)
    return f"""
        WITH difference AS (
            SELECT {listed}, sum(n) AS n FROM (
                SELECT {listed}, sum(n) AS n FROM ({rows}) r GROUP BY {listed}
                UNION ALL SELECT {listed}, -n FROM ({deltas}) d({listed}, n)
                UNION ALL SELECT {listed}, -n FROM {count} WHERE {chosen}
            ) u GROUP BY {listed} HAVING sum(n) <> 0
        ), mended AS (
            INSERT INTO {count} AS c ({listed}, n) SELECT {listed}, n FROM difference
            ON CONFLICT ({listed}) DO UPDATE SET n = c.n + excluded.n RETURNING 1
        )
        SELECT count(*) FROM mended INTO changed;
        DELETE FROM {count} WHERE n = 0 AND ({chosen});"""


def slice_of_batches() -> str:
    """Some batches, by their ids."""
    keys = ("batch_id", *STATE)
    values = ", ".join(f"{value} AS {name}" for name, value in STATE.items())
    chosen = "batch_id >= first_batch AND batch_id < behind_batch"
    rows = f"SELECT batch_id, {values}, 1 AS n FROM job WHERE {chosen}"
    return compared("job_batch_count", keys, rows, f"SELECT {', '.join(keys)}, n FROM job_delta WHERE {chosen}", chosen)


def slice_of_sources() -> str:
    """Some days on which sources begin; of the first day that there is are those that say no time."""
    keys = ("dimension", "value", *SOURCE_DAYS)
    values = ", ".join(f"{value} AS {name}" for name, value in SOURCE_DAYS.items())
    listed = ", ".join(keys)
    in_times = f"({IN_TIMES.format('source_started')} OR source_started IS NULL AND first = '-infinity')"
    rows = f"SELECT {values}, {', '.join(SOURCES.values())}, 1 AS n FROM job WHERE {in_times}"
    chosen = IN_DAYS.format("source_started_day")
    deltas = f"SELECT {listed}, n FROM job_delta {EXPANDED} AND {chosen}"
    return compared("job_source_count", keys, f"SELECT {listed}, n FROM ({rows}) j {EXPANDED}", deltas, chosen)


def sums(count: str, state: Sequence[str], by: str, *, has_all: bool) -> str:
    """Compare the months, and all time, with the days that were compared before."""
    listed = ", ".join(("grain", "day", *state))
    grains = f"('{by}_month', date_trunc('month', c.day::timestamp)::date)" + (", ('all', '-infinity'::date)" if has_all else "")
    rows = f"""SELECT g.grain, g.day, {", ".join(f"c.{name}" for name in state)}, c.n FROM {count} c
        CROSS JOIN LATERAL (VALUES {grains}) AS g(grain, day) WHERE c.grain = '{by}_day'"""
    chosen = f"grain = '{by}_month'" + (" OR grain = 'all'" if has_all else "")
    return compared(count, ("grain", "day", *state), rows, f"SELECT {listed}, n FROM {count} WHERE false", chosen)


WIDENED = f"""
        INSERT INTO job_source_reach AS r (day, latest_started_day, earliest_ended_day)
        SELECT modified_day, max(source_started_day), min(source_ended_day) FROM (
            SELECT {DAY.format("last_modified")} AS modified_day, {", ".join(f"{v} AS {n}" for n, v in SOURCE_DAYS.items())}
            FROM job WHERE {IN_TIMES.format("last_modified")} AND (source_started IS NOT NULL OR source_ended IS NOT NULL)
        ) d GROUP BY modified_day
        ON CONFLICT (day) DO UPDATE SET latest_started_day = GREATEST(r.latest_started_day, excluded.latest_started_day),
                                        earliest_ended_day = LEAST(r.earliest_ended_day, excluded.earliest_ended_day)
        WHERE r.latest_started_day < excluded.latest_started_day OR r.earliest_ended_day > excluded.earliest_ended_day;"""

PARTS = {
    "modified": slice_of_days("job", "modified_day", "last_modified", STATE) + WIDENED,
    "changed": slice_of_days("job", "changed_day", "last_status_change", STATE),
    "execution": slice_of_days("execution", "modified_day", "last_modified", RUN),
    "source": slice_of_sources(),
    "batch": slice_of_batches(),
    "modified_sums": sums("job_count", tuple(STATE), "modified", has_all=True),
    "changed_sums": sums("job_count", tuple(STATE), "changed", has_all=False),
    "execution_sums": sums("execution_count", tuple(RUN), "modified", has_all=True),
}
BRANCHES = "ELS".join(f"IF part = '{name}' THEN {statements}\n        " for name, statements in PARTS.items())
# What a slice has is not known beforehand: with a plan for any range a table would be read as a whole for each.
RECOUNT_SLICE = f"""
    CREATE FUNCTION recount_slice(part text, first date, behind date, first_batch bigint, behind_batch bigint) RETURNS bigint
    LANGUAGE plpgsql SET work_mem = '128MB' SET plan_cache_mode = force_custom_plan AS $$
    DECLARE changed bigint;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('jobsvc.counts:', 0));
        {BRANCHES}
        ELSE RAISE EXCEPTION 'there is no part %', part;
        END IF;
        RETURN changed;
    END $$
"""


def slices(part: str, numbers: str, key: str, ends: tuple[str, str]) -> str:
    """The slices of a part: each goes from a key up to that of the next one, and the first and last ones to the ends."""
    return f"""
        SELECT '{part}' AS part, first, COALESCE(lead(first) OVER (ORDER BY first), {ends[1]}) AS behind FROM (
            SELECT min(key) AS first FROM (
                SELECT key, (sum(n) OVER (ORDER BY key) - 1)::bigint / rows_of_slice AS slice
                FROM (SELECT {key} AS key, sum(n) AS n FROM {numbers} GROUP BY {key}) of_key
            ) k GROUP BY slice
            UNION SELECT {ends[0]}
        ) firsts"""


DAYS = ("'-infinity'::date", "'infinity'::date")
OF_DAYS = {
    "modified": ("job_count WHERE grain = 'modified_day'", "day"),
    "changed": ("job_count WHERE grain = 'changed_day'", "day"),
    "execution": ("execution_count WHERE grain = 'modified_day'", "day"),
    "source": ("job_source_count WHERE dimension = ''", "source_started_day"),
}
BATCHES = slices("batch", "job_batch_count", "batch_id", ("0::bigint", "9223372036854775807"))
SUMS = ", ".join(f"('{part}')" for part in PARTS if part.endswith("_sums"))
RECOUNT_SLICES = f"""
    CREATE FUNCTION recount_slices(rows_of_slice bigint)
    RETURNS TABLE (part text, first date, behind date, first_batch bigint, behind_batch bigint) LANGUAGE sql AS $$
        SELECT part, first, behind, NULL::bigint, NULL::bigint
        FROM ({" UNION ALL ".join(slices(part, *numbers, DAYS) for part, numbers in OF_DAYS.items())}) of_days
        UNION ALL SELECT part, NULL, NULL, first, behind FROM ({BATCHES}) of_batches
        UNION ALL SELECT part, NULL, NULL, NULL, NULL FROM (VALUES {SUMS}) AS of_sums(part)
    $$
"""
RECOUNT = f"""
    CREATE FUNCTION recount() RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE s record; result bigint := 0;
    BEGIN
        FOR s IN SELECT * FROM recount_slices({ROWS}) LOOP
            result := result + recount_slice(s.part, s.first, s.behind, s.first_batch, s.behind_batch);
        END LOOP;
        RETURN result;
    END $$
"""


def upgrade() -> None:
    """Apply; the index is made while others write."""
    op.execute("DROP FUNCTION recount")
    for function in (RECOUNT_SLICE, RECOUNT_SLICES, RECOUNT):
        op.execute(function)
    with op.get_context().autocommit_block():
        limit = op.get_bind().execute(sa.text("SHOW lock_timeout")).scalar_one()
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(f"CREATE INDEX CONCURRENTLY {INDEX} ON idempotency_key (created)")
        op.execute(f"SET lock_timeout = '{limit}'")


def downgrade() -> None:
    """Take back."""
    op.drop_index(INDEX, table_name="idempotency_key")
    for function in ("recount", "recount_slices", "recount_slice"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute(context.script.get_revision("0007").module.RECOUNT)

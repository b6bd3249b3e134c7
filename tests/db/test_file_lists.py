"""Lists of files have what the rows say, whichever way they are found, and their numbers are those of the rows."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from jobsvc.db.database import Database
from jobsvc.db.tables import Base, FileRow
from jobsvc.domain.filters import FileFilter, FileTime
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.sorting import FileOrderField as Field
from jobsvc.domain.sorting import SortKey
from tests.db.rows import add
from tests.db.test_counts import fold, recount

START = datetime(2026, 3, 1, tzinfo=UTC)
FILES = 120
Row = Any


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def is_within(row: Row, first: float, last: float, times: str = "data") -> bool:
    began, ended = getattr(row, f"{times}_started"), getattr(row, f"{times}_ended")
    return began is not None and ended is not None and began >= day(first) and ended <= day(last)


CASES: list[tuple[FileFilter, Callable[[Row], bool]]] = [
    (FileFilter(), lambda _: True),
    (FileFilter(file_types=frozenset({"SOURCE"})), lambda row: row.file_type == "SOURCE"),
    (FileFilter(media_types=frozenset({"a", "b"})), lambda row: row.media_type in {"a", "b"}),
    (FileFilter(workspace_ids=frozenset({1, 2**70})), lambda row: row.workspace_id == 1),
    (FileFilter(job_outputs=frozenset({"OUT"})), lambda row: row.job_output == "OUT"),
    (FileFilter(source_sensors=frozenset({"a"})), lambda row: row.source_sensor == "a"),
    (FileFilter(countries=frozenset({"DE"})), lambda row: "DE" in row.countries),
    (FileFilter(countries=frozenset({"DE", "FR"})), lambda row: bool({"DE", "FR"} & set(row.countries))),
    (FileFilter(job_type_names=frozenset({"nothing"})), lambda _: False),
    (
        FileFilter(countries=frozenset({"DE"}), media_types=frozenset({"a"})),
        lambda row: "DE" in row.countries and row.media_type == "a",
    ),
    (FileFilter(data_started=day(2), data_ended=day(7)), lambda row: is_within(row, 2, 7)),
    (FileFilter(started=day(2), ended=day(7), time_field=FileTime.DATA), lambda row: is_within(row, 2, 7)),
    (
        FileFilter(source_started=day(1), source_ended=day(6), data_started=day(2), data_ended=day(7)),
        lambda row: is_within(row, 2, 7) and is_within(row, 1, 6, "source"),
    ),
    (
        FileFilter(source_started=day(1), source_ended=day(6), source_sensors=frozenset({"a"})),
        lambda row: is_within(row, 1, 6, "source") and row.source_sensor == "a",
    ),
    (FileFilter(started=day(3), ended=day(8)), lambda row: day(3) <= row.last_modified <= day(8)),
    (FileFilter(created_started=day(3), created_ended=day(8)), lambda row: day(3) <= row.created <= day(8)),
    (
        FileFilter(modified_started=day(3), media_types=frozenset({"a"})),
        lambda row: row.last_modified >= day(3) and row.media_type == "a",
    ),
]
ORDERS: list[tuple[Field, Callable[[Row], Any]]] = [
    (Field.LAST_MODIFIED, lambda row: row.last_modified),
    (Field.CREATED, lambda row: row.created),
    (Field.WORKSPACE_ID, lambda row: row.workspace_id),
]


def values(chance: random.Random) -> dict[str, Any]:
    """Any values for what is compared; some data end before they begin, and some have no times."""
    times = [chance.choice([None, day(chance.uniform(0, 10))]) for _ in range(4)]
    return {
        "file_type": chance.choice(["SOURCE", "PRODUCT"]),
        "media_type": chance.choice("abc"),
        "job_output": chance.choice([None, "OUT"]),
        "source_sensor": chance.choice([None, "a", "b"]),
        "countries": chance.choice([[], ["DE"], ["DE", "FR"], ["DE", "DE"]]),
        "created": day(chance.randrange(10)),
        "last_modified": day(chance.randrange(10)),
        **dict(zip(("data_started", "data_ended", "source_started", "source_ended"), times, strict=True)),
    }


@pytest.fixture
async def rows(db: Database) -> list[Row]:
    """Files in two workspaces, some of them changed and some taken away since."""
    chance = random.Random(5)  # noqa: S311
    async with db.engine.begin() as connection:
        workspaces = [(await add(connection, Base.metadata.tables["workspace"]))["id"] for _ in range(2)]
        for _ in range(FILES):
            workspace_id = chance.choice(workspaces)
            await add(connection, Base.metadata.tables["file"], workspace_id=workspace_id, **values(chance))
    await fold(db)
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE file SET media_type = 'b', countries = '{FR}' WHERE id % 7 = 0"))
        await connection.execute(text("DELETE FROM file WHERE id % 11 = 0"))
        return list((await connection.execute(select(FileRow.__table__))).all())


async def test_lists_have_what_the_rows_say(db: Database, rows: list[Row]) -> None:
    for folded in (False, True):
        for criteria, matches in CASES:
            for field, key in ORDERS:
                for descending in (False, True):
                    matching = [row for row in rows if matches(row)]
                    expected = [row.id for row in sorted(matching, key=lambda row: (key(row), row.id), reverse=descending)]
                    async with db.reading() as tx:
                        pages = [
                            await tx.files.page(criteria, [SortKey(field, descending)], PageRequest(number, 30))
                            for number in range(1, max(1, -(-len(expected) // 30)) + 1)
                        ]
                    case = (folded, criteria, field, descending)
                    assert [item.file.id for page in pages for item in page.items] == expected, case
                    assert {page.count for page in pages} == {len(expected)}, case
        await fold(db)


async def test_numbers_of_files_are_verified(db: Database, rows: list[Row]) -> None:
    assert await recount(db) == 0
    await fold(db)
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE file_count SET n = n + 2 WHERE dimension IN ('', 'countries')"))
    assert await recount(db) > 0
    async with db.engine.connect() as connection:
        total = (await connection.execute(select(func.count()).select_from(FileRow))).scalar_one()
    async with db.reading() as tx:
        page = await tx.files.page(FileFilter(), [SortKey(Field.ID)], PageRequest(1, 1))
    assert page.count == total == len(rows)
    assert await recount(db) == 0

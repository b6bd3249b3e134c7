"""Which columns a record is read from, and what rows become: by names alone."""

from typing import Any, NamedTuple

import pytest
from sqlalchemy import column, table

from jobsvc.db.row_mapper import RowMapper, mapper_of


class Type(NamedTuple):
    """What a thing is of."""

    id: int
    name: str
    note: str | None = None


class Thing(NamedTuple):
    """A record with parts."""

    id: int
    title: str
    type: Type
    older: Type | None
    documents: dict[str, Any]


def columns(*names: str) -> Any:
    """A table with these columns."""
    return table("things", *map(column, names)).c


TYPE = mapper_of(Type, columns("id", "name", "colour"))
THING = RowMapper(
    Thing,
    documents=column("documents"),
    older=mapper_of(Type, columns("id", "name")).optional,
    type=TYPE,
    title=column("title"),
    id=column("thing_id"),
)


def test_columns_follow_the_fields_of_the_record() -> None:
    assert [item.name for item in THING.columns] == ["thing_id", "title", "id", "name", "id", "name", "documents"]


def test_a_row_becomes_a_record_with_its_parts_whatever_follows() -> None:
    row = (1, "One", 2, "echo", 3, "cat", {"a": 1}, "more", None)
    assert THING.read(row) == Thing(1, "One", Type(2, "echo"), Type(3, "cat"), {"a": 1})


def test_a_part_that_was_not_joined_is_none() -> None:
    assert THING.read((1, "One", 2, "echo", None, None, {})) == Thing(1, "One", Type(2, "echo"), None, {})


def test_a_function_that_takes_keywords_gets_them_by_their_names() -> None:
    def thing(*, name: str, **facts: Any) -> dict[str, Any]:
        return {"called": name, **facts}

    mapper = RowMapper(thing, size=column("size"), type=TYPE, name=column("name"))
    assert mapper.read((7, 2, "echo", "One")) == {"called": "One", "size": 7, "type": Type(2, "echo")}


def test_paths_lead_to_columns() -> None:
    assert {path: item.name for path, item in THING.by_path.items()} == {
        "id": "thing_id",
        "title": "title",
        "type.id": "id",
        "type.name": "name",
        "older.id": "id",
        "older.name": "name",
        "documents": "documents",
    }


@pytest.mark.parametrize(
    "parts",
    [{"id": 1, "title": 2, "type": 3, "older": 4, "document": 5}, {"title": 1}, {"id": 1, "title": 2, "documents": 3}],
)
def test_parts_that_do_not_fit_the_record_are_refused(parts: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"^Thing takes id, title, type, older, documents, not "):
        RowMapper(Thing, **{name: column(f"c{number}") for name, number in parts.items()})

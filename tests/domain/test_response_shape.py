"""Response shapes: objects from records by declaration."""

from typing import Any, NamedTuple

from jobsvc.domain.response_shape import ResponseShape


class Owner(NamedTuple):
    """Somebody."""

    id: int
    name: str | None


class Thing(NamedTuple):
    """Something that may have an owner."""

    id: int
    owner: Owner | None
    parent_id: int | None = None


OWNER = ResponseShape({"id": "id", "called": "name"}, null_without="id")
THING = ResponseShape(
    {
        "number": "id",
        "owner": ResponseShape({"id": "owner.id", "called": "owner.name"}, null_without="owner.id"),
        "parent": ResponseShape({"id": "parent_id"}, null_without="parent_id"),
        "name": "owner.name",
    }
)


def test_members_keep_their_sequence_and_take_other_names() -> None:
    shown = THING.of(Thing(1, Owner(2, None), 3))
    assert list(shown.items()) == [("number", 1), ("owner", {"id": 2, "called": None}), ("parent", {"id": 3}), ("name", None)]


def test_what_is_missing_is_null() -> None:
    assert THING.of(Thing(1, None)) == {"number": 1, "owner": None, "parent": None, "name": None}
    assert OWNER.optional(None) is None
    assert OWNER.optional(Owner(1, "x")) == {"id": 1, "called": "x"}


def test_an_object_without_a_key_is_always_there() -> None:
    assert ResponseShape({"owner": ResponseShape({"id": "owner.id"})}).of(Thing(1, None)) == {"owner": {"id": None}}


def test_an_empty_path_is_the_record_itself() -> None:
    reference = ResponseShape({"id": ""}, null_without="")
    assert (reference.optional(3), reference.optional(None)) == ({"id": 3}, None)


def test_what_is_computed_knows_the_record_and_what_is_beside_it() -> None:
    def url(record: Any, context: Any) -> str:
        return f"{context}/{record.id}"

    assert ResponseShape({"inner": ResponseShape({"url": url})}).of(Thing(1, None), "here") == {"inner": {"url": "here/1"}}

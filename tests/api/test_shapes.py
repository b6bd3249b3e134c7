"""Response shapes are made of the models that document the answers."""

from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import Field, RootModel
from sqlalchemy import column

from jobsvc.api.models import ITSELF, ApiModel, Computed, ForRequest, Source
from jobsvc.api.shapes import shape_of
from jobsvc.db.json_rows import rendered


class Reference(ApiModel):
    id: Annotated[int, ITSELF]


class Owner(ApiModel):
    id: int
    called: Annotated[str | None, Source("name")]


class ThingBase(ApiModel, columns="columns"):
    id: int
    owner: Owner | Reference | None
    form: Literal["thing"]
    parent: Annotated[Reference | None, Source("columns.parent_id")]
    size: int


class Thing(ThingBase):
    owner: Owner | None


class ThingDetails(ThingBase, inherited="item", columns="more"):
    owner: Annotated[Reference | None, Source("item.owner.id")]
    text: str
    parts: list[Owner]
    by_name: dict[str, Owner]
    half: Annotated[float, Computed(lambda details: details.item.columns.size / 2)]
    made: Annotated[Owner, Computed(lambda details: OwnerRecord(details.item.columns.size, "made"))]
    ready: Annotated[Owner, Computed(lambda _details: {"id": 1}, is_json=True)]
    url: Annotated[str, ForRequest(lambda details, request: f"{request}/{details.item.columns.id}")]
    keeper: Annotated[Owner, Source("keeper_")]
    number: int = Field(alias="#")


class OwnerRecord(NamedTuple):
    id: int
    name: str | None


class Columns(NamedTuple):
    id: int
    size: int
    parent_id: int | None


class ThingRecord(NamedTuple):
    columns: Columns
    owner: OwnerRecord | None


class More(NamedTuple):
    text: str
    number: int


class DetailsRecord(NamedTuple):
    item: ThingRecord
    more: More
    parts: list[OwnerRecord]
    by_name: dict[str, OwnerRecord]
    keeper_id: int
    keeper_name: str


BARE = ThingRecord(Columns(1, 8, None), None)
FULL = ThingRecord(Columns(2, 6, 1), OwnerRecord(5, "Ada"))
DETAILS = DetailsRecord(FULL, More("so it is", 7), [OwnerRecord(6, None)], {"a": OwnerRecord(7, "Bo")}, 9, "Cy")


def test_members_come_from_fields_of_their_name_or_of_another() -> None:
    owner, parent = {"id": 5, "called": "Ada"}, {"id": 1}
    assert shape_of(Thing).of(FULL) == {"id": 2, "owner": owner, "form": "thing", "parent": parent, "size": 6}


def test_a_model_without_its_id_is_null() -> None:
    assert shape_of(Thing).of(BARE) == {"id": 1, "owner": None, "form": "thing", "parent": None, "size": 8}


def test_inherited_members_are_read_where_the_record_holds_them_and_keep_their_places() -> None:
    shown = shape_of(ThingDetails).of(DETAILS, "http://here")
    assert list(shown) == [field.alias or name for name, field in ThingDetails.model_fields.items()]
    assert list(shown)[:5] == list(Thing.model_fields)
    assert shown == {
        "id": 2,
        "owner": {"id": 5},
        "form": "thing",
        "parent": {"id": 1},
        "size": 6,
        "text": "so it is",
        "#": 7,
        "parts": [{"id": 6, "called": None}],
        "by_name": {"a": {"id": 7, "called": "Bo"}},
        "half": 3.0,
        "made": {"id": 6, "called": "made"},
        "ready": {"id": 1},
        "url": "http://here/2",
        "keeper": {"id": 9, "called": "Cy"},
    }


class Dog(ApiModel):
    kind: Literal["dog"]
    id: int


class Cat(ApiModel):
    kind: Literal["cat"]
    name: str | None


class Pet(RootModel[Annotated[Dog | Cat, Field(discriminator="kind")]]):
    pass


class Home(ApiModel):
    pets: list[Pet] | None


class PetRecord(NamedTuple):
    kind: str
    id: int
    name: str | None


class HomeRecord(NamedTuple):
    pets: list[PetRecord] | None


def test_a_union_is_told_by_its_discriminator() -> None:
    home = HomeRecord([PetRecord("dog", 1, "x"), PetRecord("cat", 2, "y")])
    assert shape_of(Home).of(home) == {"pets": [{"kind": "dog", "id": 1}, {"kind": "cat", "name": "y"}]}
    assert shape_of(Home).of(HomeRecord(None)) == {"pets": None}


def test_a_shape_may_stand_in_a_larger_record() -> None:
    class Box(NamedTuple):
        thing: ThingRecord

    assert shape_of(Thing, "thing").of(Box(FULL)) == shape_of(Thing).of(FULL)


@pytest.mark.parametrize("model", [ThingDetails, Home])
def test_postgresql_renders_no_shape_that_is_computed(model: type[ApiModel]) -> None:
    class AnyColumn(dict[str, Any]):
        def __missing__(self, path: str) -> Any:
            return column(path)

    with pytest.raises(TypeError, match="is computed"):
        rendered(shape_of(model), AnyColumn())

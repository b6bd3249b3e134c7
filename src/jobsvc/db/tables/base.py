"""What all tables share: bigint ids, zoned timestamps, names of constraints, `created` and `last_modified`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    MetaData,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

type_map: dict[Any, TypeEngine[Any]] = {
    int: BigInteger(),
    str: Text(),
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB(none_as_null=True),
    list[str]: ARRAY(Text()),
    list[int]: ARRAY(BigInteger()),
}


class Base(DeclarativeBase):
    """Names every constraint by one rule, so that migrations can speak of them."""

    type_annotation_map = type_map
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Key = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
"""A bigint that the database numbers unless the row brings its own (imports keep their ids)."""


class TimestampMixin:
    """`created` and `last_modified`; a trigger moves the latter with every update that does not set it itself."""

    created: Mapped[datetime] = mapped_column(server_default=func.now())
    last_modified: Mapped[datetime] = mapped_column(server_default=func.now())


def ref(table: str, *, ondelete: str | None = None, **options: Any) -> Any:
    """Foreign key to a table's id."""
    return mapped_column(BigInteger, ForeignKey(f"{table}.id", ondelete=ondelete), **options)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """CHECK that a text column holds a member of a closed set (an enum type could not lose a member later)."""
    members = ", ".join(f"'{member.value}'" for member in values)
    return CheckConstraint(f"{column} IN ({members})", name=column)

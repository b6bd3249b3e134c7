"""What can be listed and shown, and needs no more than that."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.filters import BatchFilter, ErrorFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import BatchDetails, BatchItem
from jobsvc.domain.records import ErrorItem
from jobsvc.domain.sorting import BatchOrderField, ErrorOrderField, SortKey

CriteriaT = TypeVar("CriteriaT")
CriteriaT_contra = TypeVar("CriteriaT_contra", contravariant=True)
FieldT = TypeVar("FieldT", bound=StrEnum)
ItemT = TypeVar("ItemT")
DetailsT = TypeVar("DetailsT")
DetailsT_co = TypeVar("DetailsT_co", covariant=True)


class Repository(Protocol[CriteriaT_contra, FieldT, ItemT, DetailsT_co]):
    """Has pages of a resource, and one of it by its id."""

    async def page(self, criteria: CriteriaT_contra, order: Sequence[SortKey[FieldT]], request: PageRequest) -> Page[ItemT]:
        """A page of what matches.

        Raises:
            InvalidPage: Beyond the end.
        """

    async def get(self, key: int, /) -> DetailsT_co:
        """One by its id.

        Raises:
            NotFound: There is none.
        """


class ReadService(Generic[CriteriaT, FieldT, ItemT, DetailsT]):
    """Reads a resource; services that do more with it add their use cases."""

    def __init__(
        self, database: Database, repository: Callable[[Transaction], Repository[CriteriaT, FieldT, ItemT, DetailsT]]
    ) -> None:
        """`repository`: that of the resource in a transaction."""
        self._db = database
        self._repository = repository

    async def list(self, criteria: CriteriaT, order: Sequence[SortKey[FieldT]], request: PageRequest) -> Page[ItemT]:
        """A page of what matches.

        Raises:
            InvalidPage: Beyond the end.
        """
        async with self._db.reading() as tx:
            return await self._repository(tx).page(criteria, order, request)

    async def get(self, key: int) -> DetailsT:
        """One by its id.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            return await self._repository(tx).get(key)


ErrorService = ReadService[ErrorFilter, ErrorOrderField, ErrorItem, ErrorItem]
"""Why executions fail."""
BatchService = ReadService[BatchFilter, BatchOrderField, BatchItem, BatchDetails]
"""Batches of recipes, which are made elsewhere."""

"""Tokens that were given out."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.tables import AccessTokenRow
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.tokens import TokenInsert, TokenItem

_TOKEN = mapper_of(TokenItem, AccessTokenRow)
_QUERY = select(*_TOKEN.columns)


class AccessTokenRepository:
    """Reads and writes tokens."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, token: TokenInsert, now: datetime) -> TokenItem:
        """Store a token."""
        statement = insert(AccessTokenRow).values(**token._asdict(), created=now).returning(*_TOKEN.columns)
        return _TOKEN.read((await self._connection.execute(statement)).one())

    async def find(self, digest: str) -> TokenItem | None:
        """The token with a digest."""
        return await _TOKEN.first(self._connection, _QUERY.where(AccessTokenRow.digest == digest))

    async def page(self, request: PageRequest) -> Page[TokenItem]:
        """All tokens, the latest first.

        Raises:
            InvalidPage: Beyond the end.
        """
        return await page_of(self._connection, _QUERY.order_by(AccessTokenRow.id.desc()), request, _TOKEN.read)

    async def revoke(self, token_id: int, now: datetime) -> TokenItem:
        """Take a token back; one that was stays as it is.

        Raises:
            NotFound: There is none.
        """
        is_it = AccessTokenRow.id == storable_id(token_id)
        await self._connection.execute(update(AccessTokenRow).where(is_it, AccessTokenRow.revoked.is_(None)).values(revoked=now))
        return await _TOKEN.one(self._connection, _QUERY.where(is_it), "Token", token_id)

    async def note_use(self, token_id: int, now: datetime) -> None:
        """Write down that a token was used."""
        await self._connection.execute(update(AccessTokenRow).where(AccessTokenRow.id == token_id).values(last_used=now))

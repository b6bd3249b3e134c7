"""Views of lists as users save, share and drop them."""

from jobsvc.db.database import Database
from jobsvc.domain.access import Principal
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.saved_views import SavedView, check_owner, check_view


class SavedViewService:
    """Use cases around saved views."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def list(self, request: PageRequest) -> Page[SavedView]:
        """All views, by name."""
        async with self._db.reading() as tx:
            return await tx.saved_views.page(request)

    async def set(self, name: str, query: str, principal: Principal) -> tuple[SavedView, bool]:
        """Save a view for all, or have one of this name show something else; says whether it is new.

        Raises:
            InvalidRequest: No view can be called like this, or show that.
            Forbidden: The view is somebody else's.
        """
        check_view(name, query)
        async with self._db.transaction() as tx:
            view, is_new = await tx.saved_views.put(name, query, principal.name)
            if not is_new:
                check_owner(view, principal)
                await tx.saved_views.change(name, query)
            return view._replace(query=query), is_new

    async def remove(self, name: str, principal: Principal) -> None:
        """Drop a view.

        Raises:
            NotFound: There is none.
            Forbidden: It is somebody else's.
        """
        async with self._db.transaction() as tx:
            check_owner(await tx.saved_views.lock(name), principal)
            await tx.saved_views.remove(name)

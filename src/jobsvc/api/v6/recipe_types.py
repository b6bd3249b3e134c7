"""Recipe type services."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.fields import Text
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.v6.filters import RecipeTypeList
from jobsvc.api.v6.schemas import recipe_types as schemas
from jobsvc.domain.access import Permission

router = APIRouter(tags=["recipes"])


@router.get(
    "/recipe-types/",
    operation_id="list_recipe_types",
    summary="Recipe Type List",
    responses=responses(schemas.RecipeTypePage, "A page of recipe types.", 404),
)
@requires(Permission.TYPES_READ)
async def list_recipe_types(request: Request, criteria: RecipeTypeList, page: PageQuery) -> Response:
    """Return recipe types, ordered by name."""
    return page_response(request, await services_of(request).recipes.types(criteria, page))


@router.get(
    "/recipe-types/{name}/",
    operation_id="get_recipe_type",
    summary="Recipe Type Details",
    responses=responses(schemas.RecipeTypeDetails, "The recipe type.", 404),
)
@requires(Permission.TYPES_READ)
async def get_recipe_type(request: Request, name: Text) -> Response:
    """Return a specific recipe type with the types that it refers to."""
    return record_response(request, await services_of(request).recipes.type(name))


@router.get(
    "/recipe-types/{name}/revisions/",
    operation_id="list_recipe_type_revisions",
    summary="Recipe Type Revisions",
    responses=responses(schemas.RecipeTypeRevisionPage, "A page of revisions.", 404),
)
@requires(Permission.TYPES_READ)
async def list_revisions(request: Request, name: Text, page: PageQuery) -> Response:
    """Return the revisions of a recipe type, the latest first."""
    kind, revisions_page = await services_of(request).recipes.revisions(name, page)
    items = [schemas.RevisionOfType(kind, revision) for revision in revisions_page.items]
    return page_response(request, revisions_page.of(items))


@router.get(
    "/recipe-types/{name}/revisions/{revision_num:int}/",
    operation_id="get_recipe_type_revision",
    summary="Recipe Type Revision Details",
    responses=responses(schemas.RecipeTypeRevisionDetails, "The revision.", 404),
)
@requires(Permission.TYPES_READ)
async def get_revision(request: Request, name: Text, revision_num: int) -> Response:
    """Return a specific revision with its definition."""
    kind, item = await services_of(request).recipes.revision(name, revision_num)
    return record_response(request, schemas.RevisionOfType(kind, item))

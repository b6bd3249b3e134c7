"""Recipe services: recipes are made elsewhere, and can be looked at here."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.sorting import order_query
from jobsvc.api.v6.filters import RECIPE_ORDER_ALIASES, RecipeList
from jobsvc.api.v6.schemas import recipes as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.sorting import RecipeOrderField, parse_sort

router = APIRouter(tags=["recipes"])
Order = Annotated[list[str] | None, order_query(RecipeOrderField, RECIPE_ORDER_ALIASES)]


@router.get(
    "/recipes/",
    operation_id="list_recipes",
    summary="Recipe List",
    responses=responses(schemas.RecipePage, "A page of recipes.", 404),
)
@requires(Permission.JOBS_READ)
async def list_recipes(request: Request, order: Order, criteria: RecipeList, page: PageQuery) -> Response:
    """Return recipes with the numbers of their jobs."""
    result = await services_of(request).recipes.list(criteria, parse_sort(order, RecipeOrderField, RECIPE_ORDER_ALIASES), page)
    return page_response(request, result)


@router.get(
    "/recipes/{recipe_id:int}/",
    operation_id="get_recipe",
    summary="Recipe Details",
    responses=responses(schemas.RecipeDetails, "The recipe.", 404),
)
@requires(Permission.JOBS_READ)
async def get_recipe(request: Request, recipe_id: int) -> Response:
    """Return a specific recipe with the jobs and recipes of its nodes."""
    return record_response(request, await services_of(request).recipes.get(recipe_id))

"""Recipe type services."""

from typing import Any

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import json_response, services_of
from jobsvc.api.envelope import PageQuery, page_response
from jobsvc.api.fields import Text
from jobsvc.api.responses import responses
from jobsvc.api.v6.filters import RecipeTypeList
from jobsvc.api.v6.render_files import job_type_details
from jobsvc.api.v6.schemas import recipe_types as schemas
from jobsvc.domain.provenance_records import RecipeTypeDetails, RecipeTypeRevisionItem
from jobsvc.domain.records import RecipeTypeItem

router = APIRouter(tags=["recipes"])


@router.get(
    "/recipe-types/",
    operation_id="list_recipe_types",
    summary="Recipe Type List",
    responses=responses(schemas.RecipeTypePage, "A page of recipe types.", 404),
)
async def list_recipe_types(request: Request, criteria: RecipeTypeList, page: PageQuery) -> Response:
    """Return recipe types, ordered by name."""
    return page_response(request, await services_of(request).recipes.types(criteria, page), RecipeTypeItem._asdict)


@router.get(
    "/recipe-types/{name}/",
    operation_id="get_recipe_type",
    summary="Recipe Type Details",
    responses=responses(schemas.RecipeTypeDetails, "The recipe type.", 404),
)
async def get_recipe_type(request: Request, name: Text) -> Response:
    """Return a specific recipe type with the types that it refers to."""
    return json_response(_details(await services_of(request).recipes.type(name)))


@router.get(
    "/recipe-types/{name}/revisions/",
    operation_id="list_recipe_type_revisions",
    summary="Recipe Type Revisions",
    responses=responses(schemas.RecipeTypeRevisionPage, "A page of revisions.", 404),
)
async def list_revisions(request: Request, name: Text, page: PageQuery) -> Response:
    """Return the revisions of a recipe type, the latest first."""
    kind, revisions_page = await services_of(request).recipes.revisions(name, page)
    return page_response(request, revisions_page, lambda item: _revision(kind, item))


@router.get(
    "/recipe-types/{name}/revisions/{revision_num:int}/",
    operation_id="get_recipe_type_revision",
    summary="Recipe Type Revision Details",
    responses=responses(schemas.RecipeTypeRevisionDetails, "The revision.", 404),
)
async def get_revision(request: Request, name: Text, revision_num: int) -> Response:
    """Return a specific revision with its definition."""
    kind, item = await services_of(request).recipes.revision(name, revision_num)
    return json_response(_revision(kind, item) | {"definition": item.definition})


def _details(details: RecipeTypeDetails) -> dict[str, Any]:
    return details.item._asdict() | {
        "definition": details.definition,
        "job_types": [job_type_details(job_type) for job_type in details.job_types],
        "sub_recipe_types": [type_._asdict() for type_ in details.sub_recipe_types],
    }


def _revision(kind: RecipeTypeItem, item: RecipeTypeRevisionItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "recipe_type": kind.ref._asdict(),
        "revision_num": item.revision_num,
        "created": item.created,
    }

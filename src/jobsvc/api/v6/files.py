"""File services: register a file that lies in a workspace, upload one, list, show, download."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from jobsvc.api.context import services_of
from jobsvc.api.downloads import Download, header_safe
from jobsvc.api.encodings import decoded
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.fields import Text
from jobsvc.api.middleware import IS_HEAD
from jobsvc.api.object_downloads import ObjectDownload
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.responses import LOCATION, header, responses, success
from jobsvc.api.sorting import order_query
from jobsvc.api.urls import url_of
from jobsvc.api.v6.filters import FileList
from jobsvc.api.v6.schemas import files as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.instants import parse_bound
from jobsvc.domain.records import FileItem
from jobsvc.domain.sorting import FileOrderField, parse_sort
from jobsvc.domain.writes import FileDetails
from jobsvc.services.files import NewFile
from jobsvc.services.visibility import Thing
from jobsvc.services.workspaces import DEFAULT

router = APIRouter(tags=["files"])
Order = Annotated[list[str] | None, order_query(FileOrderField)]
TIMES = ("data_started", "data_ended", "source_started", "source_ended")
DETAILS = (*TIMES, "data_type_tags", "source_sensor_class", "source_sensor", "source_collection", "source_task", "meta_data")
BINARY = {"schema": {"type": "string", "format": "binary"}}
BYTES = {
    # The bytes come with the media type of the file; generators of clients take only the first one for bytes.
    "content": {"application/octet-stream": BINARY, "*/*": BINARY},
    "headers": {
        "Content-Disposition": header("The name of the file."),
        "Content-Range": header("Which part of the file it is, with 206."),
    },
}
UPLOAD = {"requestBody": {"required": True, "content": {"application/octet-stream": BINARY}}}


@router.get(
    "/files/", operation_id="list_files", summary="File List", responses=responses(schemas.FilePage, "A page of files.", 404)
)
@requires(Permission.FILES_READ, Reach.NARROWED)
async def list_files(request: Request, order: Order, criteria: FileList, page: PageQuery) -> Response:
    """Return files, ordered by `last_modified`."""
    result = await services_of(request).files.list(criteria, parse_sort(order, FileOrderField), page)
    return page_response(request, result)


@router.post(
    "/files/",
    operation_id="register_file",
    summary="Register File",
    status_code=201,
    responses=responses(schemas.FileDetails, "The file.", 413, 415, 503, 507, status=201)
    | success(schemas.FileDetails, "The file was registered before.", headers=LOCATION),
)
@requires(Permission.FILES_WRITE)
async def register_file(request: Request, members: Annotated[schemas.FileMembers, Depends(schemas.FileMembers.read)]) -> Response:
    """Register an existing file of a workspace."""
    workspace = members.workspace_id if members.workspace_id is not None else members.workspace or DEFAULT
    now = services_of(request).clock()
    details = {name: getattr(members, name) for name in DETAILS if getattr(members, name) is not None}
    new = NewFile(workspace, members.file_path, None, members.media_type, FileDetails(**_with_times(details, now)))
    item, is_new = await services_of(request).files.register(new)
    return _file_response(request, item, 201 if is_new else 200)


@router.post(
    "/files/upload/",
    operation_id="upload_file",
    summary="Upload File",
    status_code=201,
    responses=responses(schemas.FileDetails, "The file.", 409, 413, 415, 503, 507, status=201),
    openapi_extra=UPLOAD,
)
@requires(Permission.FILES_WRITE, Reach.OWN)
async def upload_file(
    request: Request,
    file_name: Annotated[Text | None, Query(description="The name of the file.")] = None,
    file_path: Annotated[Text | None, Query(description="Alternatively the path of the file within the workspace.")] = None,
    workspace: Annotated[Text, Query(description="The name of the workspace.")] = DEFAULT,
    media_type: Annotated[Text | None, Query(description="The media type; guessed from the name when absent.")] = None,
) -> Response:
    """Store the request body as a file in a workspace; it is streamed there."""
    new = NewFile(workspace, file_path, file_name, media_type)
    item = await services_of(request).files.upload(new, decoded(request))
    return _file_response(request, item, 201)


@router.get(
    "/files/{file_id:int}/",
    operation_id="get_file",
    summary="File Details",
    responses=responses(schemas.FileDetails, "The file.", 404),
)
@requires(Permission.FILES_READ, Thing.FILE)
async def get_file(request: Request, file_id: int) -> Response:
    """Return a specific file."""
    return record_response(request, await services_of(request).files.get(file_id))


@router.get(
    "/files/{file_id:int}/content/",
    operation_id="download_file",
    summary="File Content",
    response_class=Download,
    responses=responses(None, "The bytes of the file.", 404, 416, 503, 507)
    | {304: {"description": "The client has the file (`If-None-Match`, `If-Modified-Since`)."}}
    | {307: {"description": "The bytes are at the link, if it was asked for.", "headers": {"Location": header("The link.")}}}
    | {200: {"description": "The bytes of the file.", **BYTES}, 206: {"description": "The part that was asked for.", **BYTES}},
)
@requires(Permission.FILES_READ, Thing.FILE)
async def download_file(
    request: Request,
    file_id: int,
    *,
    link: Annotated[
        bool,
        Query(
            description="Whether to be led to the object store, by a link that is good for a short time and needs no token, "
            "where the file lies in one that gives links."
        ),
    ] = False,
) -> Response:
    """Return the content of a file; ranges are supported."""
    item, content = await services_of(request).files.open(file_id)
    # What a job wrote must never run as a page of this service.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    media_type = header_safe(item.file.media_type)
    if isinstance(content, int):
        return Download.of(content, media_type, item.file.file_name, headers)
    # A link is signed for GET alone.
    if link and IS_HEAD not in request.scope and (address := await content.link()):
        return RedirectResponse(address, headers={"Cache-Control": "no-store"})
    return ObjectDownload(content.file, content.read, media_type, item.file.file_name, headers)


def _file_response(request: Request, item: FileItem, status: int) -> Response:
    location = {"Location": url_of(request, f"files/{item.file.id}/")}
    return record_response(request, item, status, location)


def _with_times(details: dict[str, Any], now: datetime) -> dict[str, Any]:
    return details | {name: parse_bound(details[name], now, name) for name in TIMES if name in details}

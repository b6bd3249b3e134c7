"""Webhook services."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of, user_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.urls import url_of
from jobsvc.api.v6.schemas import webhooks as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.webhooks import WebhookItem
from jobsvc.services.webhooks.service import NewWebhook

router = APIRouter(tags=["events"])


@dataclass(frozen=True, slots=True)
class MadeWebhook:
    """A webhook with its secret."""

    item: WebhookItem
    secret: str


@router.get(
    "/webhooks/",
    operation_id="list_webhooks",
    summary="Webhook List",
    responses=responses(schemas.WebhookPage, "A page of webhooks.", 404),
)
@requires(Permission.WEBHOOKS_READ)
async def list_webhooks(request: Request, page: PageQuery) -> Response:
    """Return the addresses that events are sent to, the latest first."""
    return page_response(request, await services_of(request).webhooks.list(page))


@router.post(
    "/webhooks/",
    operation_id="create_webhook",
    summary="Create Webhook",
    status_code=201,
    responses=responses(schemas.IssuedWebhook, "The webhook with its secret.", 413, 415, status=201),
)
@requires(Permission.WEBHOOKS_MANAGE)
async def create_webhook(
    request: Request, new: Annotated[schemas.WebhookCreate, Depends(schemas.WebhookCreate.read)]
) -> Response:
    """Send events from now on to an address, signed as the Standard Webhooks specification says."""
    item, secret = await services_of(request).webhooks.make(NewWebhook(**new.model_dump()), user_of(request))
    return record_response(request, MadeWebhook(item, secret), 201, {"Location": url_of(request, f"webhooks/{item.id}/")})


@router.get(
    "/webhooks/{webhook_id:int}/",
    operation_id="get_webhook",
    summary="Webhook Details",
    responses=responses(schemas.Webhook, "The webhook.", 404),
)
@requires(Permission.WEBHOOKS_READ)
async def get_webhook(request: Request, webhook_id: int) -> Response:
    """Return a specific webhook."""
    return record_response(request, await services_of(request).webhooks.get(webhook_id))


@router.patch(
    "/webhooks/{webhook_id:int}/",
    operation_id="update_webhook",
    summary="Update Webhook",
    responses=responses(schemas.Webhook, "The webhook.", 404, 413, 415),
)
@requires(Permission.WEBHOOKS_MANAGE)
async def update_webhook(
    request: Request, webhook_id: int, change: Annotated[schemas.WebhookChange, Depends(schemas.WebhookChange.read)]
) -> Response:
    """Change a webhook, switch it off, or on again: then it goes on where it was."""
    return record_response(request, await services_of(request).webhooks.change(webhook_id, change.model_dump(exclude_unset=True)))


@router.delete(
    "/webhooks/{webhook_id:int}/",
    operation_id="delete_webhook",
    summary="Delete Webhook",
    status_code=204,
    responses=responses(None, "The webhook is gone, with its deliveries.", 404, status=204),
)
@requires(Permission.WEBHOOKS_MANAGE)
async def delete_webhook(request: Request, webhook_id: int) -> Response:
    """Delete a webhook with its deliveries."""
    await services_of(request).webhooks.remove(webhook_id)
    return Response(status_code=204)


@router.post(
    "/webhooks/{webhook_id:int}/secret/",
    operation_id="rotate_webhook_secret",
    summary="Rotate Webhook Secret",
    responses=responses(schemas.IssuedWebhook, "The webhook with its new secret.", 404, 413, 415),
)
@requires(Permission.WEBHOOKS_MANAGE)
async def rotate_webhook_secret(
    request: Request, webhook_id: int, rotation: Annotated[schemas.SecretRotation, Depends(schemas.SecretRotation.read)]
) -> Response:
    """Make a new secret. For some hours messages are signed with the one before too, so that receivers can change over."""
    overlap = timedelta(hours=rotation.overlap_hours)
    return record_response(request, MadeWebhook(*await services_of(request).webhooks.rotate(webhook_id, overlap)))


@router.post(
    "/webhooks/{webhook_id:int}/test/",
    operation_id="test_webhook",
    summary="Test Webhook",
    responses=responses(schemas.WebhookDelivery, "The delivery.", 404, 409),
)
@requires(Permission.WEBHOOKS_MANAGE)
async def test_webhook(request: Request, webhook_id: int) -> Response:
    """Send something that is no event; the deliveries say how it went."""
    return record_response(request, await services_of(request).webhooks.test(webhook_id))


@router.get(
    "/webhooks/{webhook_id:int}/deliveries/",
    operation_id="list_webhook_deliveries",
    summary="Webhook Delivery List",
    responses=responses(schemas.WebhookDeliveryPage, "A page of deliveries.", 404),
)
@requires(Permission.WEBHOOKS_READ)
async def list_webhook_deliveries(request: Request, webhook_id: int, page: PageQuery) -> Response:
    """Return what was sent to a webhook or is to be, the latest first; for 7 days."""
    return page_response(request, await services_of(request).webhooks.deliveries(webhook_id, page))


@router.post(
    "/webhooks/{webhook_id:int}/deliveries/{delivery_id:int}/redeliver/",
    operation_id="redeliver_webhook",
    summary="Redeliver",
    responses=responses(schemas.WebhookDelivery, "The delivery.", 404, 409),
)
@requires(Permission.WEBHOOKS_MANAGE)
async def redeliver_webhook(request: Request, webhook_id: int, delivery_id: int) -> Response:
    """Send something once more, whatever has become of it."""
    return record_response(request, await services_of(request).webhooks.redeliver(webhook_id, delivery_id))

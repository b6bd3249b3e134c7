"""Webhooks and deliveries as the client returns them (see `jobsvc.client.models`)."""

from typing import TypedDict


class Webhook(TypedDict):
    """An address that events are sent to; None of `types`, `job_type_names` and `batch_ids` is no condition."""

    id: int
    url: str
    description: str
    types: list[str] | None
    job_type_names: list[str] | None
    batch_ids: list[int] | None
    is_active: bool
    disabled_reason: str | None
    created: str
    created_by: str | None
    last_success: str | None
    previous_until: str | None


class IssuedWebhook(Webhook):
    """A webhook, once with the secret that its messages are signed with."""

    secret: str


class WebhookChange(TypedDict, total=False):
    """What of a webhook may be changed; None of a filter takes it away."""

    url: str
    description: str
    types: list[str] | None
    job_type_names: list[str] | None
    batch_ids: list[int] | None
    is_active: bool


class Delivery(TypedDict):
    """An event on its way to a webhook, or there; `state` is PENDING, DELIVERED or FAILED."""

    id: int
    event_id: int | None
    event_type: str
    job_id: int | None
    state: str
    tries: int
    created: str
    next_try: str | None
    ended: str | None
    status_code: int | None
    response: str | None
    error: str | None

"""Webhooks and their deliveries."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Bool, Ids, Text, Texts, read_int
from jobsvc.api.models import ApiModel, PageOf

URL = "Where events are sent to, by POST: an absolute https URL of a public address."
TYPES = "Only events of these types, or of kinds of them (`job.*`); all when null."
JOB_TYPES = "Only events of jobs, executions and job types of these names; all when null."
BATCHES = "Only events of jobs and executions of these batches; all when null."
MOST_HOURS = 24 * 30
Hours = Annotated[int, Field(ge=0, le=MOST_HOURS), BeforeValidator(read_int)]


class Webhook(ApiModel):
    """An address that events are sent to."""

    id: int = Field(description="The unique identifier of the model.")
    url: str = Field(description=URL)
    description: str = Field(description="What it is for.")
    types: list[str] | None = Field(description=TYPES)
    job_type_names: list[str] | None = Field(description=JOB_TYPES)
    batch_ids: list[int] | None = Field(description=BATCHES)
    is_active: bool = Field(description="Whether events are sent.")
    disabled_reason: str | None = Field(description="Why the service switched it off; null when it did not.")
    created: datetime = Field(description="When it was made.")
    created_by: str | None = Field(description="Who made it.")
    last_success: datetime | None = Field(description="When something was last delivered.")
    previous_until: datetime | None = Field(description="Until when messages are also signed with the secret before the last.")


class IssuedWebhook(Webhook, inherited="item"):
    """A webhook, once with its secret."""

    secret: str = Field(description="What messages are signed with (`whsec_...`). It is shown this once.")


class WebhookPage(PageOf[Webhook]):
    """A page of webhooks."""


class WebhookCreate(StrictRequestBody):
    """A new webhook, for events from now on."""

    url: Text = Field(description=URL)
    description: Text = Field("", description="What it is for.", max_length=1000)
    types: Texts | None = Field(None, description=TYPES)
    job_type_names: Texts | None = Field(None, description=JOB_TYPES)
    batch_ids: Ids | None = Field(None, description=BATCHES)


class WebhookChange(StrictRequestBody):
    """What to change of a webhook."""

    keeps_null: ClassVar[bool] = True

    url: Text = Field("", description=URL)
    description: Text = Field("", description="What it is for.", max_length=1000)
    types: Texts | None = Field(None, description=TYPES)
    job_type_names: Texts | None = Field(None, description=JOB_TYPES)
    batch_ids: Ids | None = Field(None, description=BATCHES)
    is_active: Bool = Field(default=True, description="Whether events are sent; what is switched on again goes on where it was.")


class SecretRotation(StrictRequestBody):
    """A new secret."""

    is_required: ClassVar[bool] = False

    overlap_hours: Hours = Field(24, description="For how long messages are also signed with the secret before.")


class WebhookDelivery(ApiModel):
    """An event on its way to a webhook, or there."""

    id: int = Field(description="The unique identifier of the model.")
    event_id: int | None = Field(description="The position of the event; null of a test.")
    event_type: str = Field(description="The type of the event, or `webhook.test`.")
    job_id: int | None = Field(description="The job of the event.")
    state: str = Field(description="PENDING, DELIVERED, or FAILED: it was tried for a day.")
    tries: int = Field(description="How often it was tried.")
    created: datetime = Field(description="When it was taken up.")
    next_try: datetime | None = Field(description="When it is tried (again); null when it is not.")
    ended: datetime | None = Field(description="When it was delivered or given up.")
    status_code: int | None = Field(description="The status that the receiver answered last; null when it did not answer.")
    response: str | None = Field(description="The first 1,024 bytes of that answer.")
    error: str | None = Field(description="Why the last call failed.")


class WebhookDeliveryPage(PageOf[WebhookDelivery]):
    """A page of deliveries."""

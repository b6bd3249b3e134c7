"""Webhooks: addresses that the service sends events to."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from jobsvc.client.models import Page
from jobsvc.client.sync import waiting
from jobsvc.client.webhook_models import Delivery, IssuedWebhook, Webhook, WebhookChange

if TYPE_CHECKING:
    from jobsvc.client.sync.transport import Transport

POLL_SECONDS = 0.3


class Webhooks:
    """`/v6/webhooks/`. Making and changing them takes the permission `webhooks:manage`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    def list(self, *, page: int = 1, page_size: int = 100) -> Page[Webhook]:
        """A page of webhooks, the latest first."""
        result: Page[Webhook] = self._http.get("v6/webhooks/", {"page": page, "page_size": page_size})
        return result

    def create(
        self,
        url: str,
        *,
        description: str = "",
        types: Sequence[str] = (),
        job_type_names: Sequence[str] = (),
        batch_ids: Sequence[int] = (),
    ) -> IssuedWebhook:
        """Send events from now on to an address: all, or those that fit. The secret in the answer is shown this once."""
        body = {
            "url": url,
            "description": description,
            "types": list(types) or None,
            "job_type_names": list(job_type_names) or None,
            "batch_ids": list(batch_ids) or None,
        }
        created: IssuedWebhook = self._http.call("POST", "v6/webhooks/", json=body)
        return created

    def get(self, webhook_id: int) -> Webhook:
        """A webhook."""
        webhook: Webhook = self._http.get(_path(webhook_id))
        return webhook

    def change(self, webhook_id: int, **change: Unpack[WebhookChange]) -> Webhook:
        """Change members of a webhook; None of a filter takes it away. One that is switched on again goes on where it was."""
        changed: Webhook = self._http.call("PATCH", _path(webhook_id), json=dict(change))
        return changed

    def delete(self, webhook_id: int) -> None:
        """Delete a webhook with its deliveries."""
        self._http.call("DELETE", _path(webhook_id))

    def rotate_secret(self, webhook_id: int, overlap_hours: int = 24) -> IssuedWebhook:
        """Make a new secret; for `overlap_hours` messages are signed with the one before, too."""
        body = {"overlap_hours": overlap_hours}
        issued: IssuedWebhook = self._http.call("POST", f"{_path(webhook_id)}secret/", json=body)
        return issued

    def test(self, webhook_id: int) -> Delivery:
        """Send something that is no event (ApiError 409 when the webhook is switched off); `tried` says how it went."""
        delivery: Delivery = self._http.call("POST", f"{_path(webhook_id)}test/")
        return delivery

    def deliveries(self, webhook_id: int, *, page: int = 1, page_size: int = 100) -> Page[Delivery]:
        """A page of what was sent to a webhook or is to be, the latest first; of the last 7 days."""
        query = {"page": page, "page_size": page_size}
        result: Page[Delivery] = self._http.get(f"{_path(webhook_id)}deliveries/", query)
        return result

    def redeliver(self, webhook_id: int, delivery_id: int) -> Delivery:
        """Send something once more, whatever has become of it (ApiError 409 when the webhook is switched off)."""
        delivery: Delivery = self._http.call("POST", f"{_path(webhook_id)}deliveries/{delivery_id}/redeliver/")
        return delivery

    def tried(self, webhook_id: int, delivery: Delivery, max_wait: float = 30) -> Delivery:
        """A delivery of `test` or `redeliver` after its next try; as it is when that takes more than `max_wait` seconds."""
        deadline = time.monotonic() + max_wait
        latest = delivery
        while latest["tries"] <= delivery["tries"] and time.monotonic() < deadline:
            waiting.sleep(POLL_SECONDS)
            for item in self._http.items(f"{_path(webhook_id)}deliveries/"):
                if item["id"] == delivery["id"]:
                    latest = item
                    break
        return latest


def _path(webhook_id: int) -> str:
    return f"v6/webhooks/{webhook_id}/"

"""Examples of webhooks."""

from typing import Any

from jobsvc.api.v6.examples.common import CREATED, page

Json = dict[str, Any]

WEBHOOK: Json = {
    "id": 4,
    "url": "https://hooks.example.org/jobs",
    "description": "",
    "types": ["job.failed", "bulk.*"],
    "job_type_names": None,
    "batch_ids": None,
    "is_active": True,
    "disabled_reason": None,
    "created": CREATED,
    "created_by": "jane",
    "last_success": None,
    "previous_until": None,
}
ISSUED: Json = {**WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
DELIVERY: Json = {
    "id": 91,
    "event_id": 41217,
    "event_type": "job.failed",
    "job_id": 12,
    "state": "DELIVERED",
    "tries": 1,
    "created": CREATED,
    "next_try": None,
    "ended": CREATED,
    "status_code": 204,
    "response": "",
    "error": None,
}
WAITING: Json = {**DELIVERY, "state": "PENDING", "tries": 0, "next_try": CREATED, "ended": None, "status_code": None}
EXAMPLES: dict[str, Json] = {
    "list_webhooks": {"200": page(WEBHOOK)},
    "create_webhook": {"request": {"url": WEBHOOK["url"], "types": WEBHOOK["types"]}, "201": ISSUED},
    "get_webhook": {"200": WEBHOOK},
    "update_webhook": {"request": {"types": ["job.*"]}, "200": {**WEBHOOK, "types": ["job.*"]}},
    "rotate_webhook_secret": {"request": {"overlap_hours": 24}, "200": ISSUED},
    "test_webhook": {"200": {**WAITING, "event_id": None, "event_type": "webhook.test", "job_id": None, "response": None}},
    "list_webhook_deliveries": {"200": page(DELIVERY)},
    "redeliver_webhook": {"200": {**WAITING, "tries": 1}},
}

"""Webhooks over HTTP."""

from typing import Any

import pytest

from tests.support import Client

URL = "https://hooks.example/jobs"


@pytest.fixture
async def webhook(client: Client) -> dict[str, Any]:
    """One that was made."""
    answer = await client.post("/v6/webhooks/", json={"url": URL, "types": ["job.*"], "batch_ids": [3]})
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/v6/webhooks/{answer.json()['id']}/")
    return dict(answer.json())


async def test_the_secret_is_shown_once(client: Client, webhook: dict[str, Any]) -> None:
    secret = webhook.pop("secret")
    assert secret.startswith("whsec_")
    assert (await client.get(f"/v6/webhooks/{webhook['id']}/")).json() == webhook
    assert (await client.get("/v6/webhooks/")).json()["results"] == [webhook]
    rotated = (await client.post(f"/v6/webhooks/{webhook['id']}/secret/")).json()
    assert rotated["secret"] not in {secret, None}
    assert rotated["previous_until"] is not None


async def test_a_webhook_is_changed_and_deleted(client: Client, webhook: dict[str, Any]) -> None:
    path = f"/v6/webhooks/{webhook['id']}/"
    changed = await client.patch(path, json={"types": None, "batch_ids": [], "is_active": False})
    assert changed.json() | {"secret": webhook["secret"]} == webhook | {"types": None, "batch_ids": None, "is_active": False}
    assert (await client.post(f"{path}test/")).status_code == 409
    assert (await client.patch(path, json={"is_active": True})).json()["is_active"]
    delivery = (await client.post(f"{path}test/")).json()
    assert (await client.post(f"{path}deliveries/{delivery['id']}/redeliver/")).json()["state"] == "PENDING"
    [listed] = (await client.get(f"{path}deliveries/")).json()["results"]
    assert (listed["id"], listed["event_type"]) == (delivery["id"], "webhook.test")
    assert (await client.request("DELETE", path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"{path}deliveries/")).status_code == 404


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"url": "http://hooks.example/"}, "url: must be an absolute https URL"),
        ({"url": "https://127.0.0.1/"}, "url: the address is not a public one"),
        ({"url": URL, "types": ["jobs"]}, "types: 'jobs' is no type"),
        ({"url": URL, "job_type_names": ["echo", " "]}, "job_type_names: a name must not be empty"),
        ({"url": URL, "batch_ids": [3, 0]}, "batch_ids: must be ids of batches"),
        ({"url": URL, "batch_ids": [2**64]}, "batch_ids: must be ids of batches"),
        ({"url": URL, "secret": "mine"}, "secret: Extra inputs"),
        ({}, "url: Field required"),
    ],
)
async def test_what_nothing_can_be_sent_to_is_refused(client: Client, body: dict[str, Any], detail: str) -> None:
    answer = await client.post("/v6/webhooks/", json=body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)


NONSENSE: list[dict[str, Any]] = [
    {"url": "https://10.0.0.1/"},
    {"types": ["jobs"]},
    {"job_type_names": [""]},
    {"batch_ids": [-1]},
    {"url": None},
    {"is_active": None},
]


@pytest.mark.parametrize("change", NONSENSE)
async def test_a_change_to_nonsense_is_refused(client: Client, webhook: dict[str, Any], change: dict[str, Any]) -> None:
    assert (await client.patch(f"/v6/webhooks/{webhook['id']}/", json=change)).status_code == 400

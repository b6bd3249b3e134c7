"""`jobsvc webhooks`."""

import socket
from collections.abc import Iterator

import pytest

from jobsvc.client import ApiError, Client

from .conftest import Cli
from .support import serving


@pytest.fixture
def webhook(client: Client) -> Iterator[int]:
    """A webhook whose receiver refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/hook"
    webhook_id = client.webhooks.create(url, types=["webhook.disabled"])["id"]
    yield webhook_id
    client.webhooks.delete(webhook_id)


def test_a_webhook_is_added_shown_and_deleted(cli: Cli, client: Client) -> None:
    ran = cli("webhooks", "add", "https://hooks.example/", "--type", "job.failed", "--type", "bulk.*", "--job-type", "countdown")
    webhook_id = client.webhooks.list()["results"][0]["id"]
    assert (ran.code, ran.err) == (0, f"webhook {webhook_id}; its secret is shown this once:\n")
    assert ran.out.startswith("whsec_")
    lines = [" ".join(line.split()) for line in cli("webhooks", "show", webhook_id).out.splitlines()]
    assert lines[:3] == [
        f"Webhook {webhook_id} https://hooks.example/",
        "events job.failed, bulk.*; job type countdown",
        "state on",
    ]
    assert lines[4] == "delivered nothing yet"
    row = cli("webhooks", "list").out.splitlines()[1].split()
    assert row[:3] == [str(webhook_id), "https://hooks.example/", "job.failed,"]
    assert cli("webhooks", "list", "--json").json() == client.webhooks.list()
    assert cli("webhooks", "delete", webhook_id).out == f"webhook {webhook_id} is deleted\n"
    with pytest.raises(ApiError, match="does not exist"):
        client.webhooks.get(webhook_id)
    assert cli("webhooks", "delete", webhook_id).code == 2


def test_only_what_is_named_is_changed(cli: Cli, client: Client, webhook: int) -> None:
    changed = cli("webhooks", "set", webhook, "--off", "--description", "pager", "--batch", 7, "--json").json()
    assert (changed["is_active"], changed["description"], changed["batch_ids"]) == (False, "pager", [7])
    assert changed["types"] == ["webhook.disabled"]
    assert "state      off: by request" in cli("webhooks", "show", webhook).out
    cli("webhooks", "set", webhook, "--on", "--all", "--type", "job.*")
    after = client.webhooks.get(webhook)
    assert (after["is_active"], after["types"], after["batch_ids"]) == (True, ["job.*"], None)
    ran = cli("webhooks", "set", webhook)
    assert (ran.code, ran.err) == (2, "jobsvc: name what to change, as --type or --off\n")


def test_a_new_secret_is_shown_once(cli: Cli, client: Client, webhook: int) -> None:
    assert cli("webhooks", "secret", webhook, "--overlap-hours", 2).out.startswith("whsec_")
    assert client.webhooks.get(webhook)["previous_until"] is not None


def test_a_test_says_how_it_went(cli: Cli, client: Client, webhook: int) -> None:
    ran = cli("webhooks", "test", webhook)
    delivery = client.webhooks.deliveries(webhook)["results"][0]
    assert (ran.code, ran.out) == (1, f"delivery {delivery['id']}: PENDING, {delivery['error']}\n")
    assert delivery["error"]
    with serving(lambda _request: (200, "thanks")) as url:
        cli("webhooks", "set", webhook, "--url", url)
        ran = cli("webhooks", "redeliver", webhook, delivery["id"])
    assert (ran.code, ran.out) == (0, f"delivery {delivery['id']}: DELIVERED, answered 200\n")
    row = cli("webhooks", "deliveries", webhook).out.splitlines()[1].split()
    assert row == [str(delivery["id"]), "webhook.test", "DELIVERED", "2", "answered", "200"]
    cli("webhooks", "set", webhook, "--off")
    ran = cli("webhooks", "test", webhook)
    assert (ran.code, ran.err) == (2, f"jobsvc: Webhook {webhook} is switched off: by request.\n")

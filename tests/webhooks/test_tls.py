"""Receivers with certificates: of an authority that is trusted, and of those that are not accepted."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobsvc.services.webhooks.sending import WebhookSender
from tests.certificates import DAY, Authority

from .receiver import Receiver

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that the process trusts."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@asynccontextmanager
async def secured(context: ssl.SSLContext) -> AsyncIterator[Receiver]:
    """A receiver behind TLS."""
    receiver = Receiver("")
    async with await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context) as server:
        receiver.url = f"https://localhost:{server.sockets[0].getsockname()[1]}/hook"
        yield receiver


async def test_a_receiver_of_a_trusted_authority_gets_its_messages(authority: Authority) -> None:
    sender = WebhookSender(allows_private=True, timeout=10)
    async with secured(authority.context()) as receiver:
        result = await sender.send(receiver.url, "evt_1", "{}", [SECRET], datetime.now(UTC))
    assert (result.status_code, result.error) == (200, None)
    assert [message.headers["webhook-id"] for message in receiver.messages] == ["evt_1"]


@pytest.mark.parametrize(
    ("certificate", "problem"),
    [
        ({"host": "hooks.example"}, "Hostname mismatch, certificate is not valid for 'localhost'."),
        ({"age": 3 * DAY}, "certificate has expired"),
        ({"signs_itself": True}, "self-signed certificate"),
    ],
)
async def test_certificates_that_are_not_accepted_are_a_failure_in_words(
    authority: Authority, certificate: dict[str, Any], problem: str
) -> None:
    sender = WebhookSender(allows_private=True, timeout=10)
    async with secured(authority.context(**certificate)) as receiver:
        result = await sender.send(receiver.url, "evt_1", "{}", [SECRET], datetime.now(UTC))
    assert (result.status_code, result.is_success) == (None, False)
    assert result.error == f"the certificate of localhost is not accepted: {problem}"
    assert receiver.messages == []

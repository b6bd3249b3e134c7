"""Receivers with certificates: of an authority that is trusted, and of those that are not accepted."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jobsvc.services.webhooks.sending import WebhookSender

from .receiver import Receiver

DAY = timedelta(days=1)
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Authority:
    """Signs certificates; its own lies in `file`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Test authority")
        self.file = directory / "authority.pem"
        builder = _builder(self._name, self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def context(self, host: str = "localhost", *, age: timedelta = timedelta(), signs_itself: bool = False) -> ssl.SSLContext:
        """What a server of that name shows: a certificate for a day, that long ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = _name(host) if signs_itself else self._name
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = _builder(_name(host), issuer, key, age).add_extension(names, critical=False)
        certificate = builder.sign(key if signs_itself else self._key, hashes.SHA256())
        file = self._directory / "server.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, age: timedelta = timedelta()
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) - age - timedelta(minutes=5)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(begin + DAY)


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

"""Certificates for servers and clients of tests, and an authority that signs them."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


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

    def issue(
        self, name: str, *, host: str = "localhost", age: timedelta = timedelta(), signs_itself: bool = False
    ) -> tuple[Path, Path]:
        """A certificate for a day, that long ago, and its private key: of a server by its host, of a client by its name."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = _name(name) if signs_itself else self._name
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = _builder(_name(name), issuer, key, age).add_extension(names, critical=False)
        certificate = builder.sign(key if signs_itself else self._key, hashes.SHA256())
        file, private = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        private.chmod(0o600)
        return file, private

    def context(self, host: str = "localhost", *, age: timedelta = timedelta(), signs_itself: bool = False) -> ssl.SSLContext:
        """What a server of that name shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(host, host=host, age=age, signs_itself=signs_itself))
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, age: timedelta = timedelta()
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) - age - timedelta(minutes=5)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(begin + DAY)

"""What the parts of a Kubernetes cluster read: certificates, tokens, ways to the API server and configurations."""

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
ADMIN, WORKER = "admin", "worker"
NAMESPACE = "jobsvc"
WORKER_USER = f"system:serviceaccount:{NAMESPACE}:jobsvc-worker"
"""Who `deploy/kubernetes/role.yaml` gives rights to."""
_DAYS = 2
_PLAIN = serialization.NoEncryption()
_PKCS8, _PEM = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Authority:
    """Who signs the certificates of a cluster."""

    directory: Path
    key: Key
    certificate: x509.Certificate

    @classmethod
    def make(cls, directory: Path) -> "Authority":
        """A new one, in `ca.crt`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("jobsvc-tests")
        certificate = _certificate(name, name, key, key, [x509.BasicConstraints(ca=True, path_length=None)])
        (directory / "ca.crt").write_bytes(certificate.public_bytes(_PEM))
        return cls(directory, key, certificate)

    def issue(self, file_name: str, common_name: str, addresses: Sequence[str] = ()) -> None:
        """A certificate in `<file_name>.crt`, and its key in `<file_name>.key`."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.IPAddress(ip_address(item)) for item in addresses]
        extensions: list[x509.ExtensionType] = [x509.SubjectAlternativeName([*names, x509.DNSName("localhost")])]
        certificate = _certificate(_name(common_name), self.certificate.subject, key, self.key, extensions)
        (self.directory / f"{file_name}.crt").write_bytes(certificate.public_bytes(_PEM))
        _write_key(self.directory / f"{file_name}.key", key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: Key, by: Key, extensions: Sequence[x509.ExtensionType]
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=_DAYS))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(by, hashes.SHA256())


def _write_key(file: Path, key: Key | rsa.RSAPrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(_PEM, _PKCS8, _PLAIN))


def write_credentials(directory: Path, server: str, pods: IPv4Network) -> None:
    """Certificates, keys, tokens, and for each user a way to the API server in `<user>.conf`.

    The API server may also be called by the address of any pod: one of them passes connections on to it.
    """
    authority = Authority.make(directory)
    authority.issue("apiserver", "apiserver", [HOST, "10.0.0.1", *map(str, pods.hosts())])
    authority.issue("kubelet-client", "apiserver")
    authority.issue("kubelet", "kubelet", [HOST])
    accounts = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_key(directory / "accounts.key", accounts)
    public = accounts.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (directory / "accounts.pub").write_bytes(public)
    tokens = {user: secrets.token_hex() for user in (ADMIN, WORKER)}
    lines = [f"{tokens[ADMIN]},admin,admin,system:masters", f"{tokens[WORKER]},{WORKER_USER},worker"]
    (directory / "tokens.csv").touch(mode=0o600)
    (directory / "tokens.csv").write_text("\n".join(lines) + "\n")
    for user, token in tokens.items():
        write_kubeconfig(directory / f"{user}.conf", server, directory / "ca.crt", token)


def write_kubeconfig(file: Path, server: str, authority: Path, token: str) -> None:
    """The way of one user to the API server, in the namespace of the tests."""
    named = {"name": "tests"}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [named | {"cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [named | {"user": {"token": token}}],
        "contexts": [named | {"context": {"cluster": "tests", "user": "tests", "namespace": NAMESPACE}}],
        "current-context": "tests",
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(content))


def through(kubeconfig: Path, port: int, file: Path) -> Path:
    """The same way by another port, in a file of its own."""
    content = json.loads(kubeconfig.read_text())
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    write_kubeconfig(file, f"https://{HOST}:{port}", Path(cluster["certificate-authority"]), user["token"])
    return file

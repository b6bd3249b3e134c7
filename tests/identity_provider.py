"""A provider of identities (OpenID Connect) on loopback, in a thread: with real keys, and a switch for each fault."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key

AUDIENCE = "jobsvc"
CLIENT_ID = "jobsvc-console"
CLIENT_SECRET = "a secret: with, signs & more"  # noqa: S105 - of a provider that tests start
BOUND = 30
ALGORITHM = "ES256"


def new_key(kid: str, use: Literal["sig", "enc"] = "sig", **parameters: str) -> ECKey:
    """A key for signatures."""
    made = ECKey.generate_key("P-256", private=True)
    return ECKey.import_key({**made.as_dict(private=True), "kid": kid, "use": use, **parameters})


class IdentityProvider:
    """Signs tokens, publishes keys, and lets people sign in without asking who they are: they are `claims`."""

    def __init__(self) -> None:
        self.key: Key = new_key("first")
        self.published: list[dict[str, Any]] = [dict(self.key.as_dict(private=False))]
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {"preferred_username": "jane", "roles": ["ops"]}
        self.of_identity: dict[str, Any] = {}
        self.is_public = False
        """Whether the console needs no secret."""
        self.asked: Counter[str] = Counter()
        self.answers = threading.Event()
        """Cleared: it takes requests, and does not answer them."""
        self.answers.set()
        self.broken: tuple[int, bytes] | None = None
        """What it answers instead, as a status and a body."""
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realms/main"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Go away: nobody answers at the port."""
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(BOUND)

    def rotate(self, kid: str) -> None:
        """Sign with another key, and publish it alone."""
        self.key = new_key(kid)
        self.published = [dict(self.key.as_dict(private=False))]

    def token(
        self, *, key: Key | None = None, header: dict[str, Any] | None = None, without: tuple[str, ...] = (), **claims: Any
    ) -> str:
        """A token of jane, who is an operator, for the service; `claims` are others than usual."""
        signing = key or self.key
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": AUDIENCE, "sub": "4711", "iat": now, "exp": now + 300, **self.claims}
        content = {name: value for name, value in {**usual, **claims}.items() if name not in without}
        algorithm = (header or {}).get("alg", ALGORITHM)
        return jwt.encode({"alg": algorithm, "kid": signing.kid, **(header or {})}, content, signing, [algorithm])

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any] | str]:
        """What is at a path: a document, or the address that a browser is led to."""
        name = path.rpartition("/")[2]
        if name == "openid-configuration":
            ends = {"jwks_uri": "keys", "authorization_endpoint": "authorize", "token_endpoint": "token"}
            addresses = {member: f"{self.issuer}/{end}" for member, end in ends.items()}
            return 200, {"issuer": self.issuer, "end_session_endpoint": f"{self.issuer}/out", **addresses, **self.metadata}
        if name == "keys":
            return 200, {"keys": self.published}
        if name == "authorize":
            return 302, self.authorize(query)
        return 200, {"page": name}

    def authorize(self, query: dict[str, str]) -> str:
        """Where a browser goes on with a code: back to who sent it."""
        code = secrets.token_urlsafe()
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The tokens for a code, once, for who shows what belongs to it."""
        begun = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        client = base64.b64encode(f"{CLIENT_ID}:{urlencode({'': CLIENT_SECRET})[1:]}".encode()).decode()
        if begun is None or begun["code_challenge"] != challenge or begun["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        is_known = form.get("client_secret") == CLIENT_SECRET or authorization == f"Basic {client}"
        if not is_known and not (self.is_public and form.get("client_id") == CLIENT_ID):
            return 401, {"error": "invalid_client"}
        identity = self.token(**{"aud": CLIENT_ID, "nonce": begun["nonce"], **self.of_identity})
        return 200, {"access_token": self.token(), "id_token": identity, "token_type": "Bearer"}


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._reply(lambda: provider.answer(parts.path, dict(parse_qsl(parts.query))))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._reply(lambda: provider.redeem(form, self.headers.get("Authorization", "")))

        def _reply(self, answer: Callable[[], tuple[int, dict[str, Any] | str]]) -> None:
            provider.asked[urlsplit(self.path).path.rpartition("/")[2]] += 1
            provider.answers.wait(BOUND)
            status, content = provider.broken or answer()
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            if isinstance(content, str):
                self.send_header("Location", content)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """A provider that is there meanwhile."""
    provider = IdentityProvider()
    try:
        yield provider
    finally:
        provider.close()

"""The settings that say who may call, and how callers are known (docs/access.md)."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, FilePath, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

TOKEN = re.compile(r"[^:]+:(?:(?:viewer|submitter|operator|admin):)?[0-9a-fA-F]{64}")
ROLE_RULE = re.compile(r".+=(?:viewer|submitter|operator|admin)(?::[^:=]+)?")
HEADER = re.compile(r"[A-Za-z0-9-]+")
TAKEN_HEADERS = frozenset({"authorization", "cookie", "host", "origin", "forwarded", "x-forwarded-for", "x-request-id"})
ANY_ORIGIN = "*"
DEFAULT_PORTS = {"http": 80, "https": 443}
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"]
"""All have a public key: with a shared one whoever can verify a token could make one."""


class AccessSettings(BaseSettings):
    """The part of the settings of a process that is about access."""

    model_config = SettingsConfigDict(env_prefix="JOBSVC_", env_ignore_empty=True, frozen=True, extra="ignore")

    tokens: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Allowed callers: `name:sha256`, comma-separated, as `jobsvc token NAME` prints them: administrators, or "
        "with a role as `name:viewer:sha256` (docs/access.md).",
    )
    require_credentials: bool = Field(
        default=False,
        description="Let in nobody without credentials, also where no other setting asks for them: when all tokens are in the "
        "database (`jobsvc tokens make`).",
    )
    public_read: bool = Field(
        default=False,
        description="Let callers without credentials read what a viewer may read, logs and files included.",
    )
    oidc_issuer: str | None = Field(
        None,
        description="Provider of identities (OpenID Connect) whose tokens are believed, as `https://id.example.com/realms/main`: "
        "exactly what they say in `iss`. Its keys are read below it. Not set: none is.",
    )
    oidc_audience: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="What tokens of the provider have to say in `aud`, comma-separated: one of these."
    )
    oidc_algorithms: Annotated[tuple[Algorithm, ...], NoDecode] = Field(
        ("RS256", "PS256", "ES256", "EdDSA", "Ed25519"), description="How such tokens may be signed, comma-separated."
    )
    oidc_leeway_seconds: int = Field(
        30, ge=0, le=300, description="How far the clocks of the provider and of this host may be apart, in seconds."
    )
    oidc_name_claim: str = Field(
        "preferred_username", min_length=1, description="Claim that is the caller's name; where it is missing, `sub` is."
    )
    oidc_roles_claim: str = Field(
        "roles", min_length=1, description="Claim whose values `JOBSVC_OIDC_ROLES` names; with dots where it lies within others."
    )
    oidc_roles: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Roles by values of that claim, comma-separated, as `jobsvc-admins=admin,staff=viewer`; with "
        "`team=submitter:word-count+echo` for these job types alone.",
    )
    oidc_default_role: Literal["viewer", "submitter", "operator", "admin"] | None = Field(
        None, description="Role of callers that have none of these values. Not set: they may do nothing."
    )
    oidc_client_id: str | None = Field(
        None,
        description="As what the console is known to the provider, so that people can sign in there; it sends them back to "
        "`/console/sign-in/oidc/back/`. Not set: they sign in with a token.",
    )
    oidc_client_secret: str | None = Field(
        None, repr=False, description="Secret of that client. Not set: it is a public one, which PKCE protects alone."
    )
    oidc_scopes: str = Field(
        "openid profile", description="What the console asks the provider for, separated by blanks: `openid` at least."
    )
    oidc_ca_certs: FilePath | None = Field(
        None, description="File with the certificates that vouch for the provider. Not set: those that are known publicly."
    )

    proxy_user_header: str | None = Field(
        None,
        description="Header in which a gateway of `JOBSVC_TRUSTED_PROXIES` says who calls, as `X-Forwarded-User`; it has to "
        "take the header away from what clients send. Not set: no header counts.",
    )
    proxy_roles_header: str | None = Field(
        None, description="Header in which it says groups or roles of the caller, comma-separated, as `X-Forwarded-Groups`."
    )
    proxy_roles: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Roles by these values, written as `JOBSVC_OIDC_ROLES` is."
    )
    proxy_default_role: Literal["viewer", "submitter", "operator", "admin"] | None = Field(
        None, description="Role of callers that have none of these values. Not set: they may do nothing."
    )

    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins whose web pages may call the API from a browser, comma-separated, as `https://jobs.example.com`; "
        "`*` is all, where credentials are needed (docs/access.md#pages-of-other-origins). Not set: the service's own alone.",
    )
    rate_limit: int = Field(
        0,
        ge=0,
        description="How many requests one caller may send in a minute, to one process of the API; more are answered 429. "
        "0: any number.",
    )
    wrong_tokens_limit: int = Field(
        60,
        ge=0,
        description="How many wrong tokens may come from one address in a minute, to one process; tokens that were not right "
        "before are then answered 429 without a look at them. 0: any number.",
    )

    @field_validator("tokens")
    @classmethod
    def _named_digests(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(TOKEN.fullmatch(entry) for entry in value):
            raise ValueError("each entry must be name:sha256, as `jobsvc token NAME` prints it, or name:role:sha256")
        return value

    @field_validator("tokens", "oidc_audience", "oidc_algorithms", "oidc_roles", "proxy_roles", "cors_origins", mode="before")
    @classmethod
    def _split_access(cls, value: object) -> object:
        return split(value)

    @field_validator("oidc_issuer")
    @classmethod
    def _is_private(cls, value: str | None) -> str | None:
        if value is not None and not is_private_url(value):
            raise ValueError("must be https://host, or http:// to this host alone")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        origins = tuple(entry if entry == ANY_ORIGIN else origin_of(entry) for entry in value)
        if None in origins:
            raise ValueError("each entry must be an origin as https://jobs.example.com or http://localhost:3000, without a path")
        return tuple(filter(None, origins))

    @field_validator("proxy_user_header", "proxy_roles_header")
    @classmethod
    def _are_headers(cls, value: str | None) -> str | None:
        if value is not None and (not HEADER.fullmatch(value) or value.lower() in TAKEN_HEADERS):
            raise ValueError("must be the name of a header that has no other meaning")
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _has_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("must have openid, or the provider does not say who signs in")
        return value

    @field_validator("oidc_algorithms")
    @classmethod
    def _are_some(cls, value: tuple[Algorithm, ...]) -> tuple[Algorithm, ...]:
        if not value:
            raise ValueError("must name one at least")
        return value

    @field_validator("oidc_roles", "proxy_roles")
    @classmethod
    def _are_rules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(ROLE_RULE.fullmatch(entry) for entry in value):
            raise ValueError("each entry must be value=role or value=role:job-type+job-type; roles are viewer, submitter, ...")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("JOBSVC_OIDC_AUDIENCE: must be set with JOBSVC_OIDC_ISSUER: tokens for other services would do here")
        if self.oidc_issuer and not self.oidc_roles and not self.oidc_default_role:
            raise ValueError("JOBSVC_OIDC_ROLES: must be set with JOBSVC_OIDC_ISSUER, or JOBSVC_OIDC_DEFAULT_ROLE")
        if self.oidc_client_id and not self.oidc_issuer:
            raise ValueError("JOBSVC_OIDC_ISSUER: must be set with JOBSVC_OIDC_CLIENT_ID")
        if self.proxy_user_header and not self.proxy_roles and not self.proxy_default_role:
            raise ValueError("JOBSVC_PROXY_ROLES: must be set with JOBSVC_PROXY_USER_HEADER, or JOBSVC_PROXY_DEFAULT_ROLE")
        if ANY_ORIGIN in self.cors_origins and not self.needs_credentials:
            raise ValueError("JOBSVC_CORS_ORIGINS: must name origins, for without credentials every page could do everything")
        return self

    @property
    def needs_credentials(self) -> bool:
        """Whether callers have to say who they are; else everybody on this host may do everything."""
        return bool(self.tokens or self.oidc_issuer or self.proxy_user_header) or self.public_read or self.require_credentials


def split(value: object) -> object:
    """The parts of a text between its commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def origin_of(url: str) -> str | None:
    """The origin as a browser writes it, if the URL is one and nothing more."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    rest = parts.path + parts.query + parts.fragment
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc or rest:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" if port in {None, DEFAULT_PORTS[parts.scheme]} else f"{parts.scheme}://{host}:{port}"


def is_private_url(url: str) -> bool:
    """Whether what is asked of an address nobody on the way can read or change."""
    try:
        parts = urlsplit(url)
        is_https = parts.scheme == "https" and bool(parts.hostname)
        return is_https or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ip_address(host).is_loopback

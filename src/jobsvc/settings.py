"""All settings: environment variables `JOBSVC_*`, read once and passed on.

The descriptions are the documentation: docs/configuration.md is generated from them.
"""

import difflib
import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, FilePath, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode

from jobsvc.access_settings import split
from jobsvc.database_settings import DatabaseSettings
from jobsvc.storage_settings import StorageSettings

SERVER = re.compile(r"https?://(?:[^/@\s]*@)?(?:\[[0-9a-fA-F:.]+\]|[^/@:\s]+)(?::\d{1,5})?(?:/\S*)?")
AMOUNT = re.compile(r"[A-Za-z][\w.-]*=\d{1,12}(?:\.\d{1,6})?")


SECRETS = ("database_url", "database_direct_url", "tokens", "oidc_client_secret", "elasticsearch_url", "elasticsearch_api_key")
"""What may also lie in a file, which `JOBSVC_<NAME>_FILE` names, as containers are given secrets."""
Days = Annotated[int, Field(ge=0, le=36_500)]
OF_CLIENTS = {"JOBSVC_URL", "JOBSVC_TOKEN"}
"""What the command line reads that talks to a service."""


class SettingsProblem(ValueError):
    """A variable cannot be used; the text names it."""


class Settings(DatabaseSettings, StorageSettings):
    """Frozen settings of one process."""

    database_url: str | None = Field(
        None,
        repr=False,
        description="PostgreSQL 15 or newer, as `postgresql://user:password@host/db`. Not set: the embedded server.",
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("jobsvc"),
        description="Where the embedded database, uploads, outputs and scratch files of jobs live.",
    )
    host: str = Field(
        "127.0.0.1",
        description="Address that the API listens on: `::` is all of IPv6 and IPv4. Anything but loopback needs `JOBSVC_TOKENS`.",
    )
    port: int = Field(8000, ge=1, le=65535, description="Port that the API listens on.")
    health_host: str = Field(
        "127.0.0.1", description="Address of `JOBSVC_HEALTH_PORT`; beyond loopback, only in a network of the installation's own."
    )
    health_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port where a worker answers `/livez`, `/readyz` and `/metrics`, to everybody who reaches it. "
        "Not set: nowhere. The API answers them on its own port.",
    )
    processes: int = Field(
        1,
        ge=1,
        le=64,
        description="How many processes of `jobsvc serve` and `jobsvc up` answer requests: one for each core that they may use. "
        "Each has `JOBSVC_DATABASE_POOL` connections of its own; those of clients are shared out among them.",
    )
    root_path: str = Field("", description="Path prefix under which a gateway publishes the service, for example `/api`.")
    slots: int = Field(4, ge=1, le=10_000, description="How many executions one worker runs at a time.")
    engines: Annotated[tuple[str, ...], NoDecode] = Field(
        ("subprocess",),
        description="The engines that a worker serves, comma-separated: `subprocess`, `docker`, `slurm`, `kubernetes`; each with "
        "`:N` for its own number of slots.",
    )
    engine: str = Field(
        "subprocess", description="The engine of job types that name none; the same for all workers of an installation."
    )
    allow_subprocess: bool = Field(
        default=False,
        description="Let a service that others reach run jobs with the engine `subprocess`, which is no wall around them.",
    )
    subprocess_users: str = Field(
        "auto",
        pattern=r"^(auto|same|\d{1,9}-\d{1,9})$",
        description="Ids of users, as `60600-61183`, of whom each job of a worker that is root is one of its own. `auto`: those, "
        "where they can reach the interpreter; `same`: jobs are the worker's user.",
    )
    subprocess_dir: Path | None = Field(
        None,
        description="Where jobs of `subprocess` have their directories. Not set: in the data directory, or in `/var/lib/jobsvc` "
        "where they have users of their own, who cannot reach that.",
    )
    subprocess_processes: int = Field(
        512, ge=1, description="How many processes and threads a job with a user of its own may have."
    )
    docker_url: str | None = Field(
        None, description="Socket of Docker or Podman, as `unix:///run/docker.sock`. Not set: where their own tools look."
    )
    docker_pull: Literal["missing", "always", "never"] = Field("missing", description="When images are pulled.")
    docker_pull_seconds: float = Field(600, ge=1, description="How long pulling an image may take.")
    docker_auth_file: FilePath | None = Field(
        None, description="File with the credentials of registries, as `docker login` writes it (`auths`)."
    )
    docker_network: str = Field("none", description="Network of containers, unless their job type names one.")
    docker_user: str = Field(
        "",
        description="User and group in containers, unless their job type names them. Empty: `65534:65534`, or those of a worker "
        "that is not root. With rootless Podman `0:0` is the worker's user.",
    )
    docker_pids: int = Field(512, ge=1, description="How many processes a container may have.")
    slurm_partition: str | None = Field(None, description="Partition of Slurm jobs, unless their job type names one.")
    slurm_account: str | None = Field(None, description="Account of Slurm jobs, unless their job type names one.")
    slurm_qos: str | None = Field(None, description="Quality of service of Slurm jobs, unless their job type names one.")
    slurm_constraint: str | None = Field(None, description="Constraint of Slurm jobs, unless their job type names one.")
    slurm_podman: str | None = Field(
        None,
        description="Podman on the nodes, as `podman`: job types run in their images. Not set: commands run on the node.",
    )
    slurm_arguments: Annotated[tuple[str, ...], NoDecode] = Field((), description="Arguments of `sbatch`, comma-separated.")
    slurm_url: str | None = Field(
        None,
        pattern="^(https?://.|unix:///).*",
        description="Slurm's REST service `slurmrestd`, as `http://slurm.example.com:6820` or `unix:///run/slurmrestd.sock`. "
        "Not set: `sbatch`, `squeue` and `scancel`.",
    )
    slurm_user: str | None = Field(None, description="Whose token that for the REST service is. Not set: the worker's user.")
    slurm_token: str | None = Field(None, repr=False, description="Token (JWT) for the REST service.")
    slurm_token_file: Path | None = Field(
        None, description="File with that token, as `scontrol token` prints it; read for each request, so it can be renewed."
    )
    lease_seconds: float = Field(
        30, ge=1, le=3600, description="A worker without a heartbeat for this long has lost its executions."
    )
    drain_seconds: float = Field(
        30,
        ge=0,
        description="How long a stopping worker waits for its executions before it hands them back.",
    )
    grace_seconds: float = Field(5, ge=0, description="Time between TERM and KILL for a job's processes.")
    cancel_seconds: float = Field(
        60, ge=1, description="A cancel that no worker confirms within this time is carried out without it."
    )
    retry_seconds: float = Field(
        15,
        ge=0,
        le=3600,
        description="How long a job waits that an error of the system has failed, before it is tried again: after the first "
        "try; then twice as long each time, up to 15 minutes, and up to a quarter longer by chance. 0: not at all.",
    )
    spool_mib: int = Field(
        1024, ge=1, description="MiB of its log that one execution keeps on the worker's disk while the log store is away."
    )
    resources: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="What a worker's host has for jobs that run on it, comma-separated, as `gpus=2,mem=64000,licenses=3`: in "
        "place of the cores, memory and disk (MiB) that it finds, or beside them. Jobs that need more are not begun there.",
    )
    min_free_mib: int = Field(
        64,
        ge=0,
        description="A worker claims nothing while the disk of its scratch directory or of its spool has less room, in MiB; "
        "of engines but subprocess it stops the run that takes most of such a disk. 0: it does not look.",
    )
    max_log_bytes: int = Field(
        2**30,
        ge=1,
        description="Bytes that one execution may log, unless `max_log_bytes` in its job type's configuration says otherwise; "
        "what follows is counted and dropped.",
    )
    elasticsearch_url: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        repr=False,
        description="Elasticsearch 8 or 9 that keeps log lines, as `https://user:password@host:9200`; several servers of one "
        "cluster comma-separated. Not set: PostgreSQL keeps them.",
    )
    elasticsearch_api_key: str | None = Field(
        None, repr=False, description="API key for Elasticsearch, encoded as it was given out; instead of user and password."
    )
    elasticsearch_ca_certs: FilePath | None = Field(
        None, description="File with the certificates that vouch for Elasticsearch. Not set: those that the host trusts."
    )
    log_index: str = Field(
        "scalelogs",
        pattern="^[a-z0-9][a-z0-9_-]{0,29}$",
        description="What indices of log lines are called in front of their day. Logs are also read from `logstash-*`.",
    )
    log_retention_days: Days = Field(
        90, description="How long lines of ended executions are kept, in days, unless their type says; 0: as long as their jobs."
    )
    job_retention_days: Days = Field(
        365, description="How long ended jobs are kept, in days, unless their type says; 0: for ever."
    )
    failed_job_retention_days: Days | None = Field(None, description="The same for failed jobs. Not set: like the others.")
    product_retention_days: Days = Field(
        0, description="How long products, and jobs with them, are kept; 0: products stay for ever."
    )
    purge_pause_seconds: float = Field(
        0.1, ge=0, le=60, description="How long a purge rests at least between some jobs and the next; 0: never."
    )
    idempotency_key_days: Days = Field(
        7, description="How long an `Idempotency-Key` is remembered, in days; after that it makes a new job. 0: for ever."
    )
    audit_retention_days: int = Field(
        90, ge=0, description="How long it is kept who changed what (`/v6/audit/`), in days; 0: for ever."
    )
    event_retention_days: int = Field(30, ge=0, description="How long events are kept, in days; 0: for ever.")
    webhook_private: bool = Field(
        default=False,
        description="Let webhooks be at addresses that are not public (private, loopback, link-local), and without TLS.",
    )
    bulk_require_filter: bool = Field(default=False, description="Refuse cancel and requeue requests without any filter.")
    v6_log_json: Literal["records", "elasticsearch"] = Field(
        "records", description="Form of v6 logs in JSON: the documented array of records, or the answer of a search."
    )
    database_pool: int = Field(10, ge=2, le=200, description="Connections to PostgreSQL that one process opens at most.")
    list_seconds: float = Field(
        2,
        ge=0,
        le=600,
        description="How long a list may take that no index serves, as one of many filters in an unusual order, before it is "
        "refused with 503. 0: any time.",
    )
    max_body_bytes: int = Field(10 * 2**20, ge=1024, description="Largest JSON request body, in bytes (uploads are not limited).")
    max_connections: int = Field(1000, ge=10, le=100_000, description="Connections of clients that the API holds open at most.")
    stop_seconds: int = Field(
        3, ge=1, le=3600, description="How long requests that are under way have to end, in seconds, when the API is stopped."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of gateways, comma-separated, whose `Forwarded`, `X-Forwarded-*`, "
        "`X-Request-Id` and `traceparent` headers are believed, for example `10.0.0.0/8`.",
    )
    access_log: Literal["off", "errors", "all"] = Field(
        "all",
        description="Which requests the API writes to its log, a line each: none, those that are refused or fail, or all; probes "
        "are no requests.",
    )
    log_format: Literal["text", "json"] = Field("text", description="How the service's own log is written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level of the service's own log.")

    @field_validator("database_url", "database_direct_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"postgres(ql)?(\+asyncpg)?://", value):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("elasticsearch_url")
    @classmethod
    def _is_elasticsearch(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(SERVER.fullmatch(url) and int(urlsplit(url).port or 1) for url in value):
            raise ValueError("must be http://host:port or https://host:port")
        return value

    @field_validator("log_index")
    @classmethod
    def _is_ours(cls, value: str) -> str:
        if value == "logstash":
            raise ValueError("must be another name than that of what collectors write: old indices are deleted")
        return value

    @field_validator(
        "elasticsearch_url",
        "trusted_proxies",
        "engines",
        "slurm_arguments",
        "resources",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return split(value)

    @field_validator("resources")
    @classmethod
    def _are_amounts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(AMOUNT.fullmatch(entry) for entry in value):
            raise ValueError("each entry must be name=amount, as gpus=2")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            try:
                ip_network(entry)
            except ValueError as exc:
                raise ValueError(f"each entry must be an address or a network such as 10.0.0.0/8 ({exc})") from None
        return value

    @field_validator("data_dir", "subprocess_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @field_validator("subprocess_users")
    @classmethod
    def _are_users(cls, value: str) -> str:
        first, _, last = value.partition("-")
        if last and not 0 < int(first) <= int(last):
            raise ValueError("must be the first and the last of several ids, none of them 0")
        return value

    @model_validator(mode="after")
    def _has_a_pooler(self) -> Self:
        if self.database_direct_url and not self.database_url:
            raise ValueError("JOBSVC_DATABASE_URL: must be set with JOBSVC_DATABASE_DIRECT_URL, to the URL of the pooler")
        return self

    @model_validator(mode="after")
    def _has_a_gateway(self) -> Self:
        if self.proxy_user_header and not self.trusted_proxies:
            raise ValueError("JOBSVC_TRUSTED_PROXIES: must be set with JOBSVC_PROXY_USER_HEADER, for it counts from these alone")
        return self

    def as_environment(self) -> dict[str, str]:
        """The variables that give another process the same settings."""
        values = self.model_dump(exclude_none=True, mode="json")
        texts = {name: ",".join(value) if isinstance(value, list | tuple) else str(value) for name, value in values.items()}
        return {f"JOBSVC_{name.upper()}": text for name, text in texts.items()}

    @property
    def resource_amounts(self) -> dict[str, float]:
        """The amounts of `resources` by their names in lower case."""
        pairs = (entry.partition("=") for entry in self.resources)
        return {name.lower(): float(amount) for name, _, amount in pairs}

    @property
    def scratch_dir(self) -> Path:
        """Where executions run, unless the users of jobs cannot reach it."""
        return self.subprocess_dir or self.data_dir / "scratch"

    @property
    def runs_dir(self) -> Path:
        """Where runs have their directories that outlive their worker."""
        return self.data_dir / "runs"

    @property
    def spool_dir(self) -> Path:
        """Where lines wait for the log store."""
        return self.data_dir / "spool"


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        SettingsProblem: The text names what is wrong in one line.
    """
    try:
        return Settings(**_secrets_in_files(os.environ))
    except ValidationError as exc:
        wrong = exc.errors(include_url=False)
        raise SettingsProblem("; ".join(map(_sentence, wrong))) from None


def _sentence(problem: Mapping[str, Any]) -> str:
    """What is wrong with a variable; what does not fit together names its variables itself."""
    text = str(problem["msg"]).removeprefix("Value error, ")
    return f"JOBSVC_{str(problem['loc'][0]).upper()}: {text}" if problem["loc"] else text


def _secrets_in_files(environment: Mapping[str, str]) -> dict[str, Any]:
    """The contents of the files that variables name, but for what is set itself."""
    result = {}
    for name in SECRETS:
        variable = f"JOBSVC_{name.upper()}"
        file = environment.get(f"{variable}_FILE")
        if file and not environment.get(variable):
            try:
                # As some editors write it: a mark of its encoding would become a part of the secret.
                result[name] = Path(file).read_text(encoding="utf-8-sig").strip()
            except (OSError, UnicodeDecodeError) as exc:
                reason = exc.strerror if isinstance(exc, OSError) else "it is no text"
                raise SettingsProblem(f"{variable}_FILE: {file} cannot be read ({reason})") from None
            if not result[name]:
                raise SettingsProblem(f"{variable}_FILE: {file} is empty")
    return result


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable `JOBSVC_*` that is no setting, with the closest name."""
    known = {f"JOBSVC_{name.upper()}" for name in Settings.model_fields} | OF_CLIENTS
    known |= {f"JOBSVC_{name.upper()}_FILE" for name in SECRETS}
    tests = ("JOBSVC_TEST_", "JOBSVC_REQUIRE_")
    unknown = sorted(
        name for name in environment if name.startswith("JOBSVC_") and not name.startswith(tests) and name not in known
    )
    return [f"{name} is no setting{_closest(name, known)}." for name in unknown]


def _closest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, 1, cutoff=0.8)
    return f": {close[0]} is" if close else ""

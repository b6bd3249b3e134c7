"""Settings of the way to the database, beside its URL."""

from typing import Literal

from pydantic import Field

from jobsvc.kubernetes_settings import KubernetesSettings


class DatabaseSettings(KubernetesSettings):
    """How the database is reached."""

    database_direct_url: str | None = Field(
        None,
        repr=False,
        description="The same database without the pooler (PgBouncer) that `JOBSVC_DATABASE_URL` leads to, for what needs a "
        "session of its own: being woken, and migrations. Not set: there is no pooler.",
    )
    migrate: Literal["auto", "wait", "never"] = Field(
        "auto",
        description="What a process does at its start whose database has an older schema: `auto` brings it to the newest one, "
        "`wait` waits until `jobsvc migrate` has done so, not ready meanwhile, `never` ends with a sentence.",
    )

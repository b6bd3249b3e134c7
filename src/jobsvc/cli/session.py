"""Which service a command talks to."""

import os
from dataclasses import dataclass

import typer

from jobsvc.cli.codes import UsageProblem
from jobsvc.client import Client


@dataclass(frozen=True)
class Session:
    """What the global options say."""

    url: str
    token: str | None

    def connect(self) -> Client:
        """A client of the service.

        Raises:
            UsageProblem: For a token that cannot be one.
        """
        try:
            return Client(self.url, self.token)
        except ValueError as exc:
            raise UsageProblem(f"--token: {exc}") from exc


def default_url() -> str:
    """Where a service answers that `jobsvc up` started on this host."""
    return f"http://127.0.0.1:{os.environ.get('JOBSVC_PORT') or 8000}"


def connect(context: typer.Context) -> Client:
    """A client of the service that the global options name."""
    session: Session = context.obj
    return session.connect()

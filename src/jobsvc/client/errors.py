"""What a call of the client raises."""


class ClientError(Exception):
    """Base of both; its text is a sentence for people."""


class ApiError(ClientError):
    """The service refused or failed: the HTTP status, and what it says (`detail`)."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class ServiceUnreachable(ClientError):
    """No service answers at `url`; `reason` says how that showed."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no service answers at {url} ({reason})")
        self.url = url
        self.reason = reason


class NotFinal(ClientError):
    """A job was waited for longer than the caller wanted to; it goes on."""

    def __init__(self, job_id: int, status: str) -> None:
        super().__init__(f"job {job_id} is still {status}")
        self.job_id = job_id
        self.status = status

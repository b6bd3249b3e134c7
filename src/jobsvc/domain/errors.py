"""What can go wrong, in the words of the domain: there is no HTTP in here (`api/errors.py` maps each class to a status)."""


class JobsvcError(Exception):
    """Base of every error that a caller may see; `detail` is a sentence for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(JobsvcError):
    """The request itself cannot be understood or is not allowed; the text names the member."""


class NotFound(JobsvcError):
    """A thing that the request names by its id does not exist."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"{what} {key} does not exist.")


class Forbidden(JobsvcError):
    """The caller is known, and may not do this."""


class InvalidToken(JobsvcError):
    """A token that a provider of identities is said to have signed cannot be believed; the text says what is wrong with it."""


class IdentityUnavailable(JobsvcError):
    """The provider of identities cannot be reached, or does not answer as one."""


class InvalidPage(JobsvcError):
    """The page lies outside of the result."""

    def __init__(self) -> None:
        super().__init__("Invalid page.")


class PositionExpired(JobsvcError):
    """Events behind a position were dropped, for they are too old; from `earliest` on there are all."""

    def __init__(self, earliest: int) -> None:
        super().__init__(f"after: events behind this position are not kept any more; the earliest position is {earliest}.")
        self.earliest = earliest


class Conflict(JobsvcError):
    """The request conflicts with the stored state."""


class IdempotencyMismatch(JobsvcError):
    """An idempotency key was used before with another request body."""


class LeaseLost(JobsvcError):
    """The execution is not the caller's any more: its lease expired or its job was canceled meanwhile."""


class LogsUnavailable(JobsvcError):
    """The log store cannot be reached; jobs are not affected."""


class ImagesUnavailable(JobsvcError):
    """The container runtime that has the images cannot be reached, or is too slow."""


class DatabaseUnavailable(JobsvcError):
    """PostgreSQL cannot be reached, or says no to what it will say yes to later: it is read-only, or its disk is full."""


class DatabaseBusy(DatabaseUnavailable):
    """PostgreSQL broke off one statement, for a lock, a deadlock or its time; others may do meanwhile."""


class StorageFailure(JobsvcError):
    """A workspace's directory cannot be read or written."""


class StorageUnavailable(StorageFailure):
    """The object store of a workspace cannot be reached, or does not answer as one; the same may work later."""

"""Who changes things at this moment, for the events of what is changed: noted once, where a request comes in."""

from contextvars import ContextVar

ACTOR: ContextVar[str | None] = ContextVar("actor", default=None)
"""The name of the user whose request is carried out; None: the service does something by itself."""

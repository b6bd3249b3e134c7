"""Where in a request a connection is."""

from enum import Enum, auto


class Phase(Enum):
    """What of a request comes next."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()

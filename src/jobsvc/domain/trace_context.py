"""Which trace a request, a job and its process belong to: the two texts of W3C Trace Context, by the names of their headers."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import TypeAlias

TraceContext: TypeAlias = Mapping[str, str]
"""`traceparent` and, perhaps, `tracestate`; empty where there is no trace."""
PARENT, STATE = "traceparent", "tracestate"
NO_TRACE: TraceContext = MappingProxyType({})
TRACE: ContextVar[TraceContext] = ContextVar("trace", default=NO_TRACE)
"""That of the request or execution at this moment: noted once, where it begins, and kept with the jobs that a request makes."""
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
"""Of level 1; later versions may be longer."""
_LONGEST_PARENT = 256
_STATE = re.compile(r"[\x20-\x7e]{1,512}")


def trace_context(parent: object, state: object = None) -> TraceContext:
    """What comes from elsewhere as a trace; empty when it is none. A state that is none is left out."""
    if not isinstance(parent, str) or len(parent) > _LONGEST_PARENT or not _PARENT.fullmatch(parent):
        return {}
    return {PARENT: parent, STATE: state} if isinstance(state, str) and _STATE.fullmatch(state) else {PARENT: parent}


def stored_trace(document: object) -> TraceContext:
    """What is stored with a job, which may have been imported with anything."""
    return trace_context(document.get(PARENT), document.get(STATE)) if isinstance(document, dict) else {}


def trace_id(trace: TraceContext) -> str | None:
    """What the trace is called: 32 hexadecimal digits."""
    return trace[PARENT][3:35] if trace else None


def trace_variables(trace: TraceContext) -> dict[str, str]:
    """The variables of a process that belongs to the trace."""
    return {name.upper(): value for name, value in trace.items()}

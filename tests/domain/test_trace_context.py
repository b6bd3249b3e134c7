"""What is taken for a trace, and what a process is told of it."""

import pytest

from jobsvc.domain.trace_context import stored_trace, trace_context, trace_id, trace_variables

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{ID}-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("document", "trace"),
    [
        ({"traceparent": PARENT}, {"traceparent": PARENT}),
        ({"traceparent": PARENT, "tracestate": "a=1"}, {"traceparent": PARENT, "tracestate": "a=1"}),
        ({"traceparent": PARENT, "tracestate": "a\nb"}, {"traceparent": PARENT}),
        ({"traceparent": PARENT, "tracestate": 1}, {"traceparent": PARENT}),
        ({"traceparent": PARENT, "tracestate": "a" * 513}, {"traceparent": PARENT}),
        ({"traceparent": f"cc{PARENT[2:]}-{'x' * 300}"}, {}),
        ({"traceparent": PARENT.upper()}, {}),
        ({"traceparent": f"ff{PARENT[2:]}"}, {}),
        ({"traceparent": [PARENT]}, {}),
        ({"tracestate": "a=1"}, {}),
        ("text", {}),
        (None, {}),
    ],
)
def test_only_what_is_a_trace_is_taken(document: object, trace: dict[str, str]) -> None:
    assert stored_trace(document) == trace


def test_a_process_is_told_of_its_trace() -> None:
    trace = trace_context(PARENT, "a=1")
    assert trace_id(trace) == ID
    assert trace_variables(trace) == {"TRACEPARENT": PARENT, "TRACESTATE": "a=1"}
    assert trace_id({}) is None

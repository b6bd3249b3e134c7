"""Where the API takes calls."""

import socket

import pytest

from jobsvc.stack.listening import StackProblem, listen
from tests.parts.ports import free_ports


@pytest.mark.parametrize("caller", ["127.0.0.1", "::1"])
def test_all_addresses_of_ipv6_are_those_of_ipv4_too(caller: str) -> None:
    port = free_ports(1)[0]
    sockets = listen("::", port)
    try:
        with socket.create_connection((caller, port), timeout=10) as call:
            assert call.getpeername()[:2] == (caller, port)
    finally:
        for listening in sockets:
            listening.close()


def test_a_port_that_one_kind_of_address_has_taken_is_refused() -> None:
    port = free_ports(1)[0]
    with socket.create_server(("0.0.0.0", port)), pytest.raises(StackProblem, match=f"Port {port} of :: cannot be used"):  # noqa: S104
        listen("::", port)

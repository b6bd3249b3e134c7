"""A request that asks for another protocol, as one that does not."""

from collections.abc import Iterable
from typing import Any

import httptools

SWITCHING = frozenset({b"upgrade", b"http2-settings"})


def parser_of(protocol: Any) -> httptools.HttpRequestParser:
    """A parser that calls the protocol, made as uvicorn makes its own."""
    parser = httptools.HttpRequestParser(protocol)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def without_upgrade(parser: httptools.HttpRequestParser, url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The head of the request that a parser has read, to be parsed again."""
    lines = [b"%b %b HTTP/%b" % (parser.get_method(), url, parser.get_http_version().encode())]
    lines += [b"%b: %b" % header for header in headers if header[0] not in SWITCHING]
    return b"\r\n".join([*lines, b"", b""])

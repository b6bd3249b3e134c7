"""Reading a log on: `started` is inclusive, so every answer repeats what was read at its instant."""

import json
from http.server import BaseHTTPRequestHandler

from jobsvc.client import Client

from .support import serving

T1, T2 = "2024-05-06T12:00:00.000001Z", "2024-05-06T12:00:00.000002Z"
Line = tuple[str, int]


def test_each_line_is_read_once_though_lines_share_an_instant() -> None:
    written: list[Line] = [(T1, 1), (T1, 2)]
    later: list[list[Line]] = [[(T1, 3)], [(T1, 4), (T2, 5)], [(T2, 6)]]

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, str]:
        since = T2 if "000002Z" in request.path else T1 if "started=" in request.path else ""
        found = [{"@timestamp": time, "scale_order_num": number} for time, number in written if time >= since]
        written.extend(later.pop(0) if later else [])
        return 200, json.dumps(found)

    with serving(answer) as url, Client(url) as client:
        assert [line["scale_order_num"] for line in client.logs.lines(1)] == [1, 2, 3, 4, 5, 6]

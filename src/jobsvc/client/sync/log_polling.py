"""Reading a log on by asking again and again, where there is no stream."""

from typing import TYPE_CHECKING

from jobsvc.client.models import LogLine

if TYPE_CHECKING:
    from jobsvc.client.sync.transport import Transport


class LogPolling:
    """Reads one log on from where it stopped."""

    def __init__(self, http: "Transport", path: str) -> None:
        self._http = http
        self._path = path
        self._since: str | None = None
        self._seen: set[int] = set()

    def read(self) -> list[LogLine]:
        """The lines that were not read before. `started` is inclusive, so lines of the last instant come again."""
        record: list[LogLine] = self._http.get(self._path, {"started": self._since, "format": "json"}) or []
        new = [line for line in record if line["@timestamp"] != self._since or line["scale_order_num"] not in self._seen]
        if new:
            since = new[-1]["@timestamp"]
            same_instant = {line["scale_order_num"] for line in new if line["@timestamp"] == since}
            self._seen = same_instant | (self._seen if since == self._since else set())
            self._since = since
        return new

"""The private PostgreSQL of a machine that has none.

One server a data directory, shared by every process that names it, reachable through a Unix socket only:
`EmbeddedPostgres(data_dir).start()` returns the URL. The first process owns the server, the others join it, and
`ensure()` lets any of them take over when the owner is gone. However the owner ends, its server ends with it.
"""

from jobsvc.embedded.errors import EmbeddedUnavailable
from jobsvc.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedUnavailable"]

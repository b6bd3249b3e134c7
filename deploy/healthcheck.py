"""Whether what runs in this container is ready: the API at its port, or a worker at that of its health (exit code 0 or 1).

The last line says what it answered. A container that runs neither, as `jobsvc migrate`, is over before anybody asks.
"""

import os
import sys
import urllib.error
import urllib.request

# Never through a proxy of the environment.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
SECONDS = 4


def main() -> int:
    """Ask; the exit code."""
    says = "neither an API nor a worker listens here"
    for port in (os.environ.get("JOBSVC_PORT") or "8000", os.environ.get("JOBSVC_HEALTH_PORT") or "8001"):
        try:
            with OPENER.open(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS) as answer:
                return _end(answer.read().decode(), 0)
        except urllib.error.HTTPError as error:
            says = error.read().decode()
        except OSError as error:
            # The port of the other kind, or nobody's yet.
            if not isinstance(error, urllib.error.URLError) or not isinstance(error.reason, ConnectionRefusedError):
                says = f"port {port}: {error}"
    return _end(says, 1)


def _end(says: str, code: int) -> int:
    sys.stdout.write(f"{says}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

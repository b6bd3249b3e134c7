"""CPU of the service and of PostgreSQL for a request, with 200,000 jobs: `python -m bench.list_jobs`."""

import argparse
import tempfile
from pathlib import Path

import httpx

from bench.service import Running, running

REQUESTS = {
    "page of 100": "/v6/jobs/",
    "page of 100, newest first": "/v6/jobs/?order=-last_modified",
    "page of 100, FAILED": "/v6/jobs/?status=FAILED",
    "page of 100, one type, by name": "/v6/jobs/?job_type_name=type-3",
    "page of 100, deep": "/v6/jobs/?page=1000",
    "nothing found": "/v6/jobs/?status=RUNNING",
    "details": "/v6/jobs/77/",
    "no database": "/v6/version/",
}


def measure(service: Running, path: str, count: int) -> tuple[float, float, int]:
    """CPU milliseconds of API and PostgreSQL for one request, and the size of its answer in bytes."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        size = len(client.get(path).raise_for_status().content)
        for _ in range(count // 10):
            client.get(path)
        api, postgres = service.cpu()
        for _ in range(count):
            client.get(path)
        api_after, postgres_after = service.cpu()
    return (api_after - api) / count * 1000, (postgres_after - postgres) / count * 1000, size


def main() -> None:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200_000)
    parser.add_argument("--count", type=int, default=200, help="requests of each kind")
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()) / "jobsvc-bench")
    chosen = parser.parse_args()
    with running(chosen.directory, chosen.jobs) as service:
        print(f"{'request':32} {'service ms':>10} {'postgres ms':>12} {'bytes':>8}")
        for name, path in REQUESTS.items():
            api, postgres, size = measure(service, path, chosen.count)
            print(f"{name:32} {api:10.2f} {postgres:12.2f} {size:8}")


if __name__ == "__main__":
    main()

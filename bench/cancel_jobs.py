"""How long 100,000 waiting jobs take to be canceled, and how the list answers meanwhile: `python -m bench.cancel_jobs`."""

import argparse
import tempfile
import time
from pathlib import Path

import httpx

from bench.service import Running, remove, running


def cancel_all(service: Running) -> None:
    """Cancel, watch, print."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        client.get("/v6/jobs/")
        before = service.resident_mib()
        cpu = service.cpu()
        begin = time.monotonic()
        location = client.post("/v6/jobs/cancel/", json={}).raise_for_status().headers["location"]
        waits, peak = [], before
        while (operation := client.get(location).json())["state"] != "COMPLETED":
            asked = time.monotonic()
            client.get("/v6/jobs/", params={"page_size": 20}).raise_for_status()
            waits.append(time.monotonic() - asked)
            peak = max(peak, service.resident_mib())
            time.sleep(0.05)
        seconds = time.monotonic() - begin
    api, postgres = (after - start for after, start in zip(service.cpu(), cpu, strict=True))
    print(f"{operation['done']} jobs canceled in {seconds:.1f} s ({operation['done'] / seconds:.0f} a second)")
    print(f"CPU: service {api:.1f} s, PostgreSQL {postgres:.1f} s; memory of the service +{peak - before:.0f} MiB")
    if waits:
        median, worst = sorted(waits)[len(waits) // 2] * 1000, max(waits) * 1000
        print(f"a page of the list meanwhile: median {median:.0f} ms, worst {worst:.0f} ms")


def main() -> None:
    """Load anew, for a cancel changes the data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()) / "jobsvc-bench-cancel")
    chosen = parser.parse_args()
    remove(chosen.directory)
    with running(chosen.directory, chosen.jobs, status="QUEUED") as service:
        cancel_all(service)
    remove(chosen.directory)


if __name__ == "__main__":
    main()

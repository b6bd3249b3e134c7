"""Whatever a service may have on its pages: what fails, waits and runs, odd names, long texts, files of all kinds.

For pictures of the pages, and for tests that look at all of them.
"""

import json
import struct
import zlib
from typing import Any

import httpx

from jobsvc.client import Client
from jobsvc.client.models import Data

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}} \u202e"
LONG = "a-very-long-name-without-any-place-to-break-it-" * 3
ODD_NAMES = ("line\nbreak.txt", "\u202egnp.exe", "<b>bold<i>.csv", "Übergröße 'quoted' \"double\".txt", LONG + ".bin")
SCRIPT = (
    "printf '\\033[31mred\\033[0m and \\033[1;32mgreen\\033[0m\\n' >&2; printf '<img src=x onerror=alert(1)>\\n'; "
    "printf '\\001\\002\\377\\n'; for i in 10 20 30 100; do printf 'done %3d%%\\r' $i; done; printf '\\nlast\\n'; exit 3"
)
MAP = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [13.4, 52.5]}},
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "Polygon", "coordinates": [[[-20, -10], [40, -10], [40, 30], [-20, 30], [-20, -10]]]},
        },
    ],
}
FAR = "2999-01-01T00:00:00Z"
KINDS = ("string", "integer", "number", "boolean", "object", "array")


def add_variety(client: Client, url: str) -> None:
    """What a service has that is not new any more; the job type `countdown` has to be there."""
    odd = client.job_types.create(manifest("odd", SCRIPT, HOSTILE, json=[_input("TEXT", "string")]))["id"]
    kinds = [_input(kind.upper(), kind) for kind in KINDS]
    files = [
        {"name": "ONE", "required": False, "mediaTypes": ["text/plain"]},
        {"name": "MANY", "multiple": True, "required": False},
    ]
    every = client.job_types.create(manifest("every-input", "true", LONG, json=kinds, files=files))["id"]
    labels = {"project": "survey", "reviewed": "", "owner": "night shift"}
    failed = client.jobs.submit(odd, _json(TEXT=HOSTILE), labels=labels)["id"]
    client.jobs.wait(failed, max_wait=60)
    _add_jobs(client, client.job_types.get("countdown")["id"], every)
    _add_files(url)
    _add_rules(client)
    client.bulk.requeue({"job_ids": [failed]})
    client.bulk.cancel({"job_type_names": ["every-input"]})
    httpx.post(f"{url}/v6/tokens/", json={"name": "nightly", "role": "submitter", "job_types": ["odd"]}).raise_for_status()


def manifest(name: str, script: str, title: str, **inputs: Any) -> dict[str, Any]:
    """A job type that runs a script of the shell, and fails with `three` by its exit code 3."""
    quoted = script.replace("'", "'\\''")
    job = {
        "name": name,
        "jobVersion": "1.0.0",
        "packageVersion": "1.0.0",
        "title": title,
        "description": title,
        "maintainer": {"name": title, "email": "a@example.com"},
        "timeout": 300,
        "interface": {"command": f"sh -c '{quoted}'", "inputs": inputs},
        "errors": [{"code": 3, "name": f"{name}-three", "title": title, "description": title, "category": "data"}],
    }
    return {"seedVersion": "1.0.0", "job": job}


def _input(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "required": False}


def _json(**values: Any) -> Data:
    return {"files": {}, "json": values}


def _add_jobs(client: Client, countdown: int, every: int) -> None:
    """Jobs that wait for a time, for another one, that run, and one with an input of each kind."""
    later = client.jobs.submit(countdown, _json(SECONDS=0), not_before=FAR, labels={"project": "later"})
    client.jobs.submit(countdown, _json(SECONDS=0), after=[later["id"]])
    client.jobs.submit(countdown, _json(SECONDS=25))
    values = {"STRING": HOSTILE, "INTEGER": 7, "NUMBER": 0.5, "BOOLEAN": True, "OBJECT": {"long": LONG}, "ARRAY": list(range(60))}
    client.jobs.submit(every, _json(**values), not_before=FAR)


def _add_rules(client: Client) -> None:
    """A policy with all that one can have, and a webhook at whose address nobody is."""
    rules = [{"errors": ["timeout"], "max_tries": 2}, {"categories": ["SYSTEM"], "delay_seconds": 30, "another_node": True}]
    breaker = {"share": 0.5, "min_failures": 20, "window_seconds": 600, "open_seconds": 300, "probes": 3}
    client.retry_policies.set("calm", rules, "Gives a broken service time", budget={"share": 0.2}, breaker=breaker)
    client.job_types.change("odd", "1.0.0", retries={"policy": "calm"}, max_scheduled=3)
    client.webhooks.create("http://127.0.0.1:9/events", types=["job.failed"], description="Nobody is there")


def _add_files(url: str) -> None:
    """A map, a picture, a table, and files with odd names."""
    for name, content, media_type in (
        ("map.geojson", json.dumps(MAP).encode(), "application/geo+json"),
        ("picture.png", _picture(), "image/png"),
        ("table.csv", b"word,count\nthat,13\n<b>the</b>,11\n", "text/csv"),
        *((name, b"odd\n", "text/plain") for name in ODD_NAMES),
    ):
        query = {"file_name": name, "media_type": media_type}
        httpx.post(f"{url}/v6/files/upload/", params=query, content=content).raise_for_status()


def _picture() -> bytes:
    """A PNG of 64 by 64 grey pixels."""
    rows = b"".join(b"\0" + bytes((x * 4) % 256 for x in range(64)) for _ in range(64))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    packed = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)

"""Regenerates the reference pages from the code: `python scripts/make_docs.py [directory]`."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from jobsvc import metrics
from jobsvc.client import errors, models, queries, retention_models, webhook_models
from jobsvc.client.sync import Client
from jobsvc.client.sync.bulk import Bulk
from jobsvc.client.sync.files import Files
from jobsvc.client.sync.job_types import JobTypes
from jobsvc.client.sync.jobs import Jobs
from jobsvc.client.sync.logs import Logs
from jobsvc.client.sync.retention import Retention
from jobsvc.client.sync.retry_policies import RetryPolicies
from jobsvc.client.sync.webhooks import Webhooks
from jobsvc.client.sync.workspaces import Workspaces
from jobsvc.settings import SECRETS

METRICS_HEAD = """# Metrics

What `/metrics` shows, in the text format of Prometheus. The API serves it on its own port, to callers with the permission
`system:read` ([access](access.md)); a worker on `JOBSVC_HEALTH_PORT`, to everybody who reaches that. Whichever process of
`jobsvc serve --processes N` is asked shows all of them. The gauges that are read from the database (`of the installation`)
are the same whoever is asked, and five seconds old at most: take the `max` over instances of these, and the `sum` of the rest.
Names of job types are those with the hundred longest queues; the rest is `(others)`. Alerts are in
`deploy/prometheus/alerts.yml`, a dashboard for Grafana in `deploy/grafana/jobsvc.json`.

| metric | kind | labels | meaning |
| --- | --- | --- | --- |
"""
CONFIGURATION_HEAD = """# Configuration

Variables of the environment, read once at the start; `jobsvc settings` prints the table below. A variable `JOBSVC_*` that is no
setting is named in the log. Secrets may lie in files instead, which the same names with `_FILE` at their end name:
{secrets}.

"""
DOCS = Path(__file__).parents[1] / "docs"
RESOURCES = {
    "jobs": Jobs,
    "logs": Logs,
    "bulk": Bulk,
    "job_types": JobTypes,
    "retry_policies": RetryPolicies,
    "files": Files,
    "workspaces": Workspaces,
    "webhooks": Webhooks,
    "retention": Retention,
}
HEAD = """# The client in Python

It needs httpx and nothing else of jobsvc. `JOBSVC` is where the service answers, `http://127.0.0.1:8000` after `make up`.

```python
from jobsvc.client import Client

with Client(JOBSVC) as client:
    word_count = client.job_types.get("word-count")
    job = client.jobs.submit(word_count["id"], {"files": {}, "json": {}})
    for look in client.logs.follow(job["id"]):
        for line in look.lines:
            print(line["message"])
    print(client.jobs.wait(job["id"], max_wait=60)["status"])
```

`AsyncClient` is the same for asyncio: its calls are awaited, and what gives an iterator gives an asynchronous one.

```python
import asyncio

from jobsvc.client.aio import AsyncClient


async def requeue_failed() -> None:
    failed = {"status": "FAILED", "job_type_names": ["word-count"]}
    async with AsyncClient(JOBSVC) as client:
        preview = await client.bulk.preview_requeue(failed)
        operation_id = await client.bulk.requeue(failed, expected=preview["matched"])
        async for operation in client.bulk.watch(operation_id):
            print(operation["done"], "of", operation["matched"])


asyncio.run(requeue_failed())
```

The examples are executed by the tests (`tests/client`), the rest of this page is made of the docstrings by `make docs`.
"""


def make(target: Path) -> None:
    """Write all reference pages into a directory."""
    typer = Path(sys.executable).with_name("typer")
    command = [str(typer), "jobsvc.cli.app", "utils", "docs", "--name", "jobsvc", "--output", str(target / "cli.md")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    page = target / "cli.md"
    page.write_text(_in_full(page.read_text()))
    (target / "client.md").write_text("\n".join(_client()))
    (target / "metrics.md").write_text(_metrics())
    (target / "configuration.md").write_text(_configuration())


def _in_full(page: str) -> str:
    """The page of the command line with what it lists of each command not cut after some words."""
    said = dict(re.findall(r"^#+ `(jobsvc .+)`\n\n(.+)$", page, re.MULTILINE))
    sections = re.split(r"(?=^#+ `jobsvc.*`$)", page, flags=re.MULTILINE)
    return "".join(_listed(section, said) for section in sections)


def _listed(section: str, said: Mapping[str, str]) -> str:
    group = section.partition("`")[2].partition("`")[0]
    return re.sub(
        r"^\* `(\w[\w-]*)`: .*$", lambda result: f"* `{result[1]}`: {said[f'{group} {result[1]}']}", section, flags=re.MULTILINE
    )


def _configuration() -> str:
    jobsvc = Path(sys.executable).with_name("jobsvc")
    table = subprocess.run([str(jobsvc), "settings"], check=True, capture_output=True, text=True).stdout  # noqa: S603
    return CONFIGURATION_HEAD.format(secrets=", ".join(f"`JOBSVC_{name.upper()}`" for name in SECRETS)) + table


def _metrics() -> str:
    return METRICS_HEAD + "".join(_metric(*item) for item in sorted(metrics.described()))


def _metric(name: str, kind: str, labels: tuple[str, ...], text: str) -> str:
    of_whom = " of the installation" if name in metrics.OF_DATABASE else ""
    return f"| `{name}` | {kind}{of_whom} | {', '.join(f'`{label}`' for label in labels)} | {text} |\n"


def _client() -> Iterator[str]:
    yield HEAD
    yield from _class("Client", Client)
    for name, resource in RESOURCES.items():
        yield from _class(f"client.{name}", resource)
    yield "## Errors\n"
    yield from _described(errors, Exception)
    yield "## Objects\n"
    yield f"{inspect.getdoc(models)}\n"
    for module in (queries, models, webhook_models, retention_models):
        yield from _described(module, dict)


def _class(title: str, kind: type) -> Iterator[str]:
    yield f"## {title}\n"
    if kind is Client:
        yield f"```py\n{_call(title, kind)}\n```\n"
    yield f"{inspect.getdoc(kind)}\n"
    for name, method in vars(kind).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            yield f"### {name}\n\n```py\n{_call(f'{title}.{name}', method)}\n```\n\n{inspect.getdoc(method)}\n"


def _call(name: str, what: Callable[..., object]) -> str:
    """How something is called, types without the modules that they come from."""
    signature = str(inspect.signature(what)).replace("(self, ", "(").replace("(self)", "()").removesuffix(" -> None")
    signature = re.sub(r"<function .+? at 0x\w+>", "…", signature)
    signature = re.sub(r"\*<class '([\w.]+)'>", r"Unpack[\1]", signature)
    return name + re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", signature)


def _described(module: object, base: type) -> Iterator[str]:
    """The classes of a module: exceptions, or typed dictionaries with their members."""
    for name, kind in vars(module).items():
        is_described = inspect.isclass(kind) and kind.__module__ == getattr(module, "__name__", None)
        if is_described and issubclass(kind, base):
            members = ", ".join(f"`{member}`" for member in getattr(kind, "__annotations__", {}))
            about = inspect.cleandoc(vars(kind).get("__doc__") or "").replace("\n\n", " ")
            yield f"- **{name}**: {about}" + (f" Members: {members}." if members else "")
    yield ""


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)

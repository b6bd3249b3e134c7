"""Regenerates `jobsvc.client.queries` from the filters of the service: `python -m scripts.make_client_queries [file]`."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from jobsvc.api.v6.filters import JOB_BULK, JOB_LIST
from jobsvc.domain.filters import JobFilter

QUERIES = Path(__file__).parents[1] / "src" / "jobsvc" / "client" / "queries.py"
HEAD = '''"""Which jobs a request is about, as the filters of the service say it: `make client` regenerates this module.

What a member means stands beside its type.
"""

from typing import Annotated, TypedDict


class JobTypeName(TypedDict):
    """A job type by its name and version."""

    name: str
    version: str


'''
QUERY = '''class JobQuery(TypedDict, total=False):
    """Which jobs a list shows, and in which sequence: values of one member are OR-ed, members AND-ed.

    Times are ISO-8601 instants or durations before now (`PT1H`), compared with the last change of the job.
    """

'''
SELECTION = '''class JobSelection(TypedDict, total=False):
    """Which jobs a bulk operation is about; the same rules as for a list."""

'''
ORDER = '    order: Annotated[list[str], "Sort keys, descending with a dash in front."]\n'
JOB_TYPES = '    job_types: Annotated[list[JobTypeName], "Only jobs with these job types, by name and version."]\n'
PLAIN = {datetime: "str", bool: "bool", int: "int", str: "str"}


def make(target: Path = QUERIES) -> None:
    """Write the module."""
    target.write_text(text(JobFilter, JOB_LIST, JOB_BULK))
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "--quiet", target], check=True)  # noqa: S603


def text(spec: type[BaseModel], listed: Mapping[str, str], selected: Mapping[str, str]) -> str:
    """The module, for a filter and its spellings in the query of the list and in the bodies of bulk requests."""
    once = {field: wire for wire, field in reversed([*listed.items()])}
    query = "".join(_member(spec, wire, field, _of_query(spec, field)) for wire, field in listed.items() if once[field] == wire)
    selection = "".join(_member(spec, wire, field, _of_body(spec, wire, field)) for wire, field in selected.items())
    return f"{HEAD}{QUERY}{query}{ORDER}\n\n{SELECTION}{selection}{JOB_TYPES}"


def _member(spec: type[BaseModel], wire: str, field: str, kind: str) -> str:
    return f"    {wire}: Annotated[{kind}, {json.dumps(spec.model_fields[field].description)}]\n"


def _of_query(spec: type[BaseModel], field: str) -> str:
    kinds = list(_kinds(spec, field))
    return f"list[{PLAIN[kinds[1]]}]" if len(kinds) > 1 else f"{PLAIN[kinds[0]]} | None"


def _of_body(spec: type[BaseModel], wire: str, field: str) -> str:
    kinds = list(_kinds(spec, field))
    one = PLAIN[kinds[-1]]
    if len(kinds) == 1:
        return one
    return f"list[{one}]" if wire == field else f"{one} | list[{one}]"


def _kinds(spec: type[BaseModel], field: str) -> Iterator[Any]:
    """The type of a criterion without its None, and that of its values where it has many."""
    annotation = spec.model_fields[field].annotation
    kind = next(iter(get_args(annotation)), annotation)
    yield kind
    yield from get_args(kind)[:1]


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else QUERIES)

"""What the older generation reads of executions from documents, computed in SQL for lists to be ordered by it.

`domain.v3_tasks` and `domain.v3_resources` say the same for what is shown. Documents may have been imported: what
cannot be read there is null here, and no cast may fail.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import DateTime, Double, case, cast, func, literal_column, null
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

_ANY_YEAR = r"[12]\d{3}-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_LEAP_YEAR = r"([12]\d(0[48]|[2468][048]|[13579][26])|2000)-02-29"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)"
INSTANT = f"^({_ANY_YEAR}|{_LEAP_YEAR})[T ]{_TIME}$"
"""Timestamps that PostgreSQL is sure to take."""


def steps(results: Any, started: Any, exit_code: Any) -> dict[str, Any]:
    """When each step of an execution began and ended, and its exit code, by the name of the member that shows it."""
    tasks = {"pre": "pre", "job": "main", "post": "post"}
    result = {f"{step}_{name}": column for step, kind in tasks.items() for name, column in _step(results, kind).items()}
    is_over = func.coalesce(func.jsonb_typeof(results), "null") != "null"
    return result | {
        "job_started": case((is_over, result["job_started"]), else_=started),
        "job_exit_code": func.coalesce(result["job_exit_code"], exit_code),
    }


def scheduled(resources: Any, size: Any) -> dict[str, Any]:
    """What an execution was given, by the name of the member that shows it; null when its document does not say."""
    amounts = resources["resources"]
    says = func.jsonb_typeof(amounts) == "object"
    cpus, mem, disk = (_amount(says, amounts, name) for name in ("cpus", "mem", "disk"))
    read = func.least(func.coalesce(size, 0.0), disk)
    names = ("cpus_scheduled", "mem_scheduled", "disk_in_scheduled", "disk_out_scheduled", "disk_total_scheduled")
    columns = (cpus, mem, case((disk.is_not(None), read)), disk - read, disk)
    return dict(zip(names, columns, strict=True))


def _step(results: Any, kind: str) -> Mapping[str, Any]:
    """The last task of a kind."""
    path = literal_column(f"""CAST('$.tasks[*] ? (@.type == "{kind}")' AS jsonpath)""", JSONPATH)
    task = func.jsonb_path_query_array(results, path, type_=JSONB)[-1]
    return {"started": _instant(task["started"]), "completed": _instant(task["ended"]), "exit_code": _number(task["exit_code"])}


def _instant(value: Any) -> Any:
    text = value.astext
    return case((text.regexp_match(INSTANT), cast(text, DateTime(timezone=True))), else_=null())


def _number(value: Any) -> Any:
    return case((func.jsonb_typeof(value) == "number", cast(value, Double)), else_=null())


def _amount(says: Any, amounts: Any, name: str) -> Any:
    return case((says & (amounts != cast("{}", JSONB)), func.coalesce(_number(amounts[name]), 0.0)), else_=null())

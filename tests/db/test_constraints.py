"""The database has the last word: every CHECK and every unique key refuses a bad row."""

from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.db.rows import NOON, TABLES, add

CHECKS = [
    ("job", {"status": "DONE"}, "status"),
    ("job", {"status": "queued"}, "status"),
    ("job", {"status": "QUEUED"}, "num_exes_when_queued"),
    ("job", {"status": "RUNNING"}, "num_exes_when_queued"),
    ("job", {"max_tries": 0}, "max_tries"),
    ("job", {"is_superseded": True}, "superseded"),
    ("job", {"superseded": NOON}, "superseded"),
    ("job_type", {"max_tries": 0}, "max_tries"),
    ("job_type", {"max_scheduled": 0}, "max_scheduled"),
    ("execution", {"status": "QUEUED", "ended": NOON}, "status"),
    ("execution", {"ended": NOON}, "ended"),
    ("execution", {"status": "FAILED"}, "ended"),
    ("execution", {"started": None}, "started"),
    ("execution", {"started": None, "status": "FAILED", "ended": NOON}, "started"),
    ("execution", {"exe_num": 0}, "exe_num"),
    ("queue", {"priority": 0}, "priority"),
    ("error", {"category": "OTHER"}, "category"),
    ("file", {"file_type": "OTHER"}, "file_type"),
    ("file", {"file_size": -1}, "file_size"),
    ("log_line", {"stream": "combined"}, "stream"),
    ("bulk_operation", {"kind": "DELETE"}, "kind"),
    ("retry_policy", {"version": 0}, "version"),
    ("retry_gate", {"state": "ajar"}, "state"),
    ("job_label", {"key": "A b"}, "key"),
    ("job_label", {"value": "x" * 256}, "value"),
    ("job_type_retention", {"job_days": -1}, "job_days"),
    ("job_type_retention", {"failed_job_days": -1}, "failed_job_days"),
    ("job_type_retention", {"product_days": -1}, "product_days"),
    ("job_type_retention", {"log_days": -1}, "log_days"),
    ("bulk_operation", {"state": "DONE"}, "state"),
    ("bulk_operation", {"state": "COMPLETED"}, "ended"),
    ("bulk_operation", {"state": "RUNNING", "ended": NOON}, "ended"),
    ("access_token", {"role": "root"}, "role"),
    ("webhook_delivery", {"state": "LOST"}, "state"),
    ("dependency_change", {"parent_id": 1, "job_id": 1}, "subject"),
    ("scheduler", {"id": 2}, "singleton"),
    ("scheduler", {"id": 1, "queue_mode": "ANY"}, "queue_mode"),
]
ALLOWED: list[tuple[str, dict[str, Any]]] = [
    ("job", {"status": "QUEUED", "num_exes": 1}),
    ("job", {"is_superseded": True, "superseded": NOON}),
    ("execution", {"status": "COMPLETED", "ended": NOON}),
    ("execution", {"status": "CANCELED", "ended": NOON, "started": None}),
    ("job_type", {"max_scheduled": None}),
    ("bulk_operation", {"state": "STOPPED", "ended": NOON}),
]
UNIQUE = [
    (table.name, key)
    for table in TABLES.values()
    for key in (*table.constraints, *table.indexes)
    if isinstance(key, UniqueConstraint) or (isinstance(key, Index) and key.unique)
]


async def refused(connection: AsyncConnection, table: str, columns: dict[str, Any]) -> str:
    """The name of the constraint that refuses a row."""
    with pytest.raises(IntegrityError) as problem:
        await add(connection, TABLES[table], **columns)
    return str(problem.value.orig.__cause__.constraint_name)  # type: ignore[union-attr]


@pytest.mark.parametrize(("table", "columns", "check"), CHECKS)
async def test_a_check_refuses_a_bad_row(connection: AsyncConnection, table: str, columns: dict[str, Any], check: str) -> None:
    assert await refused(connection, table, columns) == f"ck_{table}_{check}"


@pytest.mark.parametrize(("table", "columns"), ALLOWED)
async def test_a_check_lets_a_good_row_pass(connection: AsyncConnection, table: str, columns: dict[str, Any]) -> None:
    assert columns.items() <= (await add(connection, TABLES[table], **columns)).items()


def test_there_is_a_bad_row_for_every_check() -> None:
    checks = {
        str(constraint.name)
        for table in TABLES.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert {f"ck_{table}_{check}" for table, _, check in CHECKS} == checks


@pytest.mark.parametrize(("table", "key"), UNIQUE, ids=lambda part: getattr(part, "name", part))
async def test_a_key_can_be_used_once(connection: AsyncConnection, table: str, key: UniqueConstraint | Index) -> None:
    first = await add(connection, TABLES[table], **await references(connection, key))
    again = {column.name: first[column.name] for column in key.columns}
    assert await refused(connection, table, again) == key.name


async def references(connection: AsyncConnection, key: UniqueConstraint | Index) -> dict[str, Any]:
    """New rows for the references of a key, so that none of them is NULL."""
    keys = {column.name: foreign.column for column in key.columns for foreign in column.foreign_keys}
    return {name: (await add(connection, column.table))[column.name] for name, column in keys.items()}


def test_these_are_the_keys_that_races_are_decided_by() -> None:
    deciding = {"uq_execution_running", "uq_execution_job_id_exe_num", "uq_lease_job_id", "uq_queue_job_id"}
    assert deciding <= {key.name for _, key in UNIQUE}


async def test_a_job_may_have_any_number_of_ended_executions(connection: AsyncConnection) -> None:
    job = await add(connection, TABLES["job"])
    for status in ("FAILED", "CANCELED", "COMPLETED"):
        await add(connection, TABLES["execution"], job_id=job["id"], status=status, ended=NOON)
    await add(connection, TABLES["execution"], job_id=job["id"])


async def test_the_path_of_a_deleted_file_is_free_again(connection: AsyncConnection) -> None:
    gone = await add(connection, TABLES["file"], is_deleted=True)
    await add(connection, TABLES["file"], workspace_id=gone["workspace_id"], file_path=gone["file_path"])


async def test_there_is_one_scheduler_and_it_cannot_be_copied(connection: AsyncConnection) -> None:
    assert (await connection.execute(text("SELECT id, is_paused, queue_mode FROM scheduler"))).all() == [(1, False, "FIFO")]
    assert await refused(connection, "scheduler", {"id": 1}) == "pk_scheduler"


async def test_two_manifests_may_declare_errors_of_one_name(connection: AsyncConnection) -> None:
    for job_type_name in ("echo", "sum"):
        await add(connection, TABLES["error"], name="timeout", job_type_name=job_type_name)
    clash = {"name": "timeout", "job_type_name": "echo"}
    assert await refused(connection, "error", clash) == "uq_error_job_type_name_name"

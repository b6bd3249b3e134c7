"""Addresses of databases are understood as others write them, and what is wrong with one is said in one sentence."""

from typing import Any

import pytest

from jobsvc.db.addresses import read_address
from jobsvc.db.database import Database
from jobsvc.db.engines import driver_options
from jobsvc.domain.errors import DatabaseUnavailable

ME = {"user": "me", "host": "h", "port": 5432, "database": "d"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://h/d", {"host": "h", "port": 5432, "database": "d"}),
        ("postgres://me@h:6000/d", {"user": "me", "host": "h", "port": 6000, "database": "d"}),
        ("postgresql://me:p%40%2F%3A%25%23@h/d", ME | {"password": "p@/:%#"}),
        ("postgresql+asyncpg://[::1]:5433/d", {"host": "::1", "port": 5433, "database": "d"}),
        ("postgresql:///d?host=/run/sockets&port=5433", {"host": "/run/sockets", "port": 5433, "database": "d"}),
        ("postgresql://%2Frun%2Fsockets/d", {"host": "/run/sockets", "port": 5432, "database": "d"}),
        ("postgresql://?host=h&user=me&password=x&dbname=d", ME | {"password": "x"}),
        (
            "postgresql://one:1,two:2/d?target_session_attrs=read-write",
            {"host": ["one", "two"], "port": [1, 2], "database": "d", "target_session_attrs": "read-write"},
        ),
        ("postgresql:///d?host=one,two&port=5433", {"host": ["one", "two"], "port": [5433, 5433], "database": "d"}),
        (
            "postgresql://h/d?sslmode=verify-full&sslrootcert=/a%20b/ca.pem",
            {
                "host": "h",
                "port": 5432,
                "database": "d",
                "dsn": "postgresql://?sslmode=verify-full&sslrootcert=%2Fa%20b%2Fca.pem",
            },
        ),
        ("postgresql://h/d?ssl=require", {"host": "h", "port": 5432, "database": "d", "dsn": "postgresql://?sslmode=require"}),
        ("postgresql://h/d?keepalives=1&gssencmode=disable", {"host": "h", "port": 5432, "database": "d"}),
    ],
)
async def test_an_address_is_what_the_driver_is_told(url: str, expected: dict[str, Any]) -> None:
    database = Database.connect(url)
    assert driver_options(database.engine) == expected
    await database.close()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://h:abc/d", "port `abc`"),
        ("postgresql://h:99999/d", "port `99999`"),
        ("postgresql://me:pa/ss@h/d", "port `pa`"),
        ("postgresql://h/d#frag", "%23"),
        ("mysql://h/d", "must begin with postgresql://"),
        ("postgresql://h/d?sslmod=require", "did you mean `sslmode`?"),
        ("postgresql://h/d?applicationname=x", "did you mean `application_name`?"),
        ("postgresql://h/d?search_path=x", "options=-c"),
        ("postgresql://h/d?sslmode=yes", "must be one of allow, disable"),
        ("postgresql://a,b/d?target_session_attrs=master", "must be one of any"),
        ("postgresql://a,b/d?port=1,2,3", "2 hosts and 3 ports"),
        ("postgresql://h/d?connect_timeout=soon", "no number of seconds"),
        ("postgresql://[::1/d", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(url: str, problem: str) -> None:
    with pytest.raises(DatabaseUnavailable) as raised:
        read_address(url)
    assert problem in raised.value.detail
    assert "\n" not in raised.value.detail


async def test_settings_of_the_session_and_the_time_to_connect_are_taken(database_url: str) -> None:
    url = f"{database_url}&" if "?" in database_url else f"{database_url}?"
    database = Database.connect(f"{url}application_name=mine&connect_timeout=7&options=-c%20work_mem%3D5MB")
    async with database.engine.connect() as connection:
        names = ("application_name", "work_mem", "jit")
        shown = [(await connection.exec_driver_sql(f"SHOW {name}")).scalar_one() for name in names]
    assert shown == ["mine", "5MB", "off"]
    await database.close()


@pytest.mark.parametrize(("seconds", "expected"), [("0", None), ("1", 2.0), ("30", 30.0)])
def test_a_time_to_connect_is_read_as_elsewhere(seconds: str, expected: float | None) -> None:
    assert read_address(f"postgresql://h/d?connect_timeout={seconds}").timeout == expected

"""The data of the server on disk: made whole or not at all, and never deleted."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from jobsvc.embedded.binaries import MAJOR, Binaries
from jobsvc.embedded.data_dir import DataDirPaths
from jobsvc.embedded.errors import EmbeddedUnavailable, program_failed
from jobsvc.embedded.privileges import ServerUser
from jobsvc.embedded.watcher import ENVIRONMENT

USER = DATABASE = "jobsvc"


def read_password(paths: DataDirPaths) -> str:
    """Read the password of the database user."""
    return paths.password.read_text().strip()


def require_cluster(paths: DataDirPaths, binaries: Binaries, user: ServerUser, lock: int, *, durable: bool) -> None:
    """See that there is a cluster of our version, making one if there is none.

    Args:
        paths: the data directory.
        binaries: the programs of PostgreSQL.
        user: whom the cluster is to belong to.
        lock: the descriptor of the held server lock. The programs hold it too, so that whoever comes after
            a killed process waits for what that one left running.
        durable: whether new files have to be on the disk before this returns.

    """
    if paths.draft.exists():  # left by a process that was killed
        shutil.rmtree(paths.draft)
    if paths.cluster.exists():
        _check_usable(paths)
    else:
        _require_password(paths.password)
        _create(paths, binaries, user, lock, durable=durable)


def _check_usable(paths: DataDirPaths) -> None:
    version = paths.cluster / "PG_VERSION"
    made_by = f"PostgreSQL {version.read_text().strip()}" if version.exists() else "something else"
    if made_by != f"PostgreSQL {MAJOR}":
        raise EmbeddedUnavailable(
            f"{paths.cluster} was made by {made_by}, and this installation brings PostgreSQL {MAJOR}. Nothing was changed.",
            "Install the version of jobsvc that made it, or set JOBSVC_DATA_DIR to a new directory.",
        )
    if not paths.password.exists():
        raise EmbeddedUnavailable(
            f"The file {paths.password} is missing, and without it nobody can log in to the data beside it.",
            "Put it back, or set JOBSVC_DATA_DIR to a new directory.",
        )


def _require_password(path: Path) -> None:
    if path.exists():
        return
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(24) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _create(paths: DataDirPaths, binaries: Binaries, user: ServerUser, lock: int, *, durable: bool) -> None:
    """Make the cluster beside its place and move it there when it is complete."""
    user.make_directory(paths.draft)
    _run(user.command(*_initdb(paths, binaries, durable=durable)), paths, lock)
    settings = ["-c", "exit_on_error=on", "-c", f"fsync={'on' if durable else 'off'}"]
    single_user = user.command(binaries.postgres, "--single", "-D", paths.draft, *settings, "template1")
    _run(single_user, paths, lock, f"CREATE DATABASE {DATABASE}\n")
    paths.draft.rename(paths.cluster)
    if durable:
        _sync_directory(paths.root)


def _initdb(paths: DataDirPaths, binaries: Binaries, *, durable: bool) -> list[str | Path]:
    # The builtin C.UTF-8 sorts by code point and knows the letters of all languages, on every machine alike.
    locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    login = [f"--username={USER}", "--auth=scram-sha-256", f"--pwfile={paths.password}"]
    sync = [] if durable else ["--no-sync"]
    return [binaries.initdb, *locale, *login, *sync, "--no-instructions", f"--pgdata={paths.draft}"]


def _run(command: list[str], paths: DataDirPaths, lock: int, text: str = "") -> None:
    result = subprocess.run(  # noqa: S603 - our own bundled programs
        command,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env=ENVIRONMENT,
        cwd="/",
        pass_fds=[lock],
        start_new_session=True,  # Ctrl-C is for the caller
    )
    if result.returncode:
        raise program_failed("A new PostgreSQL cluster could not be made", result.stdout, paths.root)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

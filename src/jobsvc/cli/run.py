"""Runs a command, and turns whatever stops it into one line on standard error and an exit code."""

import contextlib
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from typer import Abort
from typer.exceptions import TyperException

from jobsvc.cli.app import app
from jobsvc.cli.codes import ExitCode, UsageProblem
from jobsvc.cli.terminal import plain
from jobsvc.client import ApiError, ServiceUnreachable

LEAST_SERVER_ERROR = 500


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, that of the process by default; return the exit code."""
    _prepare_streams()
    try:
        return _run(arguments)
    finally:
        _leave_streams()


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = app(arguments, prog_name="jobsvc", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _on_broken_pipe()
    except (KeyboardInterrupt, Abort):
        return ExitCode.INTERRUPTED
    except (TyperException, UsageProblem, ApiError, ServiceUnreachable, OSError) as exc:
        with contextlib.suppress(OSError):
            print(f"jobsvc: {plain(_sentence(exc))}", file=sys.stderr)
        return _code(exc)
    return code if isinstance(code, int) else ExitCode.OK


def _sentence(problem: Exception) -> str:
    match problem:
        case TyperException():
            # A usage error knows the command that it is about.
            context = getattr(problem, "ctx", None)
            see = f" (see `{context.command_path} --help`)" if context else ""
            return f"{problem.format_message().rstrip()}{see}"
        case ServiceUnreachable():
            return f"{problem}; start it with `jobsvc up`, or say where it is with --url"
        case OSError(strerror=str() as reason, filename=name):
            return f"{name}: {reason}" if name else reason
        case _:
            return str(problem)


def _code(problem: Exception) -> ExitCode:
    is_theirs = isinstance(problem, ApiError) and problem.status >= LEAST_SERVER_ERROR
    return ExitCode.UNREACHABLE if is_theirs or isinstance(problem, ServiceUnreachable) else ExitCode.USAGE


def _prepare_streams() -> None:
    """Make the standard streams such that no command has to think of what the shell did to them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # The shell closed it.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for as long as the process
        elif mode == "w" and isinstance(stream, TextIOWrapper):
            # That a terminal does not know a character is no reason to stop.
            stream.reconfigure(errors="replace")


def _on_broken_pipe() -> int:
    """Nobody reads on, as with `| head`: no reason to complain, not even when Python closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILED


def _leave_streams() -> None:
    """What the standard streams did not take is lost; that Python tries once more at its end must not change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

"""Tries mutants, in the environment of cosmic-ray. Called by `scripts.mutation`, with a job as JSON on standard input."""

import difflib
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import OPERATOR_PROVIDERS, get_operator
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

from scripts.mutation.operators import OPERATORS

POINTLESS = re.compile(
    r"BinaryOperator_BitOr_|ComparisonOperator_\w+_Is(Not)?$|RemoveDecorator"
    r"|BinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul|Pow_Mul|BitAnd_BitOr|LShift_RShift|RShift_LShift)"
)
"""`X | None` in annotations, `is` for `==`, and `@dataclass` break the import, whatever tests there are; and `+` needs one
change only."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to try: paths of modules in the tree, the command that tests them, and how much of it."""

    tree: str
    session: str
    modules: list[str]
    command: list[str]
    count: int
    seed: int
    seconds: float
    test_seconds: float
    again: bool


def main() -> None:
    """Try mutants until all of the sample were, or the time is over; print what came of it."""
    job = Job(**json.load(sys.stdin))
    OPERATOR_PROVIDERS["jobsvc"] = OPERATORS
    os.chdir(job.tree)
    with use_db(job.session) as db:
        _begin(db, job)
        _try(db, job)
        print(_report(db, job))


def _begin(db: Any, job: Job) -> None:
    """Make the list of mutants, unless the session has it for the very same text."""
    digest = hashlib.sha256(b"".join(Path(name).read_bytes() for name in job.modules)).hexdigest()
    mark = Path(f"{job.session}.sha256")
    if not mark.exists() or mark.read_text() != digest:
        init([Path(name) for name in job.modules], db, {})
        mark.write_text(digest)


def _sample(db: Any, job: Job) -> list[Any]:
    """The mutants to try: all, or so many by chance; the same ones for the same seed, and more of them for a larger number."""
    items = [item for item in db.work_items if not POINTLESS.search(item.mutations[0].operator_name)]
    items.sort(
        key=lambda item: (str(item.mutations[0].module_path), item.mutations[0].operator_name, item.mutations[0].occurrence)
    )
    random.Random(job.seed).shuffle(items)  # noqa: S311 - a sample, no secret
    return items[: job.count or None]


def _try(db: Any, job: Job) -> None:
    deadline = time.monotonic() + job.seconds
    known = {job_id for job_id, result in db.results if not (job.again and result.test_outcome == TestOutcome.SURVIVED)}
    pipe = subprocess.PIPE
    with subprocess.Popen(job.command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as runner:  # noqa: S603 - our own
        if _answer(runner, 10 * job.test_seconds) != "survived":
            sys.exit("The tests do not pass as it is, so they say nothing about mutants.")
        for item in _sample(db, job):
            if item.job_id in known:
                continue
            if time.monotonic() > deadline:
                break
            result = _result(item.mutations[0], runner, job.test_seconds)
            db.set_result(item.job_id, result)
            print(_outcome(result), _place(item), flush=True)


def _result(mutation: Any, runner: "subprocess.Popen[str]", seconds: float) -> Any:
    """Make a mutant, and say what the tests make of it."""
    operator = get_operator(mutation.operator_name)()
    with use_mutation(mutation.module_path, operator, mutation.occurrence) as (before, after):
        answer = _answer(runner, seconds)
    diff = "\n".join(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0))
    outcome = TestOutcome.SURVIVED if answer == "survived" else TestOutcome.KILLED
    return WorkResult(worker_outcome=WorkerOutcome.NORMAL, output=answer, test_outcome=outcome, diff=diff)


def _answer(runner: "subprocess.Popen[str]", seconds: float) -> str:
    if runner.stdin is None or runner.stdout is None:
        raise AssertionError
    runner.stdin.write(f"{seconds}\n")
    return runner.stdout.readline().strip()


def _report(db: Any, job: Job) -> str:
    results = dict(db.results)
    sample = _sample(db, job)
    outcomes = Counter(_outcome(results.get(item.job_id)) for item in sample)
    survivors = [item for item in sample if _outcome(results.get(item.job_id)) == "survived"]
    counts = ", ".join(f"{outcomes[name]} {name}" for name in ("killed", "timeout", "survived", "pending"))
    lines = [f"{' '.join(job.modules)}: {len(sample)} of {db.num_work_items} mutants: {counts}"]
    for item in sorted(survivors, key=_place):
        lines += ["", _place(item), *_changed(results[item.job_id].diff)]
    return "\n".join(lines)


def _outcome(result: Any) -> str:
    if result is None:
        return "pending"
    return str(result.output)


def _place(item: Any) -> str:
    mutation = item.mutations[0]
    return f"{mutation.module_path}:{mutation.start_pos[0]:04} {mutation.operator_name}#{mutation.occurrence}"


def _changed(diff: str) -> Sequence[str]:
    return [line for line in diff.split("\n") if re.match(r"[-+](?![-+])", line)]


if __name__ == "__main__":
    main()

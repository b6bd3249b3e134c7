"""Which jobs a command is about: ids, options made of what the service can be asked for, or both."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import typer

from jobsvc.cli import arguments
from jobsvc.cli.codes import UsageProblem
from jobsvc.client.queries import JobSelection
from jobsvc.domain.spelling import singular
from jobsvc.domain.status import ErrorCategory, JobStatus

Command = Callable[..., None]
TIME = "ISO-8601 time, or duration before now such as PT1H."
TIMES = ("started", "ended")
PLAIN = {int, str, bool}
PLACE = "criteria"
"""The parameter of a command in whose place the options stand, and that gets what they hold."""


class Spelling(NamedTuple):
    """How an option is called, what stands for a value in its help, and what a value may be."""

    name: str
    short: str | None = None
    metavar: str | None = None
    choices: type[StrEnum] | None = None


SPELLINGS: Mapping[str, Spelling] = {
    "status": Spelling("--status", "-s", metavar="S", choices=JobStatus),
    "job_type_name": Spelling("--type", "-t"),
    "error_category": Spelling("--error-category", metavar="C", choices=ErrorCategory),
    "batch_id": Spelling("--batch"),
    "recipe_id": Spelling("--recipe"),
}
"""By the name of one value."""
Everything = Annotated[bool, typer.Option("--all", help="All jobs.")]


def with_criteria(query: type, *, without: Collection[str] = ()) -> Callable[[Command], Command]:
    """Return a command an option for each criterion of a query of the client; it gets those that were given as `criteria`."""
    options = {option.name: option for option in _options(query) if option.name not in without}

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(*args: Any, **values: Any) -> None:
            criteria = {name: values.pop(name) for name in options}
            command(*args, **values, **{PLACE: {name: value for name, value in criteria.items() if value not in (None, [])}})

        own = signature(command)
        parameters = [inner for item in own.parameters.values() for inner in (options.values() if item.name == PLACE else [item])]
        run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {item.name: item.annotation for item in parameters}
        return run

    return decorate


def _options(query: type) -> Iterator[Parameter]:
    """An option for each member that words can say."""
    for name, annotation in get_type_hints(query, include_extras=True).items():
        kind, text = get_args(annotation)
        many = next((get_args(item)[0] for item in (kind, *get_args(kind)) if get_origin(item) is list), None)
        one = many or next(iter(get_args(kind)), kind)
        if one in PLAIN:
            spelling = SPELLINGS.get(singular(name)) or _spelling(singular(name), one)
            value: Any = spelling.choices or one
            option = _option(spelling, one, text, is_many=many is not None)
            yield Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[(list[value] if many else value) | None, option],
            )


def _spelling(name: str, kind: type) -> Spelling:
    """The rule: `--job-id` for `job_id`, `--superseded` and `--not-superseded` for `is_superseded`."""
    words = name.replace("_", "-")
    if kind is bool:
        return Spelling(f"--{words.removeprefix('is-')}/--not-{words.removeprefix('is-')}")
    return Spelling(f"--{words}", metavar="T" if name.endswith(TIMES) else None)


def _option(spelling: Spelling, kind: type, text: str, *, is_many: bool) -> Any:
    metavar = spelling.metavar or ("ID" if kind is int else None)
    sentences = (text, TIME if metavar == "T" else "", "Repeatable." if is_many else "")
    return typer.Option(
        *filter(None, (spelling.name, spelling.short)),
        metavar=metavar,
        help=" ".join(filter(None, sentences)),
        case_sensitive=spelling.choices is None,
    )


def read(job_ids: Sequence[str] | None, criteria: JobSelection, *, everything: bool) -> JobSelection:
    """The selection; ids come from standard input for `-`, and when nothing at all is given in a pipe."""
    if everything:
        if criteria or job_ids:
            raise UsageProblem("--all selects every job and cannot be combined with ids or filters")
        return criteria
    return {**criteria, "job_ids": arguments.job_ids(job_ids or [])} if job_ids or not criteria else criteria


def needs_preview(chosen: JobSelection) -> bool:
    """Whether somebody may not know how many jobs are meant: whoever names ids does."""
    return set(chosen) != {"job_ids"}

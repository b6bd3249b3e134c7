"""Submitting jobs: what is checked, in which sequence, and what one statement writes (docs/spec/behaviour/submit.md).

One job is checked as many are: each step for all of them, so that the database is asked once for all types, workspaces and files.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from jobsvc.db.database import Transaction
from jobsvc.db.dependencies import KnownParent
from jobsvc.db.submissions import TypeState
from jobsvc.domain.configuration import (
    JobConfiguration,
    check_outputs_mapped,
    merge,
    parse_configuration,
    to_document,
    without_secrets,
    workspace_names,
)
from jobsvc.domain.dependencies import Parent, parents_of, waiting_status
from jobsvc.domain.errors import InvalidRequest, JobsvcError, NotFound
from jobsvc.domain.ids import storable_id
from jobsvc.domain.job_data import MEMBERS, InputMembers, JobInput, parse_input, validate_input
from jobsvc.domain.job_data import to_document as input_document
from jobsvc.domain.labels import Labels, parse_labels
from jobsvc.domain.records import Document, FileColumns
from jobsvc.domain.resources import input_file_size
from jobsvc.domain.status import JobStatus
from jobsvc.domain.writes import InputFile, JobInsert, SourceMetadata
from jobsvc.services.job_types import require_workspaces
from jobsvc.services.submitted_types import KnownType, KnownTypes
from jobsvc.storage.places import AllowedPlaces

CHECKED_AT_A_TIME = 100
"""Jobs, before other requests have their turn."""


@dataclass(frozen=True)
class NewJob:
    """What a job is made of, as it came: `input`, `configuration` and `labels` are not checked yet.

    `members` are what errors call the parts of the input; with `job_types` its type has to be called like one of them.
    It starts after the jobs with the ids `after`, and after those of the same request at the places `after_items`.
    """

    job_type_id: int
    input: object = None
    configuration: object = None
    user: str = "Anonymous"
    members: InputMembers = MEMBERS
    job_types: frozenset[str] | None = None
    not_before: datetime | None = None
    after: tuple[int, ...] = ()
    after_items: tuple[int, ...] = ()
    labels: object = None


@dataclass
class Draft:
    """A job on its way to being stored, or the first problem that it has."""

    new: NewJob
    problem: JobsvcError | None = None
    data: JobInput = field(default_factory=JobInput)
    files: Sequence[InputFile] = ()
    parents: Sequence[Parent] = ()
    siblings: "Sequence[Draft]" = ()
    labels: Labels = field(default_factory=dict)
    _kind: KnownType | None = None
    _configuration: JobConfiguration | None = None

    @property
    def kind(self) -> KnownType:
        """Its type, once that is known."""
        assert self._kind is not None  # noqa: S101 - a draft without a type has a problem, and is not looked at further
        return self._kind

    def read(self) -> None:
        """The labels, and the input itself, whatever its type takes."""
        if self.new.labels is not None:
            self.labels = parse_labels(self.new.labels)
        if self.new.input is not None:
            self.data = parse_input(self.new.input)

    def choose_type(self, types: Mapping[int, KnownType], states: Mapping[int, TypeState]) -> None:
        """The type, which has to be active, and a configuration that suits it."""
        type_id = self.new.job_type_id
        self._kind = types.get(type_id)
        if self._kind is None:
            raise NotFound("Revision", "of the job type") if type_id in states else NotFound("Job type", type_id)
        if self.new.job_types is not None and self.kind.item.job_type.name not in self.new.job_types:
            raise NotFound("Job type", type_id)
        if not self.kind.item.job_type.is_active:
            raise InvalidRequest(f"job_type_id: the job type {type_id} is not active.")
        if self.new.configuration:
            configuration = without_secrets(parse_configuration(self.new.configuration), self.kind.manifest)
            check_outputs_mapped(configuration, self.kind.manifest, self.new.members.outputs)
            self._configuration = configuration

    def workspaces(self) -> set[str]:
        """The workspaces that have to be there."""
        return set() if self._configuration is None else workspace_names(self._effective())

    def check(self, workspaces: Collection[str], places: AllowedPlaces) -> None:
        """What the type makes of the input, with a configuration that names workspaces that are there, and allowed places."""
        if self._configuration is not None:
            require_allowed(self._configuration, places)
            require_workspaces(self.workspaces(), workspaces)
            if "max_log_bytes" in self._configuration.model_fields_set:
                raise InvalidRequest("configuration.max_log_bytes: is allowed in the configuration of a job type only.")
        self.data = validate_input(self.data, self.kind.manifest, self.new.members)
        self.kind.check_passable(self.data, self.new.members, self._effective())

    def choose_files(self, files: Mapping[int, InputFile]) -> None:
        """The input files, one for each time that the input names it; they have to be there."""
        for name, file_ids in self.data.files.items():
            for file_id in file_ids:
                if file_id not in files:
                    raise InvalidRequest(f"{self.new.members.files}.{name}: there is no file {file_id}.")
        self.files = [files[file_id] for file_id in self.data.file_ids()]

    def choose_parents(self, known: Mapping[int, KnownParent]) -> None:
        """The jobs that it starts after; they have to be there, and of types that the caller may see."""
        visible = self.new.job_types
        seen = [item.parent for item in known.values() if visible is None or item.job_type_name in visible]
        self.parents = parents_of(self.new.after, seen)

    def choose_siblings(self, place: int, earlier: "Sequence[Draft | JobsvcError]") -> None:
        """The jobs of the same request that it starts after, of those in front of it at `place`."""
        for item in dict.fromkeys(self.new.after_items):
            if not 0 <= item < place:
                raise InvalidRequest(f"after_items: {item} is not the place of an earlier job of this request.")
            sibling = earlier[item]
            if not isinstance(sibling, Draft) or sibling.problem is not None:
                raise InvalidRequest(f"after_items: the job at {item} is refused.")
            self.siblings = [*self.siblings, sibling]

    @property
    def initial(self) -> JobStatus | None:
        """The status of a job that has to wait for others; None for one that is queued."""
        unmade = [Parent(0, sibling.initial or JobStatus.QUEUED) for sibling in self.siblings]
        status = waiting_status([*self.parents, *unmade])
        return None if status is JobStatus.QUEUED else status

    def insert(self, stored: "Sequence[Draft]" = ()) -> JobInsert:
        """What is stored, with these in front of it."""
        return JobInsert(
            job_type_id=self.kind.item.job_type.id,
            job_type_rev_id=self.kind.revision.id,
            max_tries=self.kind.item.max_tries,
            input=input_document(self.data),
            configuration=self._document(),
            input_file_size=input_file_size(file.file_size for file in self.files),
            source=source_metadata(self.files),
            not_before=self.new.not_before,
            after=[parent.id for parent in self.parents] or None,
            after_items=[next(n for n, item in enumerate(stored) if item is sibling) for sibling in self.siblings] or None,
            initial=self.initial,
            labels=self.labels or None,
        )

    def _effective(self) -> JobConfiguration:
        if self._configuration is None:
            return self.kind.configuration
        return merge(self._configuration, self.kind.configuration)

    def _document(self) -> Document | None:
        """The members that were given, as they are stored; None when none was (docs/spec/behaviour/submit.md#configuration)."""
        if self._configuration is None:
            return None
        document = to_document(self._configuration)
        return {name: document[name] for name in sorted(self._configuration.model_fields_set)}


class Submissions:
    """Checks jobs, with what is known of their types from earlier ones."""

    def __init__(self, default_engine: str, places: AllowedPlaces | None = None) -> None:
        """`default_engine` is that of job types that name none; `places` says what jobs may mount that bring their own."""
        self._places = places or AllowedPlaces()
        self._types = KnownTypes()
        self._default_engine = default_engine

    async def checked(self, tx: Transaction, new: NewJob) -> tuple[Draft, TypeState]:
        """One job, and what its type is like.

        Raises:
            InvalidRequest: The text names the member.
            NotFound: For the job type.
        """
        [draft], states = await self.check(tx, [new])
        if draft.problem is not None:
            raise draft.problem
        return draft, states[new.job_type_id]

    async def check(self, tx: Transaction, jobs: Iterable[NewJob]) -> tuple[list[Draft], Mapping[int, TypeState]]:
        """A draft for each, in the same sequence, and the states of their types by id; problems are kept in the drafts."""
        drafts = [Draft(new) for new in jobs]
        await _take(drafts, Draft.read)
        states = await tx.submissions.states({storable_id(draft.new.job_type_id) for draft in drafts}, self._default_engine)
        types = await self._types.of(tx, states.values())
        await _take(drafts, lambda draft: draft.choose_type(types, states))
        names = {name for draft in drafts if draft.problem is None for name in draft.workspaces()}
        workspaces = await tx.workspaces.by_names(names) if names else {}
        await _take(drafts, lambda draft: draft.check(workspaces.keys(), self._places))
        ids = {file_id for draft in drafts if draft.problem is None for file_id in draft.data.file_ids()}
        files = await tx.submissions.files(ids) if ids else {}
        await _take(drafts, lambda draft: draft.choose_files(files))
        parent_ids = {parent_id for draft in drafts if draft.problem is None for parent_id in draft.new.after}
        if parent_ids:
            known = {item.parent.id: item for item in await tx.dependencies.lock_parents(parent_ids)}
            await _take(drafts, lambda draft: draft.choose_parents(known))
        return drafts, states


def require_allowed(configuration: JobConfiguration, places: AllowedPlaces) -> None:
    """Raise InvalidRequest when a directory of the host is to be mounted that may not be used."""
    for name, mount in (configuration.mounts or {}).items():
        path = getattr(mount, "host_path", None)
        if path is not None and (problem := places.problem_of_directory(Path(path))):
            raise InvalidRequest(f"configuration.mounts.{name}.host_path: {problem}")


async def _take(drafts: Sequence[Draft], step: Callable[[Draft], None]) -> None:
    """Take a step with all drafts that have no problem so far."""
    for number, draft in enumerate(drafts, start=1):
        if number % CHECKED_AT_A_TIME == 0:
            await asyncio.sleep(0)
        if draft.problem is None:
            try:
                step(draft)
            except JobsvcError as exc:
                draft.problem = exc


def source_metadata(files: Sequence[InputFile] | Sequence[FileColumns]) -> SourceMetadata:
    """Where and when a job's data were taken, over all of its files: least start, greatest end, greatest texts."""
    if not files:
        return SourceMetadata()
    values = {name: [getattr(file, name) for file in files] for name in SourceMetadata._fields}
    known = {name: [value for value in entry if value is not None] for name, entry in values.items()}
    return SourceMetadata(
        **{name: min(entry) if name == "source_started" else max(entry) for name, entry in known.items() if entry}
    )

"""The details of a job that was just queued, made of what was written: nothing has to be read back."""

from datetime import datetime

from jobsvc.db.submissions import NewRow, TypeState
from jobsvc.domain.dependencies import waiting_reasons
from jobsvc.domain.pending import Pending, pending_reasons
from jobsvc.domain.records import EventRef, JobColumns, JobDetails, JobItem, RevisionRef
from jobsvc.domain.retry_outlook import RetryFacts, retry_outlook
from jobsvc.domain.retry_policies import policy_named
from jobsvc.domain.status import JobStatus
from jobsvc.services.submission import Draft


def queued_details(draft: Draft, state: TypeState, row: NewRow, now: datetime) -> JobDetails:
    """The same that is read of the job while it is fresh."""
    kind = draft.kind
    return JobDetails(
        item=_item(draft, row, now),
        revision=kind.revision,
        num_versions=state.num_versions,
        latest_version=state.latest_version,
        superseded_job=None,
        superseded_by_job=None,
        execution=None,
        input=row.input,
        output=None,
        configuration=row.configuration,
        labels=draft.labels,
        manifest=kind.stored.details.manifest,
        type_configuration=kind.stored.details.configuration,
        pending=_pending(draft, state, now),
        retry=retry_outlook(
            RetryFacts(
                draft.initial or JobStatus.QUEUED,
                _num_exes(draft),
                kind.item.max_tries,
                policy=policy_named(kind.stored.details.configuration),
            )
        ),
        after=sorted(draft.parents),
    )


def _pending(draft: Draft, state: TypeState, now: datetime) -> Pending:
    if draft.initial:
        return Pending(waiting_reasons(sorted(draft.parents), now))
    return Pending(pending_reasons(state.facts._replace(not_before=_future(draft.new.not_before, now)), now))


def _num_exes(draft: Draft) -> int:
    return 0 if draft.initial else 1


def _future(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment > now else None


def _item(draft: Draft, row: NewRow, now: datetime) -> JobItem:
    return JobItem(
        job=_columns(draft, row, now),
        job_type=draft.kind.item.job_type,
        revision=RevisionRef(draft.kind.revision.id, draft.kind.revision.revision_num),
        event=EventRef(row.event_id, "USER", now),
        ingest_event=None,
        recipe=None,
        batch=None,
        node=None,
        error=None,
        input_files=_input_files(draft),
    )


def _columns(draft: Draft, row: NewRow, now: datetime) -> JobColumns:
    insert = draft.insert()
    return JobColumns(
        id=row.id,
        status=draft.initial or JobStatus.QUEUED,
        is_superseded=False,
        superseded_job_id=None,
        max_tries=insert.max_tries,
        num_exes=_num_exes(draft),
        input_file_size=insert.input_file_size,
        **insert.source._asdict(),
        created=now,
        queued=None if draft.initial else now,
        started=None,
        ended=None,
        last_status_change=now,
        superseded=None,
        last_modified=now,
    )


def _input_files(draft: Draft) -> dict[str, list[str]]:
    names = iter([file.file_name for file in draft.files])
    by_input = {name: [next(names) for _ in ids] for name, ids in draft.data.files.items()}
    return dict(sorted(by_input.items()))

"""Submitting jobs: what is checked, in which sequence, and what one transaction writes (docs/spec/behaviour/submit.md)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from jobsvc.db.database import Transaction
from jobsvc.domain.command import expand_command
from jobsvc.domain.configuration import (
    JobConfiguration,
    check_outputs_mapped,
    configured_texts,
    merge,
    parse_configuration,
    to_document,
    without_secrets,
)
from jobsvc.domain.errors import IdempotencyMismatch, InvalidRequest
from jobsvc.domain.job_data import MEMBERS, InputMembers, JobInput, parse_input, validate_input
from jobsvc.domain.job_data import to_document as input_document
from jobsvc.domain.records import Document, FileItem, JobTypeDetails
from jobsvc.domain.resources import input_file_size
from jobsvc.domain.seed import SeedManifest, environment_name, read_manifest
from jobsvc.domain.status import JobStatus
from jobsvc.domain.transitions import Enqueue
from jobsvc.domain.variables import TooLong, check_texts, text_of
from jobsvc.domain.writes import JobInsert, SourceMetadata
from jobsvc.services.configurations import effective_configuration
from jobsvc.services.job_types import check_workspaces

MAX_KEY = 255


@dataclass(frozen=True)
class NewJob:
    """What a job is made of, as it came: `input` and `configuration` are not checked yet.

    `members` are what errors call the parts of the input.
    """

    job_type_id: int
    input: object = None
    configuration: object = None
    user: str = "Anonymous"
    members: InputMembers = MEMBERS


async def known_job(tx: Transaction, new: NewJob, key: str | None) -> int | None:
    """The id of the job that an earlier request with this key has made; requests with one key wait for each other."""
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        raise InvalidRequest(f"Idempotency-Key: must be 1 to {MAX_KEY} printable characters.")
    record = await tx.idempotency_keys.lock(_scoped(new, key))
    if record is None:
        return None
    if record.body_digest != _digest(new):
        raise IdempotencyMismatch("Idempotency-Key: the key was used before with another body.")
    return record.job_id


async def create_job(tx: Transaction, new: NewJob, now: datetime, key: str | None) -> int:
    """Check everything, then write the event, the job, its input files and its queue row; returns the job's id."""
    data = JobInput() if new.input is None else parse_input(new.input)
    job_type = await _active_type(tx, new.job_type_id)
    manifest = read_manifest(job_type.manifest)
    configuration = await _configuration(tx, new, job_type, manifest)
    data = validate_input(data, manifest, new.members)
    _check_passable(data, new.members, manifest, effective_configuration(configuration, job_type.configuration))
    files = await _files(tx, data, new.members.files)
    kind = job_type.item.job_type
    revision = await tx.job_types.revision(kind.id, kind.revision_num)
    job = JobInsert(
        job_type_id=kind.id,
        job_type_rev_id=revision.id,
        event_id=await tx.events.add("USER", {"user": new.user}, now),
        status=JobStatus.PENDING,
        max_tries=job_type.item.max_tries,
        input=input_document(data),
        configuration=configuration,
        input_file_size=input_file_size(file.file.file_size for file in files),
        created=now,
        source=source_metadata(files),
    )
    job_id = await tx.job_changes.add(job)
    await tx.files.link_inputs(job_id, data.files)
    await tx.job_changes.enqueue([Enqueue(job_id, 1, job_type.item.max_tries)], now)
    if key is not None:
        await tx.idempotency_keys.add(_scoped(new, key), _digest(new), job_id)
    return job_id


def source_metadata(files: Sequence[FileItem]) -> SourceMetadata:
    """Where and when a job's data were taken, over all of its files: least start, greatest end, greatest texts."""
    values = {name: [getattr(item.file, name) for item in files] for name in SourceMetadata._fields}
    known = {name: [value for value in entry if value is not None] for name, entry in values.items()}
    return SourceMetadata(
        **{name: min(entry) if name == "source_started" else max(entry) for name, entry in known.items() if entry}
    )


async def _active_type(tx: Transaction, job_type_id: int) -> JobTypeDetails:
    job_type = await tx.job_types.get(job_type_id)
    if not job_type.item.job_type.is_active:
        raise InvalidRequest(f"job_type_id: the job type {job_type_id} is not active.")
    return job_type


async def _configuration(tx: Transaction, new: NewJob, job_type: JobTypeDetails, manifest: SeedManifest) -> Document | None:
    """The members that were given, as they are stored; None when nothing was (docs/spec/behaviour/submit.md#configuration)."""
    if not new.configuration:
        return None
    configuration = without_secrets(parse_configuration(new.configuration), manifest)
    check_outputs_mapped(configuration, manifest, new.members.outputs)
    await check_workspaces(tx, merge(configuration, parse_configuration(job_type.configuration)))
    if "max_log_bytes" in configuration.model_fields_set:
        raise InvalidRequest("configuration.max_log_bytes: is allowed in the configuration of a job type only.")
    document = to_document(configuration)
    return {name: document[name] for name in sorted(configuration.model_fields_set)}


def _check_passable(data: JobInput, members: InputMembers, manifest: SeedManifest, configuration: JobConfiguration) -> None:
    """InvalidRequest naming the input, or the setting, that no process could be started with."""
    texts = {f"{members.json}.{name}": (name, text_of(value)) for name, value in data.json.items()}
    declared = {setting.name for setting in manifest.settings} | {mount.name for mount in manifest.mounts}
    texts |= {place: text for place, text in configured_texts(configuration).items() if text[0] in declared}
    known = {environment_name(name): text for name, text in texts.values()}
    try:
        check_texts(texts, expand_command(manifest.command, known))
    except TooLong as exc:
        raise InvalidRequest(f"{exc.place}: {exc.reason}") from None
    except ValueError:
        return  # a stored command that cannot be split: the engine says so


async def _files(tx: Transaction, data: JobInput, where: str) -> list[FileItem]:
    """The input files, one for each time that the input names it.

    Raises:
        InvalidRequest: For one that does not exist.
    """
    result = await tx.files.by_ids(data.file_ids())
    for name, file_ids in data.files.items():
        for file_id in file_ids:
            if file_id not in result:
                raise InvalidRequest(f"{where}.{name}: there is no file {file_id}.")
    return [result[file_id] for file_id in data.file_ids()]


def _scoped(new: NewJob, key: str) -> str:
    """Keys of different users do not meet."""
    return f"{new.user}:{key}"


def _digest(new: NewJob) -> str:
    """The same for bodies that mean the same, whatever their blanks and the sequence of their members."""
    body = {"job_type_id": new.job_type_id, "input": new.input, "configuration": new.configuration}
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()

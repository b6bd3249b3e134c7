"""Job types: made from Seed manifests, revised, paused, deactivated."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from jobsvc.db.database import Database, Transaction
from jobsvc.db.job_types import version_numbers
from jobsvc.domain.configuration import JobConfiguration, check_passable, parse_configuration, to_document, workspace_names
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.filters import JobTypeFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import Document, JobTypeDetails, JobTypeItem, RevisionDetails
from jobsvc.domain.retry_policies import TypeRetries
from jobsvc.domain.secret_settings import Separated, separate
from jobsvc.domain.seed import SeedError, SeedManifest, normalise, read_manifest
from jobsvc.domain.writes import ErrorInsert, JobTypeOptions, JobTypeUpdate, RevisionInsert
from jobsvc.services.clock import Clock
from jobsvc.services.image_manifests import ImageManifests


@dataclass(frozen=True)
class NewJobType:
    """What a job type is made of; `options` are no part of the manifest.

    Without a manifest it is read of the image. `engine` runs the jobs, unless the configuration names one. `retries` is a
    member of the configuration, which may be said apart from it.
    """

    manifest: object = None
    docker_image: str | None = None
    configuration: object = None
    options: JobTypeOptions = field(default_factory=JobTypeOptions)
    engine: str | None = None
    retries: TypeRetries | None = None


@dataclass(frozen=True)
class JobTypeChange:
    """What is to change; absent members stay. `retries` come in place of those of the configuration."""

    manifest: object = None
    docker_image: str | None = None
    configuration: object = None
    options: JobTypeOptions = field(default_factory=JobTypeOptions)
    retries: TypeRetries | None = None


class JobTypeService:
    """Use cases around job types."""

    def __init__(self, database: Database, clock: Clock, images: ImageManifests) -> None:
        self._db = database
        self._clock = clock
        self._images = images

    async def list(self, criteria: JobTypeFilter, request: PageRequest) -> Page[JobTypeItem]:
        """Job types by name and version."""
        async with self._db.reading() as tx:
            return await tx.job_types.page(criteria, request)

    async def versions(self, name: str, request: PageRequest) -> Page[JobTypeItem]:
        """All versions of a job type, the newest first; none when there is no such name."""
        async with self._db.reading() as tx:
            return await tx.job_types.versions(name, request)

    async def get(self, name: str, version: str) -> JobTypeDetails:
        """A job type.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            return await self._get(tx, name, version)

    async def revisions(self, name: str, version: str, request: PageRequest) -> tuple[JobTypeDetails, Page[RevisionDetails]]:
        """A job type and its revisions, the latest first."""
        async with self._db.reading() as tx:
            job_type = await self._get(tx, name, version)
            return job_type, await tx.job_types.revisions(job_type.item.job_type.id, request)

    async def revision(self, name: str, version: str, number: int) -> tuple[JobTypeDetails, RevisionDetails]:
        """A job type and one of its revisions.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            job_type = await self._get(tx, name, version)
            return job_type, await tx.job_types.revision(job_type.item.job_type.id, number)

    async def create(self, new: NewJobType) -> tuple[JobTypeDetails, bool]:
        """Store a job type; one of this name and version gets a new revision instead. Says whether it is new."""
        if new.manifest is None:
            from_image, engine = await self._images.read(new.docker_image)
            new = replace(new, manifest=from_image, engine=engine)
        document = normalise(new.manifest)
        manifest = read_manifest(document)
        async with self._db.transaction() as tx:
            is_known = bool(await tx.job_types.ids_of([(manifest.name, manifest.job_version)]))
            if is_known or not await self._add(tx, new, document, manifest):
                configuration = _with_engine(new.configuration, new.engine)
                change = JobTypeChange(new.manifest, new.docker_image, configuration, new.options, new.retries)
                return await self._change(tx, manifest.name, manifest.job_version, change), False
            return await self._get(tx, manifest.name, manifest.job_version), True

    async def _add(self, tx: Transaction, new: NewJobType, document: Document, manifest: SeedManifest) -> bool:
        """Store a new job type; false when another request was faster."""
        configuration = _with_engine(new.configuration or {}, new.engine)
        separated = separate(await check_configuration(tx, configuration, new.retries), manifest, {})
        job_type = self._job_type(document, new.docker_image, separated, new.options)
        job_type_id = await tx.job_types.add(job_type)
        if job_type_id is not None:
            await self._snapshot(tx, job_type_id, job_type, manifest)
        return job_type_id is not None

    async def change(self, name: str, version: str, change: JobTypeChange) -> JobTypeDetails:
        """Change a job type; another manifest or image makes a new revision."""
        async with self._db.transaction() as tx:
            return await self._change(tx, name, version, change)

    async def _change(self, tx: Transaction, name: str, version: str, change: JobTypeChange) -> JobTypeDetails:
        old = await self._get(tx, name, version, lock=True)
        document = old.manifest if change.manifest is None else normalise(change.manifest)
        manifest = read_manifest(document)
        if (manifest.name, manifest.job_version) != (name, version):
            raise InvalidRequest(f"manifest.job: name and jobVersion must stay {name} {version}.")
        image = old.item.docker_image if change.docker_image is None else change.docker_image
        # By the manifest to be: a setting that becomes secret keeps the value that it had.
        separated = separate(parse_configuration(old.configuration), manifest, await tx.job_types.secrets(old.item.job_type.id))
        if change.configuration is not None:
            checked = await check_configuration(tx, change.configuration, change.retries)
            separated = separate(checked, manifest, separated.secrets)
        elif change.retries is not None:
            changed = await with_retries(tx, separated.configuration, change.retries)
            separated = replace(separated, configuration=changed)
        job_type = self._job_type(document, image, separated, change.options)
        if document != old.manifest or image != old.item.docker_image:
            job_type = job_type.model_copy(update={"revision_num": old.item.job_type.revision_num + 1})
            await self._snapshot(tx, old.item.job_type.id, job_type, manifest)
        await tx.job_types.change(old.item.job_type.id, job_type)
        return await self._get(tx, name, version)

    async def _get(self, tx: Transaction, name: str, version: str, *, lock: bool = False) -> JobTypeDetails:
        return await with_others(tx, await tx.job_types.by_name(name, version, lock=lock))

    async def _snapshot(self, tx: Transaction, job_type_id: int, job_type: JobTypeUpdate, manifest: SeedManifest) -> None:
        revision = RevisionInsert(
            job_type_id, job_type.revision_num, job_type.docker_image, job_type.manifest, created=self._clock()
        )
        await tx.job_types.add_revision(revision)
        await tx.job_types.declare_errors([_declared(manifest.name, error) for error in manifest.errors])

    def _job_type(self, document: Document, image: str | None, separated: Separated, options: JobTypeOptions) -> JobTypeUpdate:
        manifest = read_manifest(document)
        maintainer = document["job"]["maintainer"]
        return JobTypeUpdate(
            **options.columns,
            **_since(options, self._clock()),
            name=manifest.name,
            version=manifest.job_version,
            version_array=version_numbers(manifest.job_version),
            title=manifest.title,
            description=manifest.description,
            author_name=maintainer["name"],
            author_url=maintainer.get("url"),
            docker_image=image,
            uses_docker=bool(image),
            manifest=document,
            configuration=to_document(separated.configuration),
            secrets=dict(separated.secrets),
        )


def _with_engine(configuration: object, engine: str | None) -> object:
    """A configuration that chooses an engine, unless it says something of that itself."""
    return {"engine": {"name": engine}, **configuration} if engine and isinstance(configuration, dict) else configuration


async def with_others(tx: Transaction, details: JobTypeDetails) -> JobTypeDetails:
    """The job type with the recipe types that use it, and with what limits its retries."""
    job_type = details.item.job_type
    limits = await tx.retry_policies.limits_of_type(job_type.id) if details.configuration.get("retries") else None
    return details._replace(recipe_types=tuple(await tx.recipe_types.using(job_type)), retry_limits=limits)


async def check_configuration(tx: Transaction, document: object, retries: TypeRetries | None = None) -> JobConfiguration:
    """A job type's configuration, with `retries` in place of its own.

    Raises:
        InvalidRequest: For a workspace, or a retry policy, that does not exist.
    """
    configuration = parse_configuration(document) if document else JobConfiguration()
    check_passable(configuration)
    await check_workspaces(tx, configuration)
    return await with_retries(tx, configuration, retries or configuration.retries)


async def with_retries(tx: Transaction, configuration: JobConfiguration, retries: TypeRetries | None) -> JobConfiguration:
    """The configuration with what becomes of failures; its policy cannot be deleted meanwhile.

    Raises:
        InvalidRequest: There is no such policy.
    """
    if retries is not None and retries.policy is not None and not await tx.retry_policies.is_there(retries.policy):
        raise InvalidRequest(f"retries.policy: there is no retry policy '{retries.policy}'.")
    said = None if retries == TypeRetries() else retries
    return configuration if said == configuration.retries else configuration.model_copy(update={"retries": said})


async def check_workspaces(tx: Transaction, configuration: JobConfiguration) -> None:
    """Raise InvalidRequest when a configuration names a workspace that does not exist."""
    names = workspace_names(configuration)
    require_workspaces(names, (await tx.workspaces.by_names(names)).keys())


def require_workspaces(names: Collection[str], existing: Collection[str]) -> None:
    """Raise InvalidRequest for the first of the names that is not among those that exist."""
    missing = sorted(set(names).difference(existing))
    if missing:
        raise InvalidRequest(f"configuration.output_workspaces: there is no workspace '{missing[0]}'.")


def _since(options: JobTypeOptions, now: datetime) -> dict[str, datetime | None]:
    """When a job type was paused or deprecated follows from the switches."""
    since: dict[str, datetime | None] = {}
    if "is_paused" in options.model_fields_set:
        since["paused"] = now if options.is_paused else None
    if "is_active" in options.model_fields_set:
        since["deprecated"] = None if options.is_active else now
    return since


def _declared(job_type_name: str, error: SeedError) -> ErrorInsert:
    return ErrorInsert(error.name, error.title, error.description, error.category, job_type_name)

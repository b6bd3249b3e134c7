"""How many jobs do what: now by type, and over time."""

from datetime import datetime, timedelta

from jobsvc.db.database import Database
from jobsvc.domain.filters import JobTypeFilter, TimeRange
from jobsvc.domain.load import LoadSample, add_up, sample_times
from jobsvc.domain.operation_records import JobTypeActivity, JobTypeName, JobTypeStatus, QueueStatus, SystemFailure
from jobsvc.domain.paging import Page, PageRequest, paginate
from jobsvc.domain.status import JobStatus
from jobsvc.services.clock import Clock

STATUS_WINDOW = timedelta(hours=3)
LOAD_WINDOW = timedelta(days=7)


class StatisticsService:
    """Use cases that count jobs. What has a row for each job type is counted as a whole and then cut into pages."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def job_type_status(self, criteria: JobTypeFilter, window: TimeRange, request: PageRequest) -> Page[JobTypeStatus]:
        """The job types that match, with their jobs by status; final ones only if they became so in the last 3 hours."""
        started, ended = _resolve(window, STATUS_WINDOW, self._clock())
        async with self._db.reading() as tx:
            types = await tx.job_types.page(criteria, request)
            counts = await tx.statistics.by_status((item.job_type.id for item in types.items), started, ended)
        items = [JobTypeStatus(item.job_type, counts.get(item.job_type.id, [])) for item in types.items]
        return types.of(items)

    async def active(self, status: JobStatus, request: PageRequest) -> Page[JobTypeActivity]:
        """The job types that have jobs of a status, the one that has had such a job for longest first."""
        async with self._db.reading() as tx:
            return paginate(await tx.statistics.active(status), request)

    async def system_failures(self, request: PageRequest) -> Page[SystemFailure]:
        """The job types with failures for which the system is to blame, the latest failure first."""
        async with self._db.reading() as tx:
            return paginate(await tx.statistics.system_failures(), request)

    async def queue(self, request: PageRequest) -> Page[QueueStatus]:
        """The job types with waiting jobs, the best priority first."""
        async with self._db.reading() as tx:
            return paginate(await tx.statistics.queue(), request)

    async def load(self, criteria: JobTypeFilter, window: TimeRange, request: PageRequest) -> Page[LoadSample]:
        """How many jobs of the types that match waited and ran, hour by hour over 7 days.

        Raises:
            InvalidRequest: Something is wrong with it; the text names what.
        """
        now = self._clock()
        started, ended = _resolve(window, LOAD_WINDOW, now)
        times = sample_times(started, min(ended, now))
        async with self._db.reading() as tx:
            steps = await tx.statistics.load_steps(criteria, times) if times else []
        return paginate(add_up(times, steps), request)

    async def job_type_names(self, criteria: JobTypeFilter, request: PageRequest) -> Page[JobTypeName]:
        """The names that have a version that matches."""
        async with self._db.reading() as tx:
            return await tx.job_type_names.page(criteria, request)


def _resolve(window: TimeRange, length: timedelta, now: datetime) -> tuple[datetime, datetime]:
    """Both ends of a range: it ends now and has that length, unless something else is said."""
    ended = window.ended or now
    return window.started or ended - length, ended

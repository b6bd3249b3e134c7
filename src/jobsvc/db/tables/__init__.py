"""Tables with their constraints.

Sources: docs/spec/behaviour/data-model.md, and docs/spec/behaviour/keys-v6.md for the keys that they carry.
"""

from jobsvc.db.tables.access import AccessTokenRow, AuditEntryRow
from jobsvc.db.tables.base import Base
from jobsvc.db.tables.counts import (
    EXECUTION_COUNT,
    EXECUTION_DELTA,
    FILE_COUNT,
    FILE_DELTA,
    JOB_BATCH_COUNT,
    JOB_COUNT,
    JOB_DELTA,
    JOB_SOURCE_COUNT,
    JOB_SOURCE_REACH,
    LOAD_COUNT,
)
from jobsvc.db.tables.dependencies import DependencyChangeRow, JobDependencyRow
from jobsvc.db.tables.events import ChangeEventRow, ExpiredEventDayRow
from jobsvc.db.tables.files import FileRow, WorkspaceRow
from jobsvc.db.tables.job_types import ErrorRow, JobTypeRevisionRow, JobTypeRow
from jobsvc.db.tables.jobs import (
    ExecutionRow,
    JobInputFileRow,
    JobLabelRow,
    JobRow,
    LeaseRow,
    QueueRow,
    UnrecordedExecutionRow,
)
from jobsvc.db.tables.logs import LogLineRow
from jobsvc.db.tables.operations import BulkOperationRow, IdempotencyKeyRow, NodeRow, SchedulerRow, WorkerRow
from jobsvc.db.tables.provenance import (
    BatchRow,
    EventRow,
    IngestEventRow,
    RecipeNodeRow,
    RecipeRow,
    RecipeTypeRevisionRow,
    RecipeTypeRow,
    TriggerRuleRow,
)
from jobsvc.db.tables.retention import JobHoldRow, JobTypeRetentionRow
from jobsvc.db.tables.retries import RetryGateRow, RetryPolicyRow
from jobsvc.db.tables.saved_views import SavedViewRow
from jobsvc.db.tables.webhooks import WebhookDeliveryRow, WebhookRow

__all__ = [
    "EXECUTION_COUNT",
    "EXECUTION_DELTA",
    "FILE_COUNT",
    "FILE_DELTA",
    "JOB_BATCH_COUNT",
    "JOB_COUNT",
    "JOB_DELTA",
    "JOB_SOURCE_COUNT",
    "JOB_SOURCE_REACH",
    "LOAD_COUNT",
    "AccessTokenRow",
    "AuditEntryRow",
    "Base",
    "BatchRow",
    "BulkOperationRow",
    "ChangeEventRow",
    "DependencyChangeRow",
    "ErrorRow",
    "EventRow",
    "ExecutionRow",
    "ExpiredEventDayRow",
    "FileRow",
    "IdempotencyKeyRow",
    "IngestEventRow",
    "JobDependencyRow",
    "JobHoldRow",
    "JobInputFileRow",
    "JobLabelRow",
    "JobRow",
    "JobTypeRetentionRow",
    "JobTypeRevisionRow",
    "JobTypeRow",
    "LeaseRow",
    "LogLineRow",
    "NodeRow",
    "QueueRow",
    "RecipeNodeRow",
    "RecipeRow",
    "RecipeTypeRevisionRow",
    "RecipeTypeRow",
    "RetryGateRow",
    "RetryPolicyRow",
    "SavedViewRow",
    "SchedulerRow",
    "TriggerRuleRow",
    "UnrecordedExecutionRow",
    "WebhookDeliveryRow",
    "WebhookRow",
    "WorkerRow",
    "WorkspaceRow",
]

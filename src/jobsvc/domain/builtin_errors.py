"""The errors every installation knows, beside those that manifests declare (docs/spec/behaviour/status.md#retry)."""

from dataclasses import dataclass

from jobsvc.domain.status import ErrorCategory

UNKNOWN = "unknown"
DATABASE = "database"
DATABASE_OPERATION = "database-operation"
FILESYSTEM_IO = "filesystem-io"
INGEST_TIMEOUT = "ingest-timeout"
TASK_LAUNCH = "task-launch"
DOCKER_TASK_LAUNCH = "docker-task-launch"
DOCKER_TERMINATED = "docker-terminated"
NODE_LOST = "node-lost"
RESOURCE_STARVATION = "resource-starvation"
LAUNCH_TIMEOUT = "launch-timeout"
PULL_TIMEOUT = "pull-timeout"
PRE_TIMEOUT = "pre-timeout"
POST_TIMEOUT = "post-timeout"
SYSTEM_TIMEOUT = "system-timeout"
PULL = "pull"
SCHEDULER_LOST = "scheduler-lost"
TIMEOUT = "timeout"
ALGORITHM_UNKNOWN = "algorithm-unknown"
INVALID_RESULTS_MANIFEST = "invalid-results-manifest"
MISSING_REQUIRED_OUTPUT = "missing-required-output"
UNEXPECTED_MULTIPLE_OUTPUTS = "unexpected-multiple-outputs"
MISSING_SETTING = "missing-setting"
MISSING_MOUNT = "missing-mount"
DELETED_FILE = "deleted-file"
MISSING_FILE = "missing-file"


@dataclass(frozen=True)
class BuiltinError:
    """An error by its name; when it `should_be_retried`, the job is tried again while attempts are left."""

    name: str
    title: str
    description: str
    category: ErrorCategory
    should_be_retried: bool


def _transient(name: str, title: str, description: str) -> BuiltinError:
    """The system's fault, and gone at the next attempt perhaps."""
    return BuiltinError(name, title, description, ErrorCategory.SYSTEM, should_be_retried=True)


def _permanent(name: str, title: str, description: str) -> BuiltinError:
    """The system's fault, and the same at every attempt until somebody does something about it."""
    return BuiltinError(name, title, description, ErrorCategory.SYSTEM, should_be_retried=False)


def _algorithm(name: str, title: str, description: str) -> BuiltinError:
    """The job's own fault, and the same at every attempt."""
    return BuiltinError(name, title, description, ErrorCategory.ALGORITHM, should_be_retried=False)


BUILTIN_ERRORS = (
    _transient(UNKNOWN, "Unknown", "The job failed and nothing is known of the cause."),
    _transient(DATABASE, "Database", "The database could not be reached."),
    _transient(DATABASE_OPERATION, "Database operation", "The database refused or broke off an operation."),
    _transient(FILESYSTEM_IO, "File system", "Reading or writing files failed."),
    _transient(INGEST_TIMEOUT, "Ingest timeout", "Taking in a file took longer than it may."),
    _transient(TASK_LAUNCH, "Launch", "The process of the job could not be started."),
    _transient(DOCKER_TASK_LAUNCH, "Container launch", "The container of the job could not be started."),
    _transient(DOCKER_TERMINATED, "Container ended", "The container of the job was ended from outside."),
    _transient(NODE_LOST, "Node lost", "The node that ran the job does not answer any more."),
    _transient(RESOURCE_STARVATION, "Resources taken", "The job waited too long for the resources of its next step."),
    _transient(LAUNCH_TIMEOUT, "Launch timeout", "The job was handed to a node and did not start in time."),
    _transient(PULL_TIMEOUT, "Image timeout", "Fetching the image of the job took longer than it may."),
    _transient(PRE_TIMEOUT, "Preparation timeout", "Preparing the input of the job took longer than it may."),
    _transient(POST_TIMEOUT, "Capture timeout", "Collecting the output of the job took longer than it may."),
    _transient(SYSTEM_TIMEOUT, "System job timeout", "A job of the system itself ran longer than it may."),
    _transient(PULL, "Image", "The image of the job could not be fetched."),
    _transient(SCHEDULER_LOST, "Scheduler lost", "The scheduler stopped while the job was in its hands."),
    _algorithm(TIMEOUT, "Timeout", "The job ran longer than the timeout of its job type."),
    _algorithm(
        ALGORITHM_UNKNOWN,
        "Unknown exit code",
        "The job ended with an exit code that its manifest does not explain.",
    ),
    _algorithm(
        INVALID_RESULTS_MANIFEST,
        "Invalid results",
        "A file that describes the output of the job is not valid.",
    ),
    _algorithm(MISSING_REQUIRED_OUTPUT, "Missing output", "The job did not produce an output that is required."),
    _algorithm(
        UNEXPECTED_MULTIPLE_OUTPUTS,
        "Several outputs",
        "The job left several files for an output that takes one.",
    ),
    _permanent(MISSING_SETTING, "Missing setting", "The configuration has no value for a setting that the job needs."),
    _permanent(MISSING_MOUNT, "Missing mount", "The configuration has no directory for a mount that the job needs."),
    _permanent(DELETED_FILE, "Deleted file", "An input file of the job was deleted."),
    _permanent(MISSING_FILE, "Missing file", "An input file of the job is not where it should be."),
)
"""Every builtin error once."""

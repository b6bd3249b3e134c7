"""The table of builtin errors (docs/spec/behaviour/status.md#retry)."""

from jobsvc.domain.builtin_errors import BUILTIN_ERRORS
from jobsvc.domain.status import ErrorCategory

RETRIED = (
    "unknown database database-operation filesystem-io ingest-timeout task-launch docker-task-launch "
    "docker-terminated node-lost resource-starvation launch-timeout pull-timeout pre-timeout post-timeout "
    "system-timeout pull scheduler-lost"
)
ALGORITHM = "timeout algorithm-unknown invalid-results-manifest missing-required-output unexpected-multiple-outputs"
SYSTEM_FOR_GOOD = "missing-setting missing-mount deleted-file missing-file"


def _names(category: ErrorCategory, *, retried: bool) -> list[str]:
    errors = (error for error in BUILTIN_ERRORS if error.category is category)
    return sorted(error.name for error in errors if error.should_be_retried is retried)


def test_only_errors_of_the_system_are_retried_and_not_all_of_them() -> None:
    assert _names(ErrorCategory.SYSTEM, retried=True) == sorted(RETRIED.split())
    assert _names(ErrorCategory.SYSTEM, retried=False) == sorted(SYSTEM_FOR_GOOD.split())
    assert _names(ErrorCategory.ALGORITHM, retried=False) == sorted(ALGORITHM.split())
    assert len(BUILTIN_ERRORS) == 26


def test_every_error_can_be_told_from_the_others_and_says_what_happened() -> None:
    for texts in zip(*((error.name, error.title, error.description) for error in BUILTIN_ERRORS), strict=True):
        assert all(texts)
        assert len(set(texts)) == len(BUILTIN_ERRORS)

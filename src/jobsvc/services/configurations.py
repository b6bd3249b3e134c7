"""The configuration that holds for a job, composed of its own and its type's."""

from typing import Any

from jobsvc.domain.configuration import JobConfiguration, merge, parse_configuration, to_document, without_secrets
from jobsvc.domain.seed import read_manifest


def effective_configuration(job: dict[str, Any] | None, job_type: dict[str, Any]) -> JobConfiguration:
    """The configuration in force: the members that the job was given, else its type's."""
    return merge(parse_configuration(job or {}), parse_configuration(job_type))


def shown_configuration(job: dict[str, Any] | None, job_type: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """The same as a document for readers: always all four members, without the values of secret settings."""
    return to_document(without_secrets(effective_configuration(job, job_type), read_manifest(manifest)))

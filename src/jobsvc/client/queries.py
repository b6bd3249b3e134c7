"""Which jobs a request is about, as the filters of the service say it: `make client` regenerates this module.

What a member means stands beside its type.
"""

from typing import Annotated, TypedDict


class JobTypeName(TypedDict):
    """A job type by its name and version."""

    name: str
    version: str


class JobQuery(TypedDict, total=False):
    """Which jobs a list shows, and in which sequence: values of one member are OR-ed, members AND-ed.

    Times are ISO-8601 instants or durations before now (`PT1H`), compared with the last change of the job.
    """

    started: Annotated[str | None, "The start of the time range to query (of `last_modified`)."]
    ended: Annotated[str | None, "End of the time range to query (of `last_modified`)."]
    source_started: Annotated[str | None, "The start of the source file time range to query."]
    source_ended: Annotated[str | None, "End of the source file time range to query."]
    source_sensor_class: Annotated[list[str], "Only jobs for the given source sensor class."]
    source_sensor: Annotated[list[str], "Only jobs for the given source sensor."]
    source_collection: Annotated[list[str], "Only jobs for the given source collection."]
    source_task: Annotated[list[str], "Only jobs for the given source task."]
    status: Annotated[
        list[str],
        "Only jobs with a status matching this string. Choices: [PENDING, BLOCKED, QUEUED, RUNNING, FAILED, COMPLETED, CANCELED].",
    ]
    job_id: Annotated[list[int], "Only jobs with a given identifier."]
    job_type_id: Annotated[list[int], "Only jobs with a given job type identifier."]
    job_type_name: Annotated[list[str], "Only jobs with a given job type name."]
    batch_id: Annotated[list[int], "Only jobs associated with the given batch identifier."]
    recipe_id: Annotated[list[int], "Only jobs associated with the given recipe identifier."]
    error_category: Annotated[
        list[str], "Only jobs that failed due to an error with a given category. Choices: [SYSTEM, DATA, ALGORITHM]."
    ]
    error_id: Annotated[list[int], "Only jobs that failed with this error."]
    is_superseded: Annotated[bool | None, "Only jobs matching the is_superseded flag. Defaults to all jobs."]
    label: Annotated[
        list[str], "Only jobs with a given label: `key:value`, or `key` for any value. Of several keys a job has all."
    ]
    order: Annotated[list[str], "Sort keys, descending with a dash in front."]


class JobSelection(TypedDict, total=False):
    """Which jobs a bulk operation is about; the same rules as for a list."""

    started: Annotated[str, "The start of the time range to query (of `last_modified`)."]
    ended: Annotated[str, "End of the time range to query (of `last_modified`)."]
    status: Annotated[
        str | list[str],
        "Only jobs with a status matching this string. Choices: [PENDING, BLOCKED, QUEUED, RUNNING, FAILED, COMPLETED, CANCELED].",
    ]
    job_ids: Annotated[list[int], "Only jobs with a given identifier."]
    job_type_ids: Annotated[list[int], "Only jobs with a given job type identifier."]
    job_type_names: Annotated[list[str], "Only jobs with a given job type name."]
    batch_ids: Annotated[list[int], "Only jobs associated with the given batch identifier."]
    recipe_ids: Annotated[list[int], "Only jobs associated with the given recipe identifier."]
    error_categories: Annotated[
        list[str], "Only jobs that failed due to an error with a given category. Choices: [SYSTEM, DATA, ALGORITHM]."
    ]
    error_ids: Annotated[list[int], "Only jobs that failed with this error."]
    is_superseded: Annotated[bool, "Only jobs matching the is_superseded flag. Defaults to all jobs."]
    labels: Annotated[
        list[str], "Only jobs with a given label: `key:value`, or `key` for any value. Of several keys a job has all."
    ]
    job_types: Annotated[list[JobTypeName], "Only jobs with these job types, by name and version."]

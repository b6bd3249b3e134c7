"""Execution logs (docs/spec/services/v6-execution-log.md)."""

from datetime import datetime
from typing import Any

from pydantic import Field

from jobsvc.api.models import ApiModel

LOG_HEADERS: dict[str, Any] = {
    "X-Log-Complete": {
        "description": "Whether every line that matched is in the body: `false` for a page or tail that leaves lines out, and "
        "while a worker has lines of a job execution that has ended, because the log store was away.",
        "schema": {"type": "string", "enum": ["true", "false"]},
    },
    "Link": {"description": '`<address>; rel="next"`, unless the page is the last one.', "schema": {"type": "string"}},
    "Content-Disposition": {"description": "The name of the file, for a download.", "schema": {"type": "string"}},
    "Content-Encoding": {"description": "`gzip`, for a download that is compressed on its way.", "schema": {"type": "string"}},
}


class LogRecord(ApiModel):
    """One line."""

    message: str = Field(description="The log message.")
    timestamp: datetime = Field(alias="@timestamp", description="When the message was logged.")
    scale_order_num: int = Field(description="Sequence number of messages that share the same @timestamp value.")
    scale_task: int | None = Field(
        description="The ID of the task that produced this log message (here the ID of the job execution), when it is known."
    )
    scale_job_exe: str = Field(description="The unique cluster ID of the job execution that produced this log message.")
    scale_node: str | None = Field(description="The host name of the node that executed the task, when it is known.")
    stream: str = Field(description="Which stream produced the log message, either stdout or stderr.")


class LogHit(ApiModel):
    """One line, as a search finds it."""

    index: str = Field(alias="_index")
    type: str = Field(alias="_type")
    id: str = Field(alias="_id")
    score: float | None = Field(alias="_score")
    source: LogRecord = Field(alias="_source")
    sort: list[int]


class LogHits(ApiModel):
    """The lines and their number."""

    max_score: float | None
    hits: list[LogHit]
    total: int = Field(description="The number of lines in this answer.")


class LogShards(ApiModel):
    """The parts of the log that were asked."""

    total: int
    successful: int
    failed: int


class LogSearch(ApiModel):
    """The log as the answer of a search (`?format=elasticsearch`)."""

    took: int
    timed_out: bool
    shards: LogShards = Field(alias="_shards")
    hits: LogHits


class FoundLine(LogRecord):
    """One line, and the job execution that it is of; null is what a collector did not write."""

    scale_job_id: int | None = Field(description="The ID of the job.")
    scale_job_exe_num: int | None = Field(description="The number of the job execution within the job.")
    scale_job_type: str | None = Field(description="The name of the job type.")
    scale_job_version: str | None = Field(description="The version of the job type.")


class LogSearchPage(ApiModel):
    """A page of lines."""

    results: list[FoundLine] = Field(description="The matching lines, ordered by time.")
    next: str | None = Field(description="A URL to the next page of results.")

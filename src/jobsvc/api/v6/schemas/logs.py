"""Execution logs (document 003, Job Execution Log)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.v6.schemas.common import Shape


class LogRecord(Shape):
    """One line."""

    message: str = Field(description="The log message.")
    timestamp: datetime = Field(alias="@timestamp", description="When the message was logged.")
    scale_order_num: int = Field(description="Sequence number of messages that share the same @timestamp value.")
    scale_task: int = Field(description="The ID of the task that produced this log message.")
    scale_job_exe: str = Field(description="The unique cluster ID of the job execution that produced this log message.")
    scale_node: str = Field(description="The host name of the node that executed the task.")
    stream: str = Field(description="Which stream produced the log message, either stdout or stderr.")


class LogHit(Shape):
    """One line, as a search finds it."""

    index: str = Field(alias="_index")
    type: str = Field(alias="_type")
    id: str = Field(alias="_id")
    score: float | None = Field(alias="_score")
    source: LogRecord = Field(alias="_source")
    sort: list[int]


class LogHits(Shape):
    """The lines, and how many they are."""

    total: int
    max_score: float | None
    hits: list[LogHit]


class LogShards(Shape):
    """The parts of the log that were asked."""

    total: int
    successful: int
    failed: int


class LogSearch(Shape):
    """The log as the answer of a search (`?format=elasticsearch`)."""

    took: int
    timed_out: bool
    shards: LogShards = Field(alias="_shards")
    hits: LogHits

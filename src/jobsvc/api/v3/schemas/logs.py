"""Logs in the form of a search result.

See docs/spec/services/README.md#v3: the raw Elasticsearch results; docs/spec/behaviour/logs.md#v4-to-v6.
"""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import ApiModel


class LogRecord(ApiModel):
    """One line."""

    message: str = Field(description="The log message.")
    timestamp: datetime = Field(alias="@timestamp", description="When the message was logged.")
    scale_order_num: int = Field(description="Sequence number of messages that share the same @timestamp value.")
    scale_task: int | None = Field(description="The ID of the task that produced this log message, when it is known.")
    scale_job_exe: str = Field(description="The unique cluster ID of the job execution that produced this log message.")
    scale_node: str | None = Field(description="The host name of the node that executed the task, when it is known.")
    stream: str = Field(description="Which stream produced the log message, either stdout or stderr.")


class LogHit(ApiModel):
    """One line, as a search finds it."""

    index: str = Field(alias="_index", description="The index that the line was found in.")
    type: str = Field(alias="_type", description="What wrote the line.")
    id: str = Field(alias="_id", description="The identifier of the line.")
    score: float | None = Field(alias="_score", description="How well the line matches; lines are not ranked.")
    source: LogRecord = Field(alias="_source", description="The record of the line.")
    sort: list[int] = Field(description="The position of the line: milliseconds since 1970, and its number.")


class LogHits(ApiModel):
    """The lines and their number."""

    max_score: float | None = Field(description="The best score; lines are not ranked.")
    hits: list[LogHit] = Field(description="The lines, ordered by time.")
    total: int = Field(description="The number of lines in this answer.")


class LogShards(ApiModel):
    """The parts of the log that were asked."""

    total: int = Field(description="How many were queried.")
    successful: int = Field(description="How many answered.")
    failed: int = Field(description="How many did not answer.")


class LogSearch(ApiModel):
    """The log as the answer of a search."""

    took: int = Field(description="How long the search took, in milliseconds.")
    timed_out: bool = Field(description="Whether it took too long.")
    shards: LogShards = Field(alias="_shards", description="The parts of the log that were asked.")
    hits: LogHits = Field(description="The lines.")

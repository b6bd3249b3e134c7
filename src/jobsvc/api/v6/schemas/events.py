"""Events of changes."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from jobsvc.api.models import ApiModel, Source
from jobsvc.api.responses import reference


class ChangeEventJobType(ApiModel):
    """The job type of an event's job."""

    id: int = Field(description="The unique identifier of the job type.")
    name: str = Field(description="The stable name of the job type.")
    version: str = Field(description="The version of the job type.")


class ChangeEvent(ApiModel):
    """A change; members of what it is not about are null."""

    id: Annotated[int, Source("seq")] = Field(
        description="The position of the event: later events have higher ones. There may be numbers without an event."
    )
    time: datetime = Field(description="When the change was made; it may have been committed later.")
    type: str = Field(description="What became of what, as `job.failed`. More types may come.")
    job_id: int | None = Field(description="The job.")
    job_type: Annotated[ChangeEventJobType | None, Source("job_type_")] = Field(description="The job type, also of a job.")
    batch_id: int | None = Field(description="The batch that the job belongs to.")
    recipe_id: int | None = Field(description="The recipe that the job belongs to; not said of executions.")
    execution_id: int | None = Field(description="The job execution.")
    exe_num: int | None = Field(description="The number of the execution; of a job that of its latest one.")
    bulk_operation_id: int | None = Field(description="The bulk operation, also of a job that it has changed.")
    node_id: int | None = Field(description="The node, also of an execution that runs there.")
    worker_id: str | None = Field(description="The worker.")
    actor: str | None = Field(description="The user whose request made the change; null when the service did it by itself.")
    data: dict[str, Any] = Field(
        description="What is known beside: `status` and `status_before` of jobs and executions, `error` and `exit_code` of "
        "failed ones, what was `changed` of settings with the values `before` and `after`, the numbers of bulk "
        "operations, the `job_ids` that were purged."
    )


class ChangeEventPage(ApiModel):
    """Events, and where to read on."""

    results: Annotated[list[ChangeEvent], Source("events")] = Field(description="Events, the oldest first.")
    next: int = Field(description="The position to read on behind: all events up to it that match were returned now or before.")
    last: int = Field(
        description="The position of the latest event that can be read at this moment; larger than `next`: read on."
    )


EVENT: dict[str, Any] = {
    "type": "string",
    "description": "Events as `text/event-stream` writes them; `data` is JSON of the shape that belongs to `event`.",
    # Generators know no events: they give the text. The shape is named here so that clients have a type for `data`.
    "x-event-data": {"message": reference(ChangeEvent)},
}
STREAM = """The events, one by one, without a name: each is a `message`, whose `id` is the position.

A comment every 15 seconds without news keeps the connection alive. The stream ends when the service stops: come back with the id
of the last event.
"""

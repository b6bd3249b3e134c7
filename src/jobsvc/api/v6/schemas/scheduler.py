"""The scheduler (docs/spec/behaviour/siblings.md)."""

from typing import Annotated

from pydantic import Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Bool
from jobsvc.api.models import ApiModel, always
from jobsvc.domain.status import QueueMode


class Scheduler(ApiModel):
    """The settings that apply to all workers."""

    is_paused: bool = Field(description="Whether no more jobs are started on any node; running jobs continue.")
    queue_mode: QueueMode = Field(description="Which of two jobs of equal priority is started first: the older or the newer.")
    num_message_handlers: Annotated[int, always(0)] = Field(description="Always 0: this service passes no messages.")


class SchedulerChange(StrictRequestBody):
    """Changeable members of the scheduler; at least one is required."""

    is_paused: Bool | None = Field(None, description="Whether no more jobs are started.")
    queue_mode: QueueMode | None = Field(None, description="FIFO or LIFO.")

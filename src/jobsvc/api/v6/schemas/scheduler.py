"""The scheduler (docs/spec/behaviour/siblings.md)."""

from pydantic import Field

from jobsvc.api.models import ApiModel, StrictApiModel
from jobsvc.api.wire import Bool
from jobsvc.domain.status import QueueMode


class Scheduler(ApiModel):
    """The switches that hold for all workers."""

    is_paused: bool = Field(description="Whether nothing more is started on any node; what runs goes on.")
    queue_mode: QueueMode = Field(description="Which of two jobs of equal priority is started first: the older or the newer.")
    num_message_handlers: int = Field(description="Always 0: this service passes no messages.")


class SchedulerChange(StrictApiModel):
    """What may change of the scheduler; at least one member is required."""

    is_paused: Bool | None = Field(None, description="Whether nothing more is started.")
    queue_mode: QueueMode | None = Field(None, description="FIFO or LIFO.")

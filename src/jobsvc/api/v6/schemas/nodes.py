"""Nodes (docs/spec/behaviour/siblings.md)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import PageOf, StrictApiModel
from jobsvc.api.v6.schemas.common import Node
from jobsvc.api.wire import Bool, Text


class NodeDetails(Node):
    """A node with its switches."""

    pause_reason: str | None = Field(description="Why the node is paused, for people.")
    is_paused: bool = Field(description="Whether nothing more is started on the node; what runs there goes on.")
    is_active: bool = Field(description="Whether the node takes part at all.")
    deprecated: datetime | None = Field(description="When the node was deactivated.")
    created: datetime = Field(description="When the node was first heard of.")
    last_modified: datetime = Field(description="When the node was last changed.")
    resources: dict[str, float] = Field(description="What the node has: cpus in cores, gpus in pieces, mem and disk in MiB.")


class NodePage(PageOf[NodeDetails]):
    """A page of nodes."""


class NodeChange(StrictApiModel):
    """What may change of a node; at least one member is required."""

    is_paused: Bool | None = Field(None, description="Whether nothing more is started; `false` also removes the reason.")
    pause_reason: Text | None = Field(None, description="Why the node is paused, for people.")
    is_active: Bool | None = Field(None, description="Whether the node takes part at all.")

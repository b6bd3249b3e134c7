"""Nodes (docs/spec/behaviour/siblings.md)."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Bool, Text
from jobsvc.api.models import PageOf
from jobsvc.api.v6.schemas.common import Node


class NodeDetails(Node):
    """A node with its settings."""

    pause_reason: str | None = Field(description="Why the node is paused, human readable.")
    is_paused: bool = Field(description="Whether no more jobs are started on the node; jobs running there continue.")
    is_active: bool = Field(description="Whether the node is active.")
    deprecated: datetime | None = Field(description="When the node was deactivated.")
    created: datetime = Field(description="When the node was first seen.")
    last_modified: datetime = Field(description="When the node was last changed.")
    resources: dict[str, float] = Field(description="What the node has: cpus in cores, gpus in pieces, mem and disk in MiB.")


class NodePage(PageOf[NodeDetails]):
    """A page of nodes."""


class NodeChange(StrictRequestBody):
    """Changeable members of a node; at least one is required."""

    keeps_null: ClassVar[bool] = True

    is_paused: Bool | None = Field(None, description="Whether no more jobs are started; `false` also removes the reason.")
    pause_reason: Text | None = Field(None, description="Why the node is paused, human readable.")
    is_active: Bool | None = Field(None, description="Whether the node is active.")

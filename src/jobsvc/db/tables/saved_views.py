"""Views of lists by name."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key


class SavedViewRow(Base):
    """A query of the list of jobs that somebody has given a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Key]
    name: Mapped[str]
    query: Mapped[str]
    created: Mapped[datetime] = mapped_column(server_default=text("now()"))
    created_by: Mapped[str]

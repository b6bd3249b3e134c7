"""Log lines of executions, when PostgreSQL is the log store."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, one_of
from jobsvc.domain.status import Stream


class LogLineRow(Base):
    """One line. No foreign key: the store stands for itself, as the other one does.

    The key is the sequence in which lines are read, so that every bound of a reader is a range of it.
    """

    __tablename__ = "log_line"
    __table_args__ = (
        PrimaryKeyConstraint("execution_id", "time", "order_num"),
        one_of("stream", Stream),
        # For searches over all executions. It notes the times of blocks instead of lines: next to nothing to write.
        Index(
            None,
            "time",
            postgresql_using="brin",
            postgresql_ops={"time": "timestamptz_minmax_multi_ops"},
            postgresql_with={"autosummarize": "on"},
        ),
    )

    execution_id: Mapped[int] = mapped_column(BigInteger, autoincrement=False)
    order_num: Mapped[int] = mapped_column(BigInteger, autoincrement=False)
    time: Mapped[datetime]
    stream: Mapped[str]
    task: Mapped[int]
    message: Mapped[str]

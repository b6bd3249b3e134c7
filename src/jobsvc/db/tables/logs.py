"""Log lines of executions, when PostgreSQL is the log store."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, one_of
from jobsvc.domain.status import Stream


class LogLineRow(Base):
    """One line. No foreign key: the store stands for itself, as the other one does."""

    __tablename__ = "log_line"
    __table_args__ = (one_of("stream", Stream),)

    execution_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_num: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time: Mapped[datetime]
    stream: Mapped[str]
    task: Mapped[int]
    message: Mapped[str]

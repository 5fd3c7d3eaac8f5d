"""What customers were written where nobody could call in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.mail import SentOnce
from vocapp.models.types import UtcTime


class Letter(SentOnce, Base):
    """`status`: waiting, sent, unknown, dropped (`domain/overflow.py`). One each time that an alert was opened."""

    __tablename__ = "letters"

    planned_at: Mapped[datetime] = mapped_column(UtcTime)
    opening: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """How often its alert had been opened again when it was planned."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "alert_id", "opening"),
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        ForeignKeyConstraint(["workspace_id", "alert_id"], ["alerts.workspace_id", "alerts.id"]),
        Index(None, "workspace_id", "customer_id"),
        Index(None, "provider_id"),
        Index(None, "id", unique=True),  # a report of a mail names no workspace
    )

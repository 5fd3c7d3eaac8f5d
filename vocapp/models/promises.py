"""What was promised to unhappy customers: the room in the team's slots, and each promise with what became of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.mail import SentOnce
from vocapp.models.types import UtcTime, Uuid

MADE = "status = 'made'"


class CallbackSlot(Base):
    """A stretch of the team's time. Its row is raised with each promise, and never above its room."""

    __tablename__ = "callback_slots"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)
    capacity: Mapped[int] = mapped_column(Integer)
    """The room there was when the last of its promises was made; who has fallen ill since takes nothing back."""
    taken: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("taken >= 0 and taken <= capacity", name="room"),)


class Promise(SentOnce, Base):
    """`status`: made, kept, missed, apologised, owed, cancelled; or declined, which is none (`domain/promises.py`).

    The mail is that of the apology, where it was missed. Of somebody erased only those stay that came due, without the
    person: how many were kept stays true.
    """

    __tablename__ = "promises"

    response_id: Mapped[UUID | None] = mapped_column(Uuid)
    place: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(35))
    means: Mapped[str | None] = mapped_column(String(16))
    """phone, email, store; None: declined."""
    starts_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """By when it is to be kept."""
    made_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        ForeignKeyConstraint(["workspace_id", "alert_id"], ["alerts.workspace_id", "alerts.id"]),
        Index(
            "uq_promises_one_per_customer",
            "workspace_id",
            "customer_id",
            unique=True,
            sqlite_where=text(MADE),
            postgresql_where=text(MADE),
        ),
        Index("ix_promises_made", "ends_at", sqlite_where=text(MADE), postgresql_where=text(MADE)),
        Index(None, "workspace_id", "customer_id"),
        Index(None, "workspace_id", "alert_id"),
        Index(None, "workspace_id", "response_id"),
        Index(None, "workspace_id", "ends_at"),
        Index(None, "provider_id"),
        Index(None, "id", unique=True),  # a report of a mail names no workspace
    )

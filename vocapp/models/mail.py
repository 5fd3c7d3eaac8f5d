"""What the mail provider tells: reports of single messages, and halts during which it takes none."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import UtcTime, Uuid


class MailReport(Base):
    """One thing told of one message, kept so that the same again is known for it. Holds no address."""

    __tablename__ = "mail_reports"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    # No foreign keys: a report may come of a message that is none of ours, or was erased.
    workspace_id: Mapped[int | None] = mapped_column(Integer)
    """Known once its message is found."""
    batch_id: Mapped[UUID] = mapped_column(Uuid)
    """What came together; the subject of the fact that it did."""
    key: Mapped[str] = mapped_column(String(100))
    told_by: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    suppresses: Mapped[str | None] = mapped_column(String(16))
    mail_id: Mapped[UUID | None] = mapped_column(Uuid)
    provider_id: Mapped[str | None] = mapped_column(String(200))
    address_key: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the address that was told, to be compared with that of the message."""
    detail: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(UtcTime)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    outcome: Mapped[str | None] = mapped_column(String(16))
    """applied, or aside: about no message of ours, or about another address than its message; None: it waits."""

    __table_args__ = (
        UniqueConstraint("key"),
        Index(None, "batch_id"),
        Index(None, "mail_id"),
        Index(None, "received_at"),
    )


class MailHalt(Base):
    """Nothing goes out by this account until then: it asked us to wait, or turned us away."""

    __tablename__ = "mail_halts"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed hash of back end, server and credentials: with another key it is another account."""
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    """0: all of them."""
    reason: Mapped[str] = mapped_column(String(16))
    """asked_to_wait or turned_away."""
    detail: Mapped[str] = mapped_column(String(300))
    since: Mapped[datetime] = mapped_column(UtcTime)
    until: Mapped[datetime] = mapped_column(UtcTime)
    """When a message is tried again."""

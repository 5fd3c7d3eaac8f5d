"""Mail: what a message that goes once knows of itself, and what the provider tells: reports of single messages, and
halts during which it takes none.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import UtcTime, Uuid


class SentOnce:
    """A mail about an alert that is sent once, or the cause of one; its id is the message's."""

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    customer_id: Mapped[UUID | None] = mapped_column(Uuid)
    invitation_id: Mapped[UUID | None] = mapped_column(Uuid)
    alert_id: Mapped[UUID | None] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    """Why it was given up, or why no mail may go."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When its status changed last."""
    contact_key: Mapped[str | None] = mapped_column(String(64))
    """Where the mail goes."""
    marked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the call to the mail provider was begun: from then on it is never sent again."""
    provider_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Calls that came to nothing, through the provider's fault."""


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

"""Reports by mail: who of the staff wants which, which mail was made of it, and whom it quotes.

What a report says is in none of these: it is written when it goes, and nothing of it is kept but whose words it quotes.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKeyConstraint, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import UtcTime, Uuid

WANTED = "left_at is null"


class ReportSubscription(Base):
    """A member's wish for one kind of report about one part of the company. Left: the row stays, with when."""

    __tablename__ = "report_subscriptions"

    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(8))
    """weekly, monthly."""
    place: Mapped[str] = mapped_column(String(64))
    """With what is below it; empty: all that the member sees."""
    language: Mapped[str] = mapped_column(String(8))
    timezone: Mapped[str | None] = mapped_column(String(64))
    """None: the workspace's."""
    subscribed_at: Mapped[datetime] = mapped_column(UtcTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)
    next_due_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        UniqueConstraint("workspace_id", "user_id", "kind", "place"),
        ForeignKeyConstraint(["workspace_id", "user_id"], ["members.workspace_id", "members.user_id"]),
        Index("ix_report_subscriptions_due", "next_due_at", sqlite_where=text(WANTED), postgresql_where=text(WANTED)),
        Index(None, "id", unique=True),  # a link by which one leaves names no workspace
    )


class ReportMail(Base):
    """The one mail of a subscription about one period: `status` waiting, sent, unknown, dropped (with its reason)."""

    __tablename__ = "report_mails"

    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """The message's, too."""
    subscription_id: Mapped[UUID] = mapped_column(Uuid)
    period_on: Mapped[date] = mapped_column(Date)
    """The first day that it tells of."""
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    marked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the call to the mail provider was begun: from then on it is never sent again."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    provider_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Calls that came to nothing, through the provider's fault."""
    calls: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Calls begun, less those of which it is certain that nothing left: never more than one."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "subscription_id", "period_on"),
        ForeignKeyConstraint(
            ["workspace_id", "subscription_id"], ["report_subscriptions.workspace_id", "report_subscriptions.id"]
        ),
    )


class ReportQuote(Base):
    """Whose words a report quotes: by this an erasure finds the mails that lie in our folder. No words are kept."""

    __tablename__ = "report_quotes"

    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "mail_id"], ["report_mails.workspace_id", "report_mails.id"]),
        ForeignKeyConstraint(["workspace_id", "response_id"], ["responses.workspace_id", "responses.id"]),
        Index(None, "workspace_id", "response_id"),
    )

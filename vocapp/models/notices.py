"""How the team is told: the workspace's notifiers, and one notice per event, notifier and recipient."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid

WAITING = "status = 'waiting'"
CARRIED = "message_id is not null"


class NotifierRow(Base):
    """A way to tell the team, as a workspace set it up. Beside them, `alert_recipients` are told by mail."""

    __tablename__ = "notifiers"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(Text)
    """Sealed: the address of a webhook is a secret, too. Of mail: mailboxes, with commas between."""
    target_hint: Mapped[str] = mapped_column(String(300))
    """What staff see of it."""
    secret: Mapped[str | None] = mapped_column(Text)
    """Sealed."""
    old_secret: Mapped[str | None] = mapped_column(Text)
    """Signs along until `old_secret_until`, so that a receiver can change over in between."""
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcTime)
    kinds: Mapped[list[str]] = mapped_column(Json)
    """Of alerts; empty: all."""
    least_priority: Mapped[int] = mapped_column(SmallInteger)
    place: Mapped[str | None] = mapped_column(String(64))
    """With what is below it; None: everywhere."""
    digest_minutes: Mapped[int] = mapped_column(SmallInteger)
    """Alerts of so long go as one message; 0: each by itself, at once."""
    repeat_minutes: Mapped[int] = mapped_column(SmallInteger)
    """The most urgent are told again that often until somebody claims them; 0: never."""
    tool: Mapped[str | None] = mapped_column(String(40))
    """The helpdesk at the other end, by the name by which it calls back: it hears of every move but its own."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    disabled_reason: Mapped[str | None] = mapped_column(String(300))
    failures: Mapped[int] = mapped_column(SmallInteger)
    """In a row."""
    waits_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """Nothing is sent before: it failed, or asked to be left alone."""
    told_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(String(300))
    """Of the last call, where it failed."""

    __table_args__ = (ForeignKeyConstraint(["workspace_id", "place"], ["places.workspace_id", "places.key"]),)


class Notice(Base):
    """`status`: waiting, told, dropped (nobody needs to know any more), refused (a test), failed (given up)."""

    __tablename__ = "notices"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    notifier_id: Mapped[UUID | None] = mapped_column(Uuid)
    """None: `alert_recipients`."""
    event: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[UUID] = mapped_column(Uuid)
    alert_id: Mapped[UUID | None] = mapped_column(Uuid)
    """None: of a test."""
    recipient: Mapped[str] = mapped_column(String(320))
    """A mailbox; empty where the notifier has one target."""
    number: Mapped[int] = mapped_column(SmallInteger)
    """Of a reminder: which one; of an escalation: of which step; else how often the alert had been opened again."""
    priority: Mapped[int] = mapped_column(SmallInteger)
    """The alert's, when this was planned, or told last."""
    message_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The notice under whose id it went together with others: set before the call, so that a repeat is the same."""
    status: Mapped[str] = mapped_column(String(16))
    calling_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """A worker is telling it: no other does before then. Afterwards that worker has died."""
    attempts: Mapped[int] = mapped_column(SmallInteger)
    unknown: Mapped[int] = mapped_column(SmallInteger)
    """How often no verdict came."""
    failing_since: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "alert_id"], ["alerts.workspace_id", "alerts.id"]),
        ForeignKeyConstraint(["workspace_id", "notifier_id"], ["notifiers.workspace_id", "notifiers.id"]),
        Index(None, "workspace_id", "alert_id"),
        Index(None, "workspace_id", "notifier_id", "event", "created_at"),
        Index(
            "ix_notices_message",
            "workspace_id",
            "message_id",
            sqlite_where=text(CARRIED),
            postgresql_where=text(CARRIED),
        ),
        Index(
            "ix_notices_waiting",
            "workspace_id",
            "notifier_id",
            "recipient",
            "due_at",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )

"""The way of one answer, as rows: event, invitation, response."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid

TO_WEIGH = "status = 'partial' and counted_on is null and weighed < revision"
"""Of a response: its last page was not weighed yet, see `services/weighing.py`."""
TO_CLOSE = "status = 'partial' and counted_on is null and weighed >= revision"
TO_SORT = "counted_on is not null and segments is null"
IMPORTED: Final = "import"
"""The channel of what was answered to an earlier tool: nobody is alerted by it, see `services/past_answers.py`."""

MAILED: Final = ("email", "link")
"""The channels by which somebody is written to, or given a link: what becomes of those is counted."""
MAIL_BITS: Final = {"sent": 1, "undelivered": 2, "unsubscribed": 4, "complained": 8}
"""What is counted on the day on which a message left."""
OPENED: Final = 16
"""Of `mail_heard`: a person opened the mail."""
VISITED: Final = 4096
"""Of `mail_heard`: a person was at the survey's page, in time."""
WATCHED: Final = 8192
"""Of `mail_heard`: its page tells when a person is there, which those of earlier invitations did not."""
FELL_DUE: Final = 32
"""Of `mail_counted`: its time to be answered is over, and what came of it until then is counted."""
DUE_BITS: Final = {
    "due": 64,
    "answered": 128,
    "completed": 256,
    "told": 512,
    "tracked": 1024,
    "opened": 2048,
    "visited": 4096,
    "visited_answered": 8192,
}
"""What is counted on the day on which its time to be answered was over: that it was delivered, and what came of it."""
MAIL_NOW: Final = "(mail_heard & 15 | 1 | case when delivery in ('blocked', 'dropped', 'bounced') then 2 else 0 end)"
MAIL_TO_COUNT: Final = f"sent_at is not null and channel in ('email', 'link') and (mail_counted & 15) <> {MAIL_NOW}"
"""Of an invitation: what became of it is not what the counters hold."""
MAIL_TO_FALL_DUE: Final = f"(mail_counted & {MAIL_BITS['sent'] | FELL_DUE}) = 1"
"""Of an invitation: it is counted as sent, and what came of it is not counted yet."""
MAILED_SOME_DAY: Final = "mailed_on is not null"
"""Of an invitation: it is counted as sent."""


class Event(Base):
    """Something that happened to a customer, told from outside; `key` is the teller's id and comes once."""

    __tablename__ = "events"

    # No foreign key of its own: that of the customer implies it, and a thousand events would pay for it each.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime] = mapped_column(UtcTime)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    place: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(200))
    properties: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        Index(None, "workspace_id", "customer_id", "occurred_at"),
    )


class Invitation(Base):
    """A survey put, or not put, to one customer: every decision about it and its reason.

    `kind`: invitation; or recovery, which the rests between surveys do not hold back: an apology, or the survey about a
    resolution, which names its alert.
    `status`: scheduled, sending, sent, unknown, failed, held, suppressed, dropped, cancelled, expired.
    """

    __tablename__ = "invitations"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    survey_key: Mapped[str] = mapped_column(String(64))
    survey_version: Mapped[int] = mapped_column(Integer)
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    occasion: Mapped[str | None] = mapped_column(String(200))
    """The event's outside id: one invitation per survey and occasion."""
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16), default="invitation", server_default="invitation")
    alert_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Whose resolution it asks about; that one is named by `occasion`. No key leads there: an erasure takes both."""
    language: Mapped[str] = mapped_column(String(35))
    context: Mapped[dict[str, Any]] = mapped_column(Json)
    """Frozen at the making: event, event_id, occurred_at, place, agent, properties."""
    place: Mapped[str | None] = mapped_column(String(64))
    first_page: Mapped[list[str]] = mapped_column(Json)
    """The keys of page one, which stands in the mail."""
    skipped_known: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """Every decision in order: {at, status, reason}; only ever appended to."""
    contact_key: Mapped[str] = mapped_column(String(64))
    priority: Mapped[int] = mapped_column(SmallInteger)
    occurred_at: Mapped[datetime] = mapped_column(UtcTime)
    send_at: Mapped[datetime | None] = mapped_column(UtcTime)
    marked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When a call to the mail provider was begun: from then on it is never sent again."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)
    provider_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """Calls that came to nothing, through the provider's fault."""
    delivery: Mapped[str | None] = mapped_column(String(16))
    """What the provider told since: processed, deferred, delivered, blocked, dropped, bounced."""
    mail_heard: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """What is heard of its person, as bits of MAIL_BITS, OPENED and VISITED: that they unsubscribe, that it is spam.
    And WATCHED."""
    mail_tracked: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """The provider was asked to tell who opens it."""
    mail_counted: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """What the counters hold of it, as bits of MAIL_BITS and DUE_BITS; moved by the clock
    (`services/counting_mails.py`)."""
    mailed_on: Mapped[date | None] = mapped_column(Date)
    """The workspace's day on which it left, frozen when it was counted."""
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        UniqueConstraint("workspace_id", "survey_key", "occasion"),
        UniqueConstraint("id"),
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "survey_key", "survey_version"],
            ["survey_versions.workspace_id", "survey_versions.key", "survey_versions.version"],
        ),
        Index(None, "workspace_id", "customer_id"),
        Index(None, "provider_id"),
        Index(
            "ix_invitations_mail_to_count",
            "workspace_id",
            "id",
            sqlite_where=text(MAIL_TO_COUNT),
            postgresql_where=text(MAIL_TO_COUNT),
        ),
        Index(
            "ix_invitations_mailed",
            "workspace_id",
            "survey_key",
            "mailed_on",
            sqlite_where=text(MAILED_SOME_DAY),
            postgresql_where=text(MAILED_SOME_DAY),
        ),
        Index(
            "ix_invitations_mail_to_fall_due",
            "sent_at",
            sqlite_where=text(MAIL_TO_FALL_DUE),
            postgresql_where=text(MAIL_TO_FALL_DUE),
        ),
        Index(
            None,
            "workspace_id",
            "alert_id",
            sqlite_where=text("alert_id is not null"),
            postgresql_where=text("alert_id is not null"),
        ),
    )


class Response(Base):
    """What a customer answered to an invitation: all that was given, with `void` naming what does not count."""

    __tablename__ = "responses"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    invitation_id: Mapped[UUID] = mapped_column(Uuid)
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    survey_key: Mapped[str] = mapped_column(String(64))
    survey_version: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str] = mapped_column(String(16))
    place: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(35))
    status: Mapped[str] = mapped_column(String(16))
    """partial or completed."""
    revision: Mapped[int] = mapped_column(Integer)
    """Raised by every accepted page: two writers never both win."""
    weighed: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """The revision that was looked at when the grace time was over: no page need write it to be looked at anew."""
    pages: Mapped[list[list[str]]] = mapped_column(Json)
    position: Mapped[int] = mapped_column(SmallInteger)
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    void: Mapped[list[str]] = mapped_column(Json)
    skipped_known: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    nps: Mapped[int | None] = mapped_column(SmallInteger)
    csat: Mapped[int | None] = mapped_column(SmallInteger)
    ces: Mapped[int | None] = mapped_column(SmallInteger)
    sentiment: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """{label, score, language, …} once scored."""
    persona: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """{key, confidence, reasons}."""
    segments: Mapped[list[str] | None] = mapped_column(Json)
    """Those that the customer belonged to when they answered, and under which it counts; None: not looked at yet."""
    callback_wish: Mapped[dict[str, Any] | None] = mapped_column(Json)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    answered_at: Mapped[datetime] = mapped_column(UtcTime)
    """When the last page was accepted."""
    completed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    counted_on: Mapped[date | None] = mapped_column(Date)
    """The workspace's day it counts on: frozen when it is completed, or when it is closed unfinished."""

    __table_args__ = (
        UniqueConstraint("invitation_id"),  # alone: with nothing else to look it up by, no plan can miss it
        ForeignKeyConstraint(["workspace_id", "invitation_id"], ["invitations.workspace_id", "invitations.id"]),
        Index(None, "workspace_id", "customer_id", "survey_key"),
        Index(None, "workspace_id", "answered_at"),
        # of unfinished ones alone: the first holds what was answered within the grace time, and the sweep moves it on
        Index(
            "ix_responses_to_weigh",
            "workspace_id",
            "answered_at",
            sqlite_where=text(TO_WEIGH),
            postgresql_where=text(TO_WEIGH),
        ),
        Index(
            "ix_responses_to_close",
            "workspace_id",
            "answered_at",
            sqlite_where=text(TO_CLOSE),
            postgresql_where=text(TO_CLOSE),
        ),
        Index(
            "ix_responses_to_sort",
            "workspace_id",
            "id",
            sqlite_where=text(TO_SORT),
            postgresql_where=text(TO_SORT),
        ),
    )

"""Signals (an unhappy response) and alerts (a customer's entry in the callback queue); their history only grows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, Integer, SmallInteger, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid


class Signal(Base):
    """One per response, committed with what makes it unhappy; `alert_id` is empty until the alert job has run.

    An event that tells by itself has its own, under the event's id, which then stands in `event_id`, too.
    """

    __tablename__ = "signals"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    kinds: Mapped[list[str]] = mapped_column(Json)
    place: Mapped[str | None] = mapped_column(String(64))
    raised_at: Mapped[datetime] = mapped_column(UtcTime)
    alert_id: Mapped[UUID | None] = mapped_column(Uuid)
    event_id: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (
        # none to responses: it is written by the statements that write or hold the response
        ForeignKeyConstraint(["workspace_id", "alert_id"], ["alerts.workspace_id", "alerts.id"]),
        Index(None, "workspace_id", "alert_id"),
    )


class Alert(Base):
    """`status`: new, claimed, contacted, resolved, closed."""

    __tablename__ = "alerts"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(SmallInteger)
    """`severity` × `value` × `age`, see `domain/urgency.py`."""
    severity: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    value: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    value_figure: Mapped[float | None] = mapped_column()
    """By which the value was judged when the alert was opened."""
    age: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    ages_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When waiting makes an open alert more urgent; None: never again."""
    kinds: Mapped[list[str]] = mapped_column(Json)
    place: Mapped[str | None] = mapped_column(String(64))
    team: Mapped[str | None] = mapped_column(String(64))
    """The place whose own team calls back; None: the central team does."""
    escalation: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """How many steps were taken because nobody called in time."""
    escalates_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the next step is due; None: there is none."""
    reason: Mapped[str] = mapped_column(String(200))
    assignee: Mapped[str | None] = mapped_column(String(200))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """While somebody holds it: then it goes back to the queue, unless they do something to it before."""
    misses: Mapped[int] = mapped_column(SmallInteger)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When to try again, after a call that nobody answered."""
    wrong_number: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """The number known is not the customer's: nobody calls it again."""
    root_cause: Mapped[str | None] = mapped_column(String(200))
    """As `delivery.late`, of the workspace's list (`domain/resolutions.py`), or a text of its own."""
    remedy: Mapped[str | None] = mapped_column(String(64))
    """What was done about it."""
    elsewhere: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Another tool has it: `assignee` is its name, and no lease runs out."""
    external: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What another tool told of it last (`domain/external.py`)."""
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        Index(
            "uq_alerts_one_open_per_customer",
            "workspace_id",
            "customer_id",
            unique=True,
            sqlite_where=text("status in ('new', 'claimed', 'contacted')"),
            postgresql_where=text("status in ('new', 'claimed', 'contacted')"),
        ),
        Index(None, "workspace_id", "status", "priority", "due_at"),
        Index(
            None,
            "claimed_until",
            sqlite_where=text("claimed_until is not null"),
            postgresql_where=text("claimed_until is not null"),
        ),
        Index(
            None,
            "ages_at",
            sqlite_where=text("ages_at is not null"),
            postgresql_where=text("ages_at is not null"),
        ),
        Index(
            None,
            "escalates_at",
            sqlite_where=text("escalates_at is not null"),
            postgresql_where=text("escalates_at is not null"),
        ),
        Index(None, "workspace_id", "customer_id"),
    )


class AlertMove(Base):
    """One line of an alert's history. Rows are only added."""

    __tablename__ = "alert_moves"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    alert_id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(UtcTime)
    action: Mapped[str] = mapped_column(String(32))
    by: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16))
    """The status after the move."""
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """By when somebody was to try, on a line that tries or settles; as in `details`, which is what others read."""

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "alert_id"], ["alerts.workspace_id", "alerts.id"]),
        Index(None, "workspace_id", "alert_id", "at"),
        Index(
            "ix_alert_moves_due",
            "workspace_id",
            "due_at",
            sqlite_where=text("due_at is not null"),
            postgresql_where=text("due_at is not null"),
        ),
        Index(
            "ix_alert_moves_resolved",
            "workspace_id",
            "at",
            sqlite_where=text("action = 'resolve'"),
            postgresql_where=text("action = 'resolve'"),
        ),
    )

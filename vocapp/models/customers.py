"""Customers: who they are, what is known of them, what they agreed to, and how often they were contacted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, SmallInteger, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid


class Wishes:
    """What people ask about being written to. Of the address, which is what is locked; and of the customer, so that
    it goes with them to another address.
    """

    paused_until: Mapped[datetime | None] = mapped_column(UtcTime)
    pauses: Mapped[list[list[str]] | None] = mapped_column(Json)
    """Every pause of the last year: [since, until]."""
    frequency: Mapped[str | None] = mapped_column(String(16))
    """weekly, monthly, quarterly; NULL: as the workspace has it."""


class Customer(Wishes, Base):
    __tablename__ = "customers"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    phone: Mapped[str | None] = mapped_column(String(32))
    first_name: Mapped[str | None] = mapped_column(String(200))
    last_name: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(35))
    timezone: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(35))
    """Chosen by the customer; what other systems say of their locale does not undo it."""
    core_observed_at: Mapped[dict[str, str]] = mapped_column(Json)
    """For each core field, when its value was observed (RFC 3339): the value observed last stays."""
    contact_key: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the normalised address, or of the customer's id where there is none: limits of contact go by it."""
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcTime)

    nps_value: Mapped[int | None] = mapped_column(SmallInteger)
    nps_at: Mapped[datetime | None] = mapped_column(UtcTime)
    csat_value: Mapped[int | None] = mapped_column(SmallInteger)
    csat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ces_value: Mapped[int | None] = mapped_column(SmallInteger)
    ces_at: Mapped[datetime | None] = mapped_column(UtcTime)
    sentiment_label: Mapped[str | None] = mapped_column(String(16))
    sentiment_score: Mapped[float | None] = mapped_column()
    sentiment_at: Mapped[datetime | None] = mapped_column(UtcTime)
    persona_key: Mapped[str | None] = mapped_column(String(64))
    persona_confidence: Mapped[float | None] = mapped_column()
    persona_at: Mapped[datetime | None] = mapped_column(UtcTime)

    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id"),
        Index(None, "workspace_id", "contact_key"),
    )


class Attribute(Base):
    """One thing known of a customer: where from, since when, until when."""

    __tablename__ = "attributes"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(Json, nullable=True)
    """NULL: deleted, and the deletion is what was observed last."""
    source: Mapped[str] = mapped_column(String(64))
    observed_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
    )


class Consent(Base):
    """What a customer agreed or objected to, once said, for ever kept: rows are only added."""

    __tablename__ = "consents"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    purpose: Mapped[str] = mapped_column(String(80))
    granted: Mapped[bool] = mapped_column()
    source: Mapped[str] = mapped_column(String(200))
    text_version: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcTime)
    own: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Said by the person on a page of theirs (preferences, unsubscribing): such a no is undone by such a yes only."""

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        UniqueConstraint("workspace_id", "customer_id", "purpose", "at", "granted", "source"),
    )


class Contact(Wishes, Base):
    """An address (by its keyed hash) and what stands against writing to it. The row is the contact policy's lock."""

    __tablename__ = "contacts"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    suppressed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    suppressed_reason: Mapped[str | None] = mapped_column(String(64))
    suppressed_by: Mapped[str | None] = mapped_column(String(32))
    """Who said so: sendgrid, bounce_mail, or a command."""
    erased_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Somebody was erased under this address: only a consent given since lets anything go there."""


class LedgerEntry(Base):
    """One contact, planned or made: what the cap and the rests count. Its id is that of the invitation, of the letter,
    of the promise apologised for, or of the line in an alert's history which tells that the customer was reached.
    """

    __tablename__ = "ledger"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    contact_key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(16))
    survey_key: Mapped[str | None] = mapped_column(String(64))
    priority: Mapped[int] = mapped_column(SmallInteger)
    made: Mapped[bool] = mapped_column()
    """False while it is only planned."""

    __table_args__ = (Index(None, "workspace_id", "contact_key", "at"),)

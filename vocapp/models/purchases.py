"""Purchases, and what they come to: by customer and by day. Amounts are in the currency's smallest unit (cents)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid

STANDS = (
    "{0}.day is not null and {0}.cancelled_at is null and ({0}.total_minor = 0 or {0}.refunded_minor < {0}.total_minor)"
)
"""What is true of a row of purchases, under the name given, that counts as one (`domain/purchases.Order.stands`)."""


class Purchase(Base):
    """One order and its refunds, put together from every event that told of it (`domain/purchases.py`).

    A refund may be told before its order: until that comes, `ordered_at`, `day`, `total_minor` and `currency` are NULL,
    and nothing is counted.
    """

    __tablename__ = "purchases"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    order_key: Mapped[str] = mapped_column(String(200))
    """The teller's id of the order."""
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    place: Mapped[str | None] = mapped_column(String(64))
    ordered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    day: Mapped[date | None] = mapped_column(Date)
    """The workspace's day on which it was ordered."""
    currency: Mapped[str | None] = mapped_column(String(3))
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger)
    """Never more than the total."""
    refunds: Mapped[dict[str, list[int | str | None]]] = mapped_column(Json)
    """By refund: [amount, or null for all of it; currency, or null for the order's (then in millionths); when]."""
    told_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Of when the word is that counts; with `told_key` it says which of two words is the later one."""
    told_key: Mapped[str | None] = mapped_column(String(16))
    completed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """The latest `Order Completed` told in its own time."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """NULL: it is not cancelled, or was completed again."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "order_key"),
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        Index(None, "workspace_id", "customer_id", "day"),
        Index(None, "workspace_id", "day", "customer_id"),
    )


class CustomerValue(Base):
    """What a customer's purchases in the workspace's currency come to. No row and nought orders mean the same.

    Recency in days is `last_on - first_on`, frequency `days - 1`, the average basket `revenue_minor / orders`, the
    lifetime value `revenue_minor`; the stage is an expression in `models/values.py`.
    """

    __tablename__ = "customer_values"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    orders: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)
    """Different days with an order."""
    run_months: Mapped[int] = mapped_column(Integer)
    """How many calendar months in a row, up to that of the last order, have an order each."""
    revenue_minor: Mapped[int] = mapped_column(BigInteger)
    """Net of refunds."""
    refunded_minor: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcTime)
    first_on: Mapped[date | None] = mapped_column(Date)
    """The workspace's day."""
    last_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
    )


class Sales(Base):
    """The exact sums of a day, place and currency: changed with the purchases, and never by an erasure."""

    __tablename__ = "sales"

    # No foreign key: the purchases have theirs.
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Empty where the order named none."""
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    orders: Mapped[int] = mapped_column(Integer)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger)


class AnonymousPurchase(Base):
    """What one purchase of an erased person added to the sums, which never move; these rows say why they do not."""

    __tablename__ = "anonymous_purchases"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """Drawn, not made of a time as other ids are: it would lead to the erasure."""
    week: Mapped[date] = mapped_column(Date)
    """Its Monday."""
    place: Mapped[str] = mapped_column(String(64))
    """The one above the store; empty where there is none."""
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger)

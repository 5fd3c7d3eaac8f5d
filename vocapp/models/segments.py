"""Segments, who belongs to them since when, and the portraits that their rules are asked of.

A portrait holds what rules see of one customer (`domain/segments`), written down after the change feed: nothing that
answers or takes in waits for it. `Following` is the place in the feed up to which that was done.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid

_BELONGS = text("left_at is null")
_LEFT = text("left_at is not null")
_EXPIRES = text("renew_at is not null")
_NOBODY = text("false")


class SegmentRow(Base):
    __tablename__ = "segments"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    """Raised by every change of the definition."""
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    renewed_version: Mapped[int | None] = mapped_column(Integer)
    """The version by which everybody was asked last; memberships are as that one has it."""
    renewed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    company_only: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Its rule looks, or once looked, at what was said or happened somewhere: who works for a part of the company
    does not see who belongs, who joined and who left."""


def open_within(*, workspace_id: int, places: Collection[str] | None) -> list[ColumnElement[bool]]:
    """Return the conditions on `SegmentRow` under which who sees these places may know who belongs; None: sees all."""
    own = SegmentRow.workspace_id == workspace_id
    return [own] if places is None else [own, SegmentRow.company_only.is_(False)]


class Membership(Base):
    """One customer in one segment, now or once. A row for ever: who comes back joins again."""

    __tablename__ = "memberships"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    segment_key: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    joined_at: Mapped[datetime] = mapped_column(UtcTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "segment_key"], ["segments.workspace_id", "segments.key"]),
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        UniqueConstraint("workspace_id", "customer_id", "segment_key"),
        Index(
            "ix_memberships_belongs",
            "workspace_id",
            "segment_key",
            "id",
            sqlite_where=_BELONGS,
            postgresql_where=_BELONGS,
        ),
        # who came and went of late
        Index("ix_memberships_joined", "workspace_id", "segment_key", "joined_at", "id"),
        Index(
            "ix_memberships_left",
            "workspace_id",
            "segment_key",
            "left_at",
            "id",
            sqlite_where=_LEFT,
            postgresql_where=_LEFT,
        ),
    )


class PortraitRow(Base):
    __tablename__ = "portraits"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    moments: Mapped[dict[str, Any]] = mapped_column(Json)
    renew_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the first of the attributes expires."""
    nps: Mapped[float | None] = mapped_column()
    persona_key: Mapped[str | None] = mapped_column(String(64))
    place_key: Mapped[str | None] = mapped_column(String(64))
    stage: Mapped[str | None] = mapped_column(String(16))
    csat: Mapped[float | None] = mapped_column()
    ces: Mapped[float | None] = mapped_column()
    sentiment_score: Mapped[float | None] = mapped_column()
    persona_confidence: Mapped[float | None] = mapped_column()
    orders: Mapped[float | None] = mapped_column()
    months: Mapped[float | None] = mapped_column()
    revenue_minor: Mapped[float | None] = mapped_column()
    refunded_minor: Mapped[float | None] = mapped_column()
    basket_minor: Mapped[float | None] = mapped_column()
    # microseconds since 1970, as the facts have them
    nps_at: Mapped[int | None] = mapped_column(BigInteger)
    csat_at: Mapped[int | None] = mapped_column(BigInteger)
    ces_at: Mapped[int | None] = mapped_column(BigInteger)
    sentiment_at: Mapped[int | None] = mapped_column(BigInteger)
    persona_at: Mapped[int | None] = mapped_column(BigInteger)
    first_order_at: Mapped[int | None] = mapped_column(BigInteger)
    last_order_at: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "customer_id"], ["customers.workspace_id", "customers.id"]),
        Index("ix_portraits_nps", "workspace_id", "nps"),
        Index("ix_portraits_persona", "workspace_id", "persona_key", "nps"),
        Index("ix_portraits_place", "workspace_id", "place_key", "nps"),
        Index("ix_portraits_stage", "workspace_id", "stage", "nps"),
        Index("ix_portraits_renew", "workspace_id", "renew_at", sqlite_where=_EXPIRES, postgresql_where=_EXPIRES),
        # SQLite knows no such index: there it stands empty, and everybody is asked
        Index(
            "ix_portraits_facts",
            "facts",
            postgresql_using="gin",
            postgresql_ops={"facts": "jsonb_path_ops"},
            sqlite_where=_NOBODY,
        ),
    )


class Following(Base):
    """How far a workspace's portraits have followed a stream of the change feed. The row is the lock of who follows."""

    __tablename__ = "followings"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(36))
    """The life of the database in which the place was reached."""
    xid: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(BigInteger)

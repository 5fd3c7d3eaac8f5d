"""What is shown to everybody: links without a login, and the figures that were published once, month by month."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, ForeignKeyConstraint, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid


class PublicLink(Base):
    """A link that shows a part of what is published to whoever has it."""

    __tablename__ = "public_links"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    surveys: Mapped[list[str]] = mapped_column(Json)
    """Keys; none: all."""
    figures: Mapped[list[str]] = mapped_column(Json)
    place: Mapped[str] = mapped_column(String(64))
    """With all that is below it; empty: the company."""
    created_by: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last day on which it opens, the workspace's."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("id"),)


class Publication(Base):
    """A month whose figures are published: never again, whatever is answered, corrected or erased since."""

    __tablename__ = "publications"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    """Its first day."""
    published_at: Mapped[datetime] = mapped_column(UtcTime)


class PublishedFigure(Base):
    """One figure of ten people and more (`domain/disclosure.py`), of a survey and a place with all that is below it."""

    __tablename__ = "published_figures"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    survey_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    figure: Mapped[str] = mapped_column(String(64), primary_key=True)
    """nps, csat, ces, `mentioned:THEME`, `negative:THEME`; `*`: there are some of places, none of the company."""
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Empty: the company."""
    value: Mapped[int] = mapped_column(SmallInteger)
    bound: Mapped[str] = mapped_column(String(8))
    n: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "month"], ["publications.workspace_id", "publications.month"]),
        # a page reads one place over all months, and the company of every survey
        Index(None, "workspace_id", "place", "survey_key", "month"),
    )

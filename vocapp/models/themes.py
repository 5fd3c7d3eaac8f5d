"""Themes that verbatims mention, as rows: what lists are filtered by. Figures are read from the counters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid


class ThemeMention(Base):
    """What one verbatim says of one theme. Written in the transaction that concludes it, replaced by looking again."""

    __tablename__ = "theme_mentions"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    question: Mapped[str] = mapped_column(String(64), primary_key=True)
    theme: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(16))
    """negative, neutral or positive."""
    score: Mapped[float] = mapped_column()
    """−1 to 1."""

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "response_id"], ["responses.workspace_id", "responses.id"]),
        # a response's id tells when it was begun: by theme and sentiment, the newest first
        Index(None, "workspace_id", "theme", "label", "response_id"),
    )


class ThemeVersion(Base):
    """Themes that a workspace has beside those that ship, or in place of one of them, from then on."""

    __tablename__ = "theme_versions"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class ThemeStretch(Base):
    """Responses in the order of their ids, one worker's at a time, that are looked through again for themes.

    Those of the last time stay, with what came of them, until the next time.
    """

    __tablename__ = "theme_stretches"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    wanted_at: Mapped[datetime] = mapped_column(UtcTime)
    """When it was asked for: the same for all stretches of one time."""
    themes_version: Mapped[int | None] = mapped_column(Integer)
    """The workspace's own themes that are looked for; None: those that ship."""
    after_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Up to here it is looked through; None: nothing is, or all of it."""
    until_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The last of it; None: whatever comes."""
    total: Mapped[int] = mapped_column(Integer)
    """Responses in it when it was asked for."""
    looked_at: Mapped[int] = mapped_column(Integer)
    """Responses with words."""
    changed: Mapped[int] = mapped_column(Integer)
    """Of these, how many mention something else now."""
    busy_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """A worker has it, and lets go of it then at the latest."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)

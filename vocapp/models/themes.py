"""Themes that verbatims mention, as rows: what lists are filtered by. Figures are read from the counters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid


class ThemeMention(Base):
    """What one verbatim says of one theme. Written in the transaction that concludes it, never changed."""

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

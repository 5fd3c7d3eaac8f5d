"""Surveys, personas and rules of alerts as they were written: a draft to edit, versions that never change.

And when a survey was held back, as too many complained.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, ForeignKey, ForeignKeyConstraint, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid

STILL_HELD: Final = "resumed_at is null"


class SurveyRecord(Base):
    __tablename__ = "surveys"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    draft: Mapped[dict[str, Any]] = mapped_column(Json)
    published_version: Mapped[int | None] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class SurveyVersion(Base):
    __tablename__ = "survey_versions"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (ForeignKeyConstraint(["workspace_id", "key"], ["surveys.workspace_id", "surveys.key"]),)


class SurveyHold(Base):
    """A time in which a survey sent nothing, for what its messages met with; one that stands has no end."""

    __tablename__ = "survey_holds"

    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    survey_key: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(16))
    """complaints or unsubscribes."""
    delivered: Mapped[int] = mapped_column(Integer)
    """The messages by which it was judged; of which:"""
    complained: Mapped[int] = mapped_column(Integer)
    unsubscribed: Mapped[int] = mapped_column(Integer)
    held_at: Mapped[datetime] = mapped_column(UtcTime)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """From then on it is judged by what it sent since."""
    resumed_on: Mapped[date | None] = mapped_column(Date)
    """The workspace's day of that. Nothing reads it but the version before, which may run beside this one."""

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "survey_key"], ["surveys.workspace_id", "surveys.key"]),
        Index(None, "workspace_id", "survey_key", "resumed_at"),
        Index(
            "uq_survey_holds_standing",
            "workspace_id",
            "survey_key",
            unique=True,
            sqlite_where=text(STILL_HELD),
            postgresql_where=text(STILL_HELD),
        ),
    )


class PersonaVersion(Base):
    __tablename__ = "persona_versions"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class AlertRuleVersion(Base):
    """What became an alert in a workspace from then on. A workspace without one follows the rules that ship."""

    __tablename__ = "alert_rule_versions"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

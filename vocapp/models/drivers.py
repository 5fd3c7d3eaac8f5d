"""What was found to go with low scores, as it was last looked at: of so many answers that nobody waits for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime


class DriverReport(Base):
    """The drivers of one metric of a survey, at a place and below. Sums of twenty people and more; nobody's words."""

    __tablename__ = "driver_reports"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    survey_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    metric: Mapped[str] = mapped_column(String(8), primary_key=True)
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Empty: everywhere."""
    wanted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When it was asked for; looked at since: None."""
    since: Mapped[date | None] = mapped_column(Date)
    """First day of the answers to look at; None: a year back."""
    until: Mapped[date | None] = mapped_column(Date)
    found_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """None: not looked at yet."""
    findings: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """As `domain/drivers.Findings` writes them, with the days that were looked at."""

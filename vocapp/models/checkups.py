"""What the nightly look at vocapp's promises found: one row a check, as it was last looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime


class Checkup(Base):
    __tablename__ = "checkups"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Of a check in `services/checking/`."""
    looked_at: Mapped[datetime] = mapped_column(UtcTime)
    took_ms: Mapped[int] = mapped_column(Integer)
    why_unknown: Mapped[str | None] = mapped_column(String(64))
    """Why nobody knows; None: it was looked at."""
    wrong: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """`{workspace_id, n, ids}` for each workspace in which the promise is broken."""

"""What a call with an `Idempotency-Key` answered, so that the same call again is answered the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, SmallInteger, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base, db
from vocapp.models.types import Json, UtcTime


class IdempotentCall(Base):
    __tablename__ = "idempotent_calls"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of method, path and body: the same key with another call is refused."""
    status: Mapped[int | None] = mapped_column(SmallInteger)
    """None while the first call is still under way."""
    body: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def forget_calls(*, before: datetime) -> None:
    """Delete the calls made before a time."""
    db.session.execute(delete(IdempotentCall).where(IdempotentCall.created_at < before))

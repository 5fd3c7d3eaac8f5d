"""The logos of brands, as files that the product serves itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import UtcTime


class Logo(Base):
    """An image that was looked at. It is known by what it holds: another image has another address, for ever."""

    __tablename__ = "logos"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The beginning of its SHA-256, in hexadecimal."""
    media_type: Mapped[str] = mapped_column(String(16))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

"""Who uses vocapp: workspaces sealed from one another, their places, staff and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from vocapp.models.base import Base
from vocapp.models.types import Json, UtcTime, Uuid


class Workspace(Base):
    __tablename__ = "workspaces"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    default_language: Mapped[str] = mapped_column(String(16))
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    """`contact_policy`, `brand`, `brands` (by place), `alert_recipients`, `callbacks`, `callback_team`, `notices`,
    `sender`, `alert_rules` (the version in force), `value`, `advisers`: what is not here has its default.
    """
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Place(Base):
    """A node of the company's tree. `path` holds the keys from the root down, as `/brand/region/store/`."""

    __tablename__ = "places"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    parent_key: Mapped[str | None] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(1000))

    __table_args__ = (ForeignKeyConstraint(["workspace_id", "parent_key"], ["places.workspace_id", "places.key"]),)


class User(Base):
    """A person on the staff, in as many workspaces as they are members of."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    """Lower case."""
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Member(Base):
    __tablename__ = "members"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    place_key: Mapped[str | None] = mapped_column(String(64))
    """Sees this place and what is below it; None: everything."""
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Since then the person has no part in this workspace, until somebody gives it back."""
    calls: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    """Which alerts are handed to them: `languages`, `skills`, `away` (`domain/handing_out.py`)."""

    __table_args__ = (ForeignKeyConstraint(["workspace_id", "place_key"], ["places.workspace_id", "places.key"]),)


class StaffSession(Base):
    """One person at one browser. Ended: the row is gone."""

    __tablename__ = "staff_sessions"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what the browser's cookie holds."""
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("users.id"), index=True)
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspaces.id"))
    """In which of several workspaces it works; None: not chosen, or there is only one."""
    browser: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    """The last click, to some minutes."""


class ApiKey(Base):
    __tablename__ = "api_keys"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the key, which has 256 random bits: no salt or stretching adds anything."""
    scopes: Mapped[list[str]] = mapped_column(Json)
    place_key: Mapped[str | None] = mapped_column(String(64))
    """Sees this place and what is below it; None: everything."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """To some minutes."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class AuditEntry(Base):
    """One change of a setting: rows are only added. Holds no password, key or other secret."""

    __tablename__ = "audit"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(320))
    """Who: a member's address, `key: NAME`, or `command line`."""
    action: Mapped[str] = mapped_column(String(64))
    """What was done: `policy.changed`, `member.added`…"""
    subject: Mapped[str | None] = mapped_column(String(320))
    """What it was done to: a place's key, a member's address, a key's name."""
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)

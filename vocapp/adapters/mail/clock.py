"""The time that a message's Date header tells; mailers take another one in tests."""

from __future__ import annotations

from datetime import UTC, datetime


def now_utc() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)

"""How long an answer asks us to wait."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

LONGEST_WAIT_SECONDS = 24 * 3600.0


def wait_seconds(headers: Message, *, now: datetime) -> float | None:
    """Return the seconds to wait that an answer asks for, at most a day: Retry-After, else X-RateLimit-Reset."""
    asked = headers.get("Retry-After")
    if asked is not None:
        seconds = _number(asked)
        if seconds is None:
            try:
                until = parsedate_to_datetime(asked)
            except (ValueError, OverflowError):  # a year of twenty digits is no time either
                return None
            seconds = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
        return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
    reset = _number(headers.get("X-RateLimit-Reset") or "")
    return None if reset is None else min(max(reset - now.timestamp(), 0.0), LONGEST_WAIT_SECONDS)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

"""Days and times in a query: a day is the workspace's, from its midnight on."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields

from vocapp.services.intake_values import EARLIEST, ValueRefused, read_time

USUAL_DAYS: Final = 30
"""Of a figure for which nobody names a first day."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LAST_YEAR = 9998
"""A year of which every moment exists in every zone."""


class DayOrTime(fields.Field[date | datetime]):
    """A day of the workspace, or an RFC 3339 time."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date | datetime:
        if not isinstance(value, str):
            raise ValidationError("must be a text: a day such as 2026-03-10, or a time")
        try:
            read = date.fromisoformat(value) if _DAY.fullmatch(value) else read_time(value)
        except ValueRefused as refused:
            raise ValidationError(f"{refused}, or a day such as 2026-03-10") from refused
        except ValueError as error:
            raise ValidationError("is no day that exists") from error
        if not EARLIEST.year <= read.year <= _LAST_YEAR:
            raise ValidationError(f"must be from {EARLIEST.year} to {_LAST_YEAR}")
        return read


class LatelyQuery(Schema):
    """The days of a figure: the last USUAL_DAYS where nothing is said."""

    since = DayOrTime(
        data_key="from",
        metadata={
            "type": "string",
            "description": f"First day that counts (the workspace's); left out, {USUAL_DAYS} days before `to`.",
        },
    )
    until = DayOrTime(
        data_key="to",
        metadata={"type": "string", "description": "First day that no longer counts; left out, tomorrow."},
    )


def time_of(given: date | datetime | None, zone: str) -> datetime | None:
    """Return the moment at which a day begins in a zone; a time as it is."""
    if given is None or isinstance(given, datetime):
        return given
    return datetime.combine(given, time(), ZoneInfo(zone)).astimezone(UTC)


def day_of(given: date | datetime | None, zone: str) -> date | None:
    """Return the day on which a time falls in a zone; a day as it is."""
    return given.astimezone(ZoneInfo(zone)).date() if isinstance(given, datetime) else given

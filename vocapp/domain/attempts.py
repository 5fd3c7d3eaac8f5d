"""When to try again a call that nobody answered: in the team's hours that are the customer's own, too; three at most.

After the first miss, later on the same day if there is time; after the second, about a day later: somebody who never
picks up at ten may at four.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from vocapp.domain.alerts import MISSES_TO_GIVE_UP
from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.quiet_hours import QuietHours, next_allowed

FURTHEST: Final = timedelta(days=14)
_PAUSES: Final = (timedelta(hours=3), timedelta(hours=22))
"""After the first miss, after the second."""


def next_attempt(
    at: datetime, misses: int, hours: BusinessHours, quiet: QuietHours | None, zone: str | None, *, fallback: str
) -> datetime | None:
    """Return when to try again after so many misses, the last of them at `at`.

    None: not again, because it was tried often enough, or because the team and the customer are never up together.
    """
    if not 1 <= misses < MISSES_TO_GIVE_UP:
        return None
    found = at + _PAUSES[misses - 1]
    while found - at <= FURTHEST:
        opens = hours.next_open(found)
        found = next_allowed(opens, quiet, zone, fallback=fallback)
        if found == opens:
            return found.astimezone(UTC) if hours.is_open(found) else None
    return None

"""What a workspace may set about contacting people. Read strictly: what is not understood is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, Final, Self

from vocapp.domain.consent import LEGAL_BASES, purpose
from vocapp.domain.quiet_hours import QuietHours

LONGEST_MEMORY: Final = timedelta(days=366)
"""No rest and no window can be set longer: older entries of a ledger need not be read."""


@dataclass(frozen=True, slots=True)
class PolicySettings:
    cap: int = 2
    """Mails per rolling window."""
    window_days: int = 7
    rest_same_answered_days: int = 90
    rest_same_invited_days: int = 30
    rest_any_days: int = 3
    quiet_from: time | None = time(20)
    quiet_to: time | None = time(8)
    legal_bases: Mapping[str, str] = field(default_factory=dict)
    """Purpose → `consent`, `legitimate_interest` or `contract`; what is not named needs consent."""
    link_life_days: int = 60
    partial_closes_after_days: int = 7
    partial_alerts_after_minutes: int = 15
    """How long an unhappy score may still be corrected, or the survey finished, before somebody is called back."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        readers: dict[str, Callable[[str, Any], Any]] = {
            **dict.fromkeys(DAYS_AND_COUNTS, _read_number),
            **_OTHER_READERS,
        }
        for key in document:
            if key not in readers:
                raise ValueError(f"{key}: no such setting; there are {', '.join(sorted(readers))}")
        settings = cls(**{key: readers[key](key, value) for key, value in document.items()})
        if (settings.quiet_from is None) != (settings.quiet_to is None):
            raise ValueError("quiet_to: quiet hours need both ends, or null for both")
        if settings.quiet_from is not None and settings.quiet_from == settings.quiet_to:
            raise ValueError("quiet_to: quiet hours that never end; null for both ends turns them off")
        return settings

    @property
    def quiet(self) -> QuietHours | None:
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return QuietHours(self.quiet_from, self.quiet_to)

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)

    @property
    def alert_grace(self) -> timedelta:
        return timedelta(minutes=self.partial_alerts_after_minutes)

    def legal_basis(self, of: str) -> str:
        return self.legal_bases.get(purpose(of), "consent")


DAYS_AND_COUNTS: Final = {
    # lowest, highest
    "cap": (0, 100),
    "window_days": (1, LONGEST_MEMORY.days),
    "rest_same_answered_days": (0, 3660),
    "rest_same_invited_days": (0, LONGEST_MEMORY.days),
    "rest_any_days": (0, LONGEST_MEMORY.days),
    "link_life_days": (1, 3660),
    "partial_closes_after_days": (1, 3660),
    "partial_alerts_after_minutes": (1, 1440),  # never later than a response is closed
}


def _read_number(key: str, value: Any) -> int:
    lowest, highest = DAYS_AND_COUNTS[key]
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(f"{key}: a whole number from {lowest} to {highest}, not {value!r:.40}")
    return value


def _read_time(key: str, value: Any) -> time | None:
    if value is None:
        return None
    found = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{key}: a time of day like "20:00", or null, not {value!r:.40}')
    return time(int(found[1]), int(found[2]))


_TIME_OF_DAY: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _read_legal_bases(key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{key}: an object, a legal basis for each purpose")  # noqa: TRY004 one kind of error for all
    for name, basis in value.items():
        if basis not in LEGAL_BASES:
            raise ValueError(f"{key}: {name!r:.40} stands on {basis!r:.40}; one of {', '.join(LEGAL_BASES)}")
    return {purpose(name): basis for name, basis in value.items()}


_OTHER_READERS: Final = {"quiet_from": _read_time, "quiet_to": _read_time, "legal_bases": _read_legal_bases}


LEAST_OPEN: Final = timedelta(hours=1)


def faults_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Say of each key that can't stand why, in a code for a form: also of what could be kept, but makes no sense.

    `number` (see DAYS_AND_COUNTS), `time`, `both_ends`, `never_ends`, `no_room` (quiet hours that leave less than an
    hour a day), `partial_after_link` (a response that stays open longer than its link lives), `choose`.
    """
    faults = {}
    for key in DAYS_AND_COUNTS:
        try:
            _read_number(key, document.get(key))
        except ValueError:
            faults[key] = "number"
    for key in ("quiet_from", "quiet_to"):
        try:
            _read_time(key, document.get(key))
        except ValueError:
            faults[key] = "time"
    try:
        _read_legal_bases("legal_bases", document.get("legal_bases"))
    except ValueError:
        faults["legal_bases"] = "choose"
    return faults or _nonsense(document)


def _nonsense(document: Mapping[str, Any]) -> dict[str, str]:
    quiet_from, quiet_to = document.get("quiet_from"), document.get("quiet_to")
    if (quiet_from is None) != (quiet_to is None):
        return {"quiet_to" if quiet_to is None else "quiet_from": "both_ends"}
    if quiet_from is not None and quiet_from == quiet_to:
        return {"quiet_to": "never_ends"}
    settings = PolicySettings.read(document)
    if settings.quiet_from is not None and settings.quiet_to is not None:
        opens, closes = (timedelta(hours=at.hour, minutes=at.minute) for at in (settings.quiet_to, settings.quiet_from))
        if (closes - opens) % timedelta(days=1) < LEAST_OPEN:
            return {"quiet_to": "no_room"}
    if settings.partial_closes_after_days > settings.link_life_days:
        return {"partial_closes_after_days": "partial_after_link"}
    return {}

"""What a workspace sets about those who call back: their hours, how many they are, when they are away.

    {"week": {"mon": ["09:00-12:30", "14:00-18:00"], "sun": []}, "holidays": "fr", "closed": ["2026-12-24"],
     "places": {"nantes": {"week": {…}}},
     "agents": 3, "calls_per_hour": 4, "absences": [{"from": "2026-08-03", "to": "2026-08-14", "agents": 2}],
     "value_attribute": "orders_count", "value_regular": 3, "value_best": 10}

Read strictly: what is not understood is refused. Without any of it, somebody is there from Monday to Saturday, 9 to 18,
but on French public holidays, on the workspace's clock; and nothing is promised to anybody, because nobody has said how
many may call (`agents` is 0).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from vocapp.domain.business_hours import MONDAY_TO_SATURDAY_9_TO_18, BusinessHours, Span, Week
from vocapp.domain.holidays import CALENDARS
from vocapp.domain.quiet_hours import zone_of
from vocapp.domain.urgency import ValueScale

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAST_OPEN: Final = 60
"""Minutes a week."""
MOST_CLOSED: Final = 400
MOST_PLACES: Final = 2000
MOST_ABSENCES: Final = 1000
MOST_SPANS: Final = 4
MOST_AGENTS: Final = 1000
MOST_CALLS: Final = 60

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Absence:
    """So many agents are away on these days, the last included."""

    first: date
    last: date
    agents: int


@dataclass(frozen=True, slots=True)
class CallbackTeam:
    week: Week = MONDAY_TO_SATURDAY_9_TO_18
    holidays: str = "fr"
    closed: frozenset[date] = frozenset()
    places: Mapping[str, Week] = field(default_factory=dict)
    agents: int = 0
    calls_per_hour: int = 4
    """By each agent."""
    absences: tuple[Absence, ...] = ()
    value_attribute: str = "orders_count"
    value_regular: float = 3
    value_best: float = 10

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        for key in document:
            if key not in READERS:
                raise ValueError(f"{key}: no such setting; there are {', '.join(sorted(READERS))}")
        team = cls(**{key: READERS[key](key, value) for key, value in document.items()})
        if team.value_best < team.value_regular:
            raise ValueError("value_best: the best buy no less than the regular ones")
        return team

    @property
    def value_scale(self) -> ValueScale:
        return ValueScale(self.value_attribute, self.value_regular, self.value_best)

    def hours(self, zone: str, places: tuple[str, ...] = ()) -> BusinessHours:
        """Return the hours on a workspace's clock: of the first of these places that has its own, else everybody's."""
        week = next((self.places[place] for place in places if place in self.places), self.week)
        return BusinessHours(week, _zone(zone), self.holidays, self.closed)

    def agents_on(self, day: date) -> int:
        """Return how many are there on a day."""
        away = sum(one.agents for one in self.absences if one.first <= day <= one.last)
        return max(0, self.agents - away)


def _zone(name: str) -> ZoneInfo:
    return zone_of(name, "Europe/Paris")


def read_week(key: str, value: Any) -> Week:
    """Read a week; days that are not named are as they are without settings. Raises ValueError."""
    if not isinstance(value, Mapping) or set(value) - set(DAYS):
        raise ValueError(f"{key}: an object with a list of hours for each of {', '.join(DAYS)}")
    week = tuple(
        _read_day(f"{key}.{name}", value[name]) if name in value else usual
        for name, usual in zip(DAYS, MONDAY_TO_SATURDAY_9_TO_18, strict=True)
    )
    if sum(end - start for spans in week for start, end in spans) < LEAST_OPEN:
        raise ValueError(f"{key}: somebody must be there for at least an hour a week")
    return week


def write_week(week: Week) -> dict[str, list[str]]:
    """Write a week as its settings keep it."""
    return {name: [_written(span) for span in spans] for name, spans in zip(DAYS, week, strict=True)}


def _written(span: Span) -> str:
    start, end = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in span)
    return f"{start}-{end}"


def _read_day(key: str, value: Any) -> tuple[Span, ...]:
    if not isinstance(value, list) or len(value) > MOST_SPANS:
        raise ValueError(f'{key}: a list of hours such as "09:00-12:30", {MOST_SPANS} at most')
    spans: list[Span] = []
    for one in value:
        found = _HOURS.fullmatch(one) if isinstance(one, str) else None
        if found is None:
            raise ValueError(f'{key}: hours such as "09:00-12:30", not {one!r:.40}')
        numbers = [int(group) for group in found.groups()]
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if not start < end <= 1440 or (spans and start < spans[-1][1]):
            raise ValueError(f"{key}: {one} ends before it begins, or before the hours ahead of it end")
        spans.append((start, end))
    return tuple(spans)


def _read_calendar(key: str, value: Any) -> str:
    if not isinstance(value, str) or value not in CALENDARS:
        raise ValueError(f"{key}: one of {', '.join(CALENDARS)}, not {value!r:.40}")
    return value


def _read_date(key: str, value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{key}: a day such as 2026-12-24, not {value!r:.40}") from None


def _read_closed(key: str, value: Any) -> frozenset[date]:
    if not isinstance(value, list) or len(value) > MOST_CLOSED:
        raise ValueError(f"{key}: a list of days, {MOST_CLOSED} at most")
    return frozenset(_read_date(key, one) for one in value)


def _read_places(key: str, value: Any) -> dict[str, Week]:
    if not isinstance(value, Mapping) or len(value) > MOST_PLACES:
        raise ValueError(f"{key}: an object, a place's key and its week")
    weeks = {}
    for place, one in value.items():
        if not isinstance(one, Mapping) or set(one) != {"week"}:
            raise ValueError(f'{key}.{place}: an object with "week"')
        weeks[str(place)] = read_week(f"{key}.{place}.week", one["week"])
    return weeks


def _read_absences(key: str, value: Any) -> tuple[Absence, ...]:
    if not isinstance(value, list) or len(value) > MOST_ABSENCES:
        raise ValueError(f"{key}: a list, {MOST_ABSENCES} at most")
    found = []
    for one in value:
        if not isinstance(one, Mapping) or set(one) != {"from", "to", "agents"}:
            raise ValueError(f"{key}: each with from, to and agents, not {one!r:.60}")
        first, last = _read_date(f"{key}.from", one["from"]), _read_date(f"{key}.to", one["to"])
        if not timedelta(0) <= last - first <= timedelta(days=3660):
            raise ValueError(f"{key}.to: not before from, and not years later")
        found.append(Absence(first, last, _whole(f"{key}.agents", one["agents"], 1, MOST_AGENTS)))
    return tuple(found)


def _whole(key: str, value: Any, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(f"{key}: a whole number from {lowest} to {highest}, not {value!r:.40}")
    return value


def _read_attribute(key: str, value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError(f"{key}: the key of an attribute, not {value!r:.40}")
    return value


def _read_figure(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise ValueError(f"{key}: a number above 0, not {value!r:.40}")
    return value


READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "week": read_week,
    "holidays": _read_calendar,
    "closed": _read_closed,
    "places": _read_places,
    "agents": lambda key, value: _whole(key, value, 0, MOST_AGENTS),
    "calls_per_hour": lambda key, value: _whole(key, value, 1, MOST_CALLS),
    "absences": _read_absences,
    "value_attribute": _read_attribute,
    "value_regular": _read_figure,
    "value_best": _read_figure,
}

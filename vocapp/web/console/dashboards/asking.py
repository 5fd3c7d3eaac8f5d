"""What a dashboard's address asks for: period and its grain, survey, place, channel, and by what it is parted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import request

from vocapp.domain.boards import SPANS, Span, span_after, span_start
from vocapp.domain.survey import in_language
from vocapp.models import Place
from vocapp.models.summaries import PEOPLE
from vocapp.services import places, surveying
from vocapp.services.browsing import personas, segments
from vocapp.services.dashboards import Asked
from vocapp.services.staff import Membership, Scope
from vocapp.web.console import filters
from vocapp.web.console.filters import PlaceChoice

PERIODS: Final = ("last_week", "28", "13w", "month", "12m", "days")
USUAL_PERIOD: Final = "13w"
CHANNELS: Final = ("email", "link", "import")
MOST_DAYS: Final = 3 * 366
_LONG: Final = {"day": 62, "week": 400}
"""Up to how many days a period of one's own is parted by days, by weeks."""
_LONGEST: Final = {"day": 100, "week": 700, "month": MOST_DAYS + 1}
"""Up to how many days any period can be, where one asks for it."""


@dataclass(frozen=True, slots=True)
class Seat:
    """From where somebody looks: what their first page shows first."""

    kind: str
    """company, region, store or agent."""
    place: str
    """Empty: the whole company."""

    @property
    def group(self) -> str:
        """By what the figures are parted where nobody says so."""
        return {"company": "region", "region": "store"}.get(self.kind, "survey")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address, read; what it does not say, or says wrongly, is as usual."""

    asked: Asked
    seat: Seat
    group: str
    chosen: dict[str, str]
    """As the form shows it."""
    kept: dict[str, str]
    """What has to stand in an address to come here again."""
    places: list[PlaceChoice]
    surveys: dict[str, str]
    groups: tuple[str, ...]
    grains: tuple[Span, ...]
    """By what the period can be parted."""
    people: People


@dataclass(frozen=True, slots=True)
class People:
    """Who can be looked at alone, by key: how the personas in force, and the segments, are called."""

    persona: dict[str, str]
    segment: dict[str, str]

    def of(self, kind: str) -> dict[str, str]:
        """Return those of one kind, of `persona` and `segment`."""
        return self.segment if kind == "segment" else self.persona

    @property
    def keys(self) -> tuple[str, ...]:
        """As an address names them: `persona:KEY`, `segment:KEY`."""
        return tuple(f"{kind}:{key}" for kind in PEOPLE for key in self.of(kind))


def read(*, scope: Scope, member: Membership, now: datetime, titles: dict[str, str], people: People) -> Wanted:
    """Read the address of a dashboard. `titles`: of the surveys in force, by key."""
    today = now.astimezone(ZoneInfo(member.timezone)).date()
    tree = [one for one in places.list_places(workspace_id=scope.workspace_id) if scope.within(one.key)]
    choices = filters.place_choices_of(tree)
    place = filters.chosen_place(choices) or ""
    seat = _seat(member, tree, place)
    whose = filters.one_of("people", people.keys, "")
    groups = groups_for(tree, () if whose else PEOPLE if people.segment else ("persona",))
    usual = {"period": USUAL_PERIOD, "group": seat.group if seat.group in groups else "survey"}
    chosen = {
        "period": filters.one_of("period", PERIODS, USUAL_PERIOD),
        "survey": filters.one_of("survey", tuple(titles), ""),
        "place": place,
        "channel": filters.one_of("channel", CHANNELS, ""),
        "people": whose,
        "group": filters.one_of("group", groups, usual["group"]),
    }
    since, until, span = _days(chosen["period"], today)
    grains = tuple(one for one in SPANS if (until - since).days <= _LONGEST[one])
    chosen["grain"] = filters.one_of("grain", grains, "")
    if chosen["period"] == "days":
        chosen |= {"from": since.isoformat(), "to": (until - timedelta(days=1)).isoformat()}
    asked = Asked(
        workspace_id=scope.workspace_id,
        since=since,
        until=until,
        span=next((one for one in grains if one == chosen["grain"]), span),
        fitting=not chosen["grain"],
        survey=chosen["survey"] or None,
        place=place or None,
        channel=chosen["channel"] or None,
        people=whose or None,
        seen=scope.places,
        so_far=today + timedelta(days=1),
    )
    kept = filters.kept(chosen, usual)
    return Wanted(asked, seat, chosen["group"], chosen, kept, choices, titles, groups, grains, people)


def titles_of(*, workspace_id: int, language: str) -> dict[str, str]:
    """Return how the surveys in force are called, by key."""
    return {
        one.key: in_language(one.title, language, one.default_language)[0]
        for one in surveying.published(workspace_id=workspace_id)
    }


def people_of(*, scope: Scope, language: str) -> People:
    """Return the personas, and the segments that may be seen: two statements."""
    found = personas.list_personas(workspace_id=scope.workspace_id, language=language)
    names = segments.list_names(scope=scope)
    return People(
        {key: one.name for key, one in found.items()},
        {key: _in(name, language) or key for key, name in names.items()},
    )


def _in(name: str | dict[str, str], language: str) -> str:
    return name if isinstance(name, str) else in_language(name, language, "")[0]


def groups_for(tree: list[Place], people: tuple[str, ...]) -> tuple[str, ...]:
    """Return by what figures can be parted here: only kinds of places of which there are several."""
    kinds = {kind: sum(one.kind == kind for one in tree) for kind in ("brand", "region", "store")}
    several = tuple(kind for kind, n in kinds.items() if n > 1)
    return ("survey", "step", *several, *(("place",) if len(tree) > 1 else ()), "channel", *people)


def _seat(member: Membership, tree: list[Place], place: str) -> Seat:
    """Say from where one looks: an agent minds callbacks; else it goes by the place, theirs or the one chosen."""
    if member.role == "agent" and not place:
        return Seat("agent", member.place_key or "")
    here = place or member.place_key
    if here is None:
        return Seat("company", "")
    path = next((one.path for one in tree if one.key == here), None)
    below = path is not None and any(one.path.startswith(path) and one.path != path for one in tree)
    return Seat("region" if below else "store", here)


def _days(period: str, today: date) -> tuple[date, date, Span]:
    """Return (first day, the day after the last, by what it is parted)."""
    monday, tomorrow = span_start(today, "week"), today + timedelta(days=1)
    if period == "last_week":
        return monday - timedelta(days=7), monday, "day"
    if period == "28":
        return tomorrow - timedelta(days=28), tomorrow, "day"
    if period == "month":
        until = span_start(today, "month")
        return span_start(until - timedelta(days=1), "month"), until, "day"
    if period == "12m":
        until = span_after(span_start(today, "month"), "month")
        return date(until.year - 1, until.month, 1), until, "month"
    if period == "days" and (own := _own_days(tomorrow)) is not None:
        return own
    return monday - timedelta(weeks=12), monday + timedelta(days=7), "week"


def _own_days(tomorrow: date) -> tuple[date, date, Span] | None:
    """Return the days that the address names; None: it names none that can be."""
    try:
        # the wrong way round they name the same days
        since, last = sorted(date.fromisoformat(request.args.get(name, "")) for name in ("from", "to"))
        until = last + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    if not date(2000, 1, 1) <= since < until <= tomorrow + timedelta(days=366) or (until - since).days > MOST_DAYS:
        return None
    length = (until - since).days
    span: Span = "day" if length <= _LONG["day"] else "week" if length <= _LONG["week"] else "month"
    return since, until, span

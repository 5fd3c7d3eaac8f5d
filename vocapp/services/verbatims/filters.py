"""Which verbatims somebody asks for: words and facets of an address, a saved view or a rule, and what they mean in SQL.

Written, filters are a mapping of a few names to short texts (`as_written`), the same in an address, a view and a rule.
Read, they are a `VerbatimFilter`, whose times are fixed.

A tone is that of the whole text; beside a theme it is that of what the text says of this theme, as in the figures of
themes: "late, but how kind they are" speaks well of the service.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false

from vocapp.domain.searching import LONGEST, NOTHING, Query, read_query
from vocapp.domain.sentiment import LABELS
from vocapp.models import Membership, SegmentRow, Tagging, Verbatim
from vocapp.models.verbatims import says, speaks_of
from vocapp.services.reporting import below
from vocapp.services.segmenting import open_to
from vocapp.services.staff import Scope

NONE: Final = "-"
"""What a facet is where a verbatim has none of it: no persona, no tag."""
TONES: Final = ("detractor", "passive", "promoter")
PERIODS: Final = ("7", "30", "90", "365")
"""The last so many days."""
FACETS: Final = ("survey", "place", "theme", "sentiment", "category", "persona", "segment", "tag", "language", "period")
NAMES: Final = ("q", *FACETS, "from", "to")
_LONGEST_VALUE: Final = 80
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
COLUMNS: Final[Mapping[str, Any]] = {
    "survey": Verbatim.survey_key,
    "sentiment": Verbatim.sentiment,
    "category": Verbatim.tone,
    "persona": Verbatim.persona,
    "language": Verbatim.language,
}
"""Facets that a verbatim has one of, in its own row."""


@dataclass(frozen=True, kw_only=True)
class VerbatimFilter:
    """What verbatims are asked for; what is None or empty is left open."""

    query: Query = NOTHING
    equal: Mapping[str, str] = field(default_factory=dict)
    """Facet → its value, of those in `COLUMNS`; NONE: without one."""
    place: str | None = None
    """With all that is below it."""
    theme: str | None = None
    """NONE: of none that is known."""
    segment: str | None = None
    tag: UUID | str | None = None
    """NONE: without any."""
    since: datetime | None = None
    until: datetime | None = None


def as_written(given: Mapping[str, str]) -> dict[str, str]:
    """Return the filters among some texts, in one order; what can't be one is left out."""
    found = {}
    for name in NAMES:
        value = _UNSTORABLE.sub("", given.get(name, "")).strip()[: LONGEST if name == "q" else _LONGEST_VALUE]
        if value and _may_be(name, value):
            found[name] = value
    if "from" in found or "to" in found:
        found.pop("period", None)
    return found


def read_filters(written: Mapping[str, str], *, zone: str, now: datetime) -> VerbatimFilter:
    """Return what written filters mean now: days are the workspace's, and the last of them counts."""
    here, tag = ZoneInfo(zone), written.get("tag")
    first, last = read_day(written.get("from")), read_day(written.get("to"))
    since = _midnight(first, here) if first else None
    if "period" in written:
        since = since_of(int(written["period"]), now=now, zone=here)
    return VerbatimFilter(
        query=read_query(written.get("q", "")),
        equal={name: written[name] for name in COLUMNS if name in written},
        place=written.get("place"),
        theme=written.get("theme"),
        segment=written.get("segment"),
        tag=tag if tag in {None, NONE} else UUID(tag),
        since=since,
        until=_midnight(last + timedelta(days=1), here) if last else None,
    )


def since_of(days: int, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the last so many days began: at midnight there, and today is one of them."""
    return _midnight(now.astimezone(zone).date() - timedelta(days=days - 1), zone)


def read_day(value: str | None) -> date | None:
    """Read a day as a form writes it; None for anything else."""
    try:
        read = date.fromisoformat(value or "")
    except ValueError:
        return None
    return read if read.isoformat() == value and 2000 <= read.year < 2200 else None


def conditions(scope: Scope, wanted: VerbatimFilter, *, but: Collection[str] = ()) -> list[ColumnElement[bool]]:
    """Return the conditions on `Verbatim` under which one is found; `but`: facets that are left open."""
    found: list[ColumnElement[bool]] = [Verbatim.workspace_id == scope.workspace_id]
    if scope.places is not None:
        found.append(Verbatim.place.in_(scope.places))
    return [*found, *says(wanted.query), *(one for name, one in chosen(scope, wanted).items() if name not in but)]


def chosen(scope: Scope, wanted: VerbatimFilter) -> dict[str, ColumnElement[bool]]:
    """Return the facets of which one value is asked for, each with its condition."""
    found: dict[str, ColumnElement[bool]] = {
        name: COLUMNS[name].is_(None) if value == NONE else COLUMNS[name] == value
        for name, value in wanted.equal.items()
    }
    if wanted.place is not None:
        found["place"] = _within(scope, wanted.place)
    if wanted.theme is not None:
        found["theme"] = Verbatim.themes == "" if wanted.theme == NONE else speaks_of(wanted.theme)
    tone = wanted.equal.get("sentiment")
    if tone is not None and (theme := theme_of(wanted)) is not None:
        found["sentiment"] = false() if tone == NONE else speaks_of(theme, tone)
    if wanted.segment is not None:
        found["segment"] = _belongs(scope, wanted.segment)
    if wanted.tag is not None:
        found["tag"] = ~_tagged(None) if isinstance(wanted.tag, str) else _tagged(wanted.tag)
    times = [Verbatim.answered_at >= wanted.since] if wanted.since else []
    times += [Verbatim.answered_at < wanted.until] if wanted.until else []
    if times:
        found["period"] = and_(*times)
    return found


def theme_of(wanted: VerbatimFilter) -> str | None:
    """Return the theme whose tone is asked for by `sentiment`; None: it is that of the whole text."""
    return None if wanted.theme == NONE else wanted.theme


def _may_be(name: str, value: str) -> bool:
    allowed: dict[str, Any] = {"sentiment": (*LABELS, NONE), "category": (*TONES, NONE), "period": PERIODS}
    if name in allowed:
        return value in allowed[name]
    if name in {"from", "to"}:
        return read_day(value) is not None
    if name == "tag" and value != NONE:
        return _is_id(value)
    return True


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone).astimezone(UTC)


def _within(scope: Scope, place: str) -> ColumnElement[bool]:
    if place == NONE:
        return Verbatim.place.is_(None)
    keys = below(workspace_id=scope.workspace_id, place=place)
    return Verbatim.place.in_(keys) if keys else false()


def _belongs(scope: Scope, segment: str) -> ColumnElement[bool]:
    """Be one who belongs to a segment; nobody does to one that may not be seen from here."""
    belongs = exists().where(
        Membership.workspace_id == Verbatim.workspace_id,
        Membership.customer_id == Verbatim.customer_id,
        Membership.segment_key == segment,
        Membership.left_at.is_(None),
    )
    if scope.places is None:
        return belongs
    return and_(exists().where(*open_to(scope), SegmentRow.key == segment), belongs)


def _tagged(tag: UUID | None) -> ColumnElement[bool]:
    found = exists().where(Tagging.verbatim == Verbatim.number, Tagging.how != "off")
    return found if tag is None else found.where(Tagging.tag_id == tag, Tagging.workspace_id == Verbatim.workspace_id)

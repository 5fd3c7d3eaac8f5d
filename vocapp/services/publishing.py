"""Publish a month's figures for everybody, once: what may be shown of them (`domain/disclosure.py`), and nothing else.

A person counts once in a month, a survey: with the last response. What is answered, corrected, imported or erased
afterwards changes nothing that was published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.disclosure import COMPANY, Cell, Votes, cells, places_shown
from vocapp.domain.scores import nps_category
from vocapp.models import Place, Publication, PublicLink, PublishedFigure, Response, Workspace, db
from vocapp.models.bulk import insert_many
from vocapp.models.types import time_text

MOST_MONTHS: Final = 24
"""Of the past, at the first time."""
FIRST_DAY: Final = 2
"""Of the month, on which the one before is published: by then all that was written in it is understood."""
READ_AT_ONCE: Final = 2000
POINTS: Final = frozenset(("nps",))
"""Figures in points; the others are shares."""
_TOP: Final = {"csat": 4, "ces": 5}
MENTIONED, NEGATIVE = "mentioned:", "negative:"


def publish_next(*, workspace_id: int, now: datetime) -> date | None:
    """Publish the first month that is over and was not yet, where a link shows it; None: there is none.

    A month before one that is published stays unpublished.
    """
    workspace = db.session.get_one(Workspace, workspace_id)
    zone = ZoneInfo(workspace.timezone)
    today = now.astimezone(zone).date()
    asked = select(PublicLink.id).where(
        PublicLink.workspace_id == workspace_id,
        PublicLink.revoked_at.is_(None),
        or_(PublicLink.ends_on.is_(None), PublicLink.ends_on >= today),
    )
    if db.session.scalar(asked.limit(1)) is None:
        return None
    last = db.session.scalar(select(func.max(Publication.month)).where(Publication.workspace_id == workspace_id))
    due = next((month for month in closed_months(today) if last is None or month > last), None)
    if due is not None:
        _publish(workspace, due, zone, now)
    return due


def closed_months(today: date) -> list[date]:
    """Return the first days of the months that are to be published by a day, the oldest first."""
    month = (today - timedelta(days=FIRST_DAY - 1)).replace(day=1)
    found = []
    for _ in range(MOST_MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(month)
    return found[::-1]


def next_on(today: date) -> date:
    """Return the next day on which a month is published."""
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=FIRST_DAY)
    return today.replace(day=FIRST_DAY) if today.day < FIRST_DAY else following


def month_after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _publish(workspace: Workspace, month: date, zone: ZoneInfo, now: datetime) -> None:
    publication = {"workspace_id": workspace.id, "month": month.isoformat(), "published_at": time_text(now)}
    insert_many(Publication, [publication])  # of two at once, the other waits here, and fails
    parents = {
        place.key: place.parent_key or COMPANY
        for place in db.session.scalars(select(Place).where(Place.workspace_id == workspace.id))
    }
    rows = [
        {
            "workspace_id": workspace.id,
            "month": month.isoformat(),
            "survey_key": survey,
            "figure": figure,
            "place": place,
            "value": cell.value,
            "bound": cell.bound,
            "n": cell.n,
        }
        for survey, said in sorted(_last_words(workspace, month, zone).items())
        for figure, found in _figures(parents, said)
        for place, cell in sorted(found.items())
    ]
    insert_many(PublishedFigure, rows)


def _last_words(workspace: Workspace, month: date, zone: ZoneInfo) -> dict[str, list[Any]]:
    """Return by survey the last response of each person that counts in a month: (place, nps, csat, ces, sentiment)."""
    policy = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    # an unfinished one counts on the day it was closed
    since = month - timedelta(days=policy.partial_closes_after_days + 2)
    until = month_after(month)
    last: dict[str, dict[UUID, Any]] = defaultdict(dict)
    columns = (Response.place, Response.nps, Response.csat, Response.ces, Response.sentiment)
    for survey, customer, *said in db.session.execute(
        select(Response.survey_key, Response.customer_id, *columns)
        .where(
            Response.workspace_id == workspace.id,
            Response.answered_at >= _midnight(since, zone),
            Response.answered_at < _midnight(until + timedelta(days=1), zone),
            Response.counted_on >= month,
            Response.counted_on < until,
        )
        .order_by(Response.answered_at, Response.id)
        .execution_options(yield_per=READ_AT_ONCE)
    ):
        last[survey][customer] = said
    return {survey: list(by_person.values()) for survey, by_person in last.items()}


def _figures(parents: Mapping[str, str], said: Iterable[Any]) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield each figure with its places, as far as they may be shown."""
    scores: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in ("nps", "csat", "ces")}
    texts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for place, nps, csat, ces, sentiment in said:
        here = place if place in parents else COMPANY
        for name, value in (("nps", nps), ("csat", csat), ("ces", ces)):
            if value is not None:
                scores[name][here].append(value)
        if sentiment is not None and sentiment.get("label") is not None and "themes" in sentiment:
            texts[here].append({one["key"]: one["label"] for one in sentiment["themes"]})
    for name, by_place in scores.items():
        votes = {place: _votes(name, values) for place, values in by_place.items()}
        shown = places_shown(parents, [{place: one.n for place, one in votes.items()}])
        yield name, cells(parents, votes, shown, points=name in POINTS)
    for theme in sorted({theme for here in texts.values() for one in here for theme in one}):
        mentioned = {place: Votes(sum(theme in one for one in here), 0, len(here)) for place, here in texts.items()}
        negative = {
            place: Votes(sum(one.get(theme) == "negative" for one in here), 0, mentioned[place].plus)
            for place, here in texts.items()
        }
        # neither those who mention it nor those who do not may be told of in small numbers
        classes = [
            {place: one.plus for place, one in mentioned.items()},
            {place: one.n - one.plus for place, one in mentioned.items()},
        ]
        shown = places_shown(parents, classes)
        yield f"{MENTIONED}{theme}", cells(parents, mentioned, shown, points=False)
        yield f"{NEGATIVE}{theme}", cells(parents, negative, shown, points=False)


def _votes(name: str, values: list[int]) -> Votes:
    if name == "nps":
        categories = [nps_category(value) for value in values]
        return Votes(categories.count("promoter"), categories.count("detractor"), len(values))
    return Votes(sum(value >= _TOP[name] for value in values), 0, len(values))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)

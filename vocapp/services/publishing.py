"""Publish a month's figures for everybody, once: what may be shown of them (`domain/disclosure.py`), and nothing else.

A person counts once in a month, a survey: with the last response. What is answered, corrected, imported or erased
afterwards changes nothing that was published.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.disclosure import COMPANY, Cell, Votes, cells, left_out, nearly_same, places_shown
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
ANYTHING: Final = "*"
"""No figure: beside it some are published of places, and none of the company."""

_T = TypeVar("_T")


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


def theme_figures(
    parents: Mapping[str, str], texts: Mapping[str, list[dict[str, str]]]
) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield the figures of themes, those that most people mention first: of two that tell of few, the smaller yields.

    `texts`: place → of each comment, theme → label.
    """
    mentioned: dict[str, Counter[str]] = defaultdict(Counter)
    negative: dict[str, Counter[str]] = defaultdict(Counter)
    both: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for place, here in texts.items():
        for labels in here:
            for theme, label in labels.items():
                mentioned[theme][place] += 1
                negative[theme][place] += label == "negative"
            for pair in permutations(labels, 2):
                both[pair][place] += 1
    comments = {place: len(here) for place, here in texts.items()}
    published: list[str] = []
    for theme in sorted(mentioned, key=lambda one: (-mentioned[one].total(), one)):
        mine = mentioned[theme]
        # neither those who mention it nor those who do not may be told of in small numbers
        classes: list[Mapping[str, int]] = [mine, _less(comments, mine)]
        beside = [(mentioned[other], both[theme, other]) for other in published]
        if any(nearly_same(mine.total(), its.total(), common.total()) for its, common in beside):
            continue
        # nor the others of one that holds it: whoever knows that subtracts
        classes += [_less(its, mine) for its, common in beside if common.total() == mine.total()]
        shown = places_shown(parents, classes)
        if shown:
            published.append(theme)
        for figure, counts, of in ((MENTIONED, mine, comments), (NEGATIVE, negative[theme], mine)):
            votes = {place: Votes(counts[place], 0, of[place]) for place in of}
            yield f"{figure}{theme}", cells(parents, votes, shown, points=False)


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
        for figure, found in _with_company(_figures(parents, said))
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


def _with_company(figures: Iterable[tuple[str, dict[str, Cell]]]) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield figures and, where none is of the company, ANYTHING: readers look there for the months that have some."""
    most, company = 0, False
    for figure, found in figures:
        most, company = max(most, *(one.n for one in found.values()), 0), company or COMPANY in found
        yield figure, found
    if most and not company:
        yield ANYTHING, {COMPANY: Cell(0, "", most)}


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
        votes = {place: _votes(name, values) for place, values in _counted(parents, by_place).items()}
        shown = places_shown(parents, [{place: one.n for place, one in votes.items()}])
        yield name, cells(parents, votes, shown, points=name in POINTS)
    yield from theme_figures(parents, _counted(parents, texts))


def _counted(parents: Mapping[str, str], by_place: Mapping[str, list[_T]]) -> dict[str, list[_T]]:
    """Return what was said without that of the few who are counted nowhere."""
    out = left_out(parents, {place: len(said) for place, said in by_place.items()})
    return {place: said for place, said in by_place.items() if place not in out}


def _less(counts: Mapping[str, int], fewer: Mapping[str, int]) -> dict[str, int]:
    return {place: n - fewer.get(place, 0) for place, n in counts.items()}


def _votes(name: str, values: list[int]) -> Votes:
    if name == "nps":
        categories = [nps_category(value) for value in values]
        return Votes(categories.count("promoter"), categories.count("detractor"), len(values))
    return Votes(sum(value >= _TOP[name] for value in values), 0, len(values))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)

"""What a link shows: a part of the published figures, read as they stand and never reckoned anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from vocapp.domain.comparing import Difference, difference, quantile
from vocapp.domain.disclosure import COMPANY, Bound, Cell
from vocapp.domain.scores import Interval, Z
from vocapp.domain.survey import Survey, Text
from vocapp.models import Place, PublicLink, PublishedFigure, db
from vocapp.services import surveying, theming
from vocapp.services.public_links import Opened
from vocapp.services.publishing import MENTIONED, NEGATIVE, POINTS

SCORES = ("nps", "csat", "ces")


class Filter(NamedTuple):
    """What a visitor chose; what the link does not show is passed over."""

    survey: str = ""
    month: str = ""
    """As 2026-10."""
    place: str | None = None
    """None: where one begins."""


class Shown(NamedTuple):
    """One figure with all that is said beside it: everything follows from what was published."""

    value: int
    bound: Bound
    n: int
    interval: Interval
    before: int | None
    """In the month before."""
    change: Difference | None


class Part(NamedTuple):
    """One place, below the one that is looked at."""

    key: str
    name: str
    figures: Mapping[str, Shown]
    """None, where there were too few; then there are some in another month, or the place would not be named."""


class ThemeRow(NamedTuple):
    key: str
    name: Text | None
    mentioned: Shown
    negative: Shown


class Named(NamedTuple):
    """A place to choose."""

    key: str
    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard as it is shown."""

    surveys: Mapping[str, Survey | None]
    """What something is published of; None: it is not in force any more."""
    months: Sequence[date]
    """The newest first."""
    places: Sequence[Named]
    """The link's own, and those below it that something is shown of, in the order of the tree."""
    survey: str
    month: date | None
    """None: nothing is published yet."""
    place: str
    scores: Sequence[str]
    here: Mapping[str, Shown]
    over_time: Sequence[tuple[date, Mapping[str, Shown]]]
    """The oldest first."""
    below: Sequence[Part]
    themes: Sequence[ThemeRow]


def read(*, opened: Opened, chosen: Filter) -> Board:
    """Return what a link shows of what was chosen, in a constant number of statements."""
    link = opened.link
    offered = _offered(link)
    survey = chosen.survey if chosen.survey in offered else max(offered, key=lambda key: max(offered[key]), default="")
    months = sorted((month for month, _ in offered.get(survey, ())), reverse=True)
    month = next((one for one in months if f"{one:%Y-%m}" == chosen.month), months[0] if months else None)
    tree = _tree(link)
    scores = [one for one in SCORES if one in link.figures]
    with_figures = set() if month is None else _places_with(link, survey, scores, month)
    place = chosen.place if chosen.place in with_figures and chosen.place in tree else _first(link, tree, with_figures)
    own = _cells(link, survey, scores, PublishedFigure.place == place, themes="themes" in link.figures).get(place, {})
    parts = [key for key, node in tree.items() if node.above == place and key != link.place]
    around = {} if month is None else _cells(link, survey, scores, _of(parts, month))
    named = {*around, *_ever_published(link, survey, scores, set(parts) - set(around))}
    parts = [key for key in parts if key in named]
    known = {one.key: one for one in surveying.published(workspace_id=link.workspace_id)}
    return Board(
        surveys={key: known.get(key) for key in sorted(offered)},
        months=months,
        places=[
            Named(key, one.name, one.depth) for key, one in tree.items() if key in with_figures or key == link.place
        ],
        survey=survey,
        month=month,
        place=place,
        scores=[
            one for one in scores if any(one in cells for each in (own, *around.values()) for cells in each.values())
        ],
        here=_shown(own, month, scores),
        over_time=[(one, _shown(own, one, scores)) for one in reversed(months)],
        below=[
            Part(key, tree[key].name, _shown(around.get(key, {}), month, scores, at_once=len(parts) * len(scores)))
            for key in parts
        ],
        themes=_themes(link, own, month),
    )


class _Node(NamedTuple):
    name: str
    above: str
    depth: int


def _offered(link: PublicLink) -> dict[str, list[tuple[date, int]]]:
    """Return by survey the months of which anything is published: the company has a row then, if only ANYTHING."""
    query = select(PublishedFigure.survey_key, PublishedFigure.month, func.max(PublishedFigure.n)).where(
        PublishedFigure.workspace_id == link.workspace_id, PublishedFigure.place == COMPANY
    )
    if link.surveys:
        query = query.where(PublishedFigure.survey_key.in_(link.surveys))
    found: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for survey, month, n in db.session.execute(query.group_by(PublishedFigure.survey_key, PublishedFigure.month)):
        found[survey].append((month, n))
    return found


def _tree(link: PublicLink) -> dict[str, _Node]:
    """Return the link's place and all below it, in the order of the tree."""
    columns = select(Place.key, Place.name, Place.parent_key)
    places = db.session.execute(columns.where(Place.workspace_id == link.workspace_id)).all()
    below: dict[str, list[Row[str, str, str | None]]] = defaultdict(list)
    for one in sorted(places, key=lambda one: (one.name.casefold(), one.key), reverse=True):
        below[one.parent_key or COMPANY].append(one)
    name = next((one.name for one in places if one.key == link.place), "")
    found = {link.place: _Node(name, COMPANY, 0)}
    waiting = [(one, link.place) for one in below[link.place]]
    while waiting:
        one, above = waiting.pop()
        found[one.key] = _Node(one.name, above, found[above].depth + 1)
        waiting += [(part, one.key) for part in below[one.key]]
    return found


def _first(link: PublicLink, tree: Mapping[str, _Node], with_figures: Collection[str]) -> str:
    """Return where one begins: of a company with one brand, at the brand, below which there is something to see."""
    tops = [key for key, node in tree.items() if node.depth == 1]
    return tops[0] if link.place == COMPANY and len(tops) == 1 and tops[0] in with_figures else link.place


def _cells(
    link: PublicLink, survey: str, scores: Iterable[str], where: ColumnElement[bool], *, themes: bool = False
) -> dict[str, dict[date, dict[str, Cell]]]:
    """Return published figures of a survey: place → month → figure."""
    kinds = PublishedFigure.figure.in_(list(scores))
    figures = or_(kinds, PublishedFigure.figure.contains(":")) if themes else kinds
    found: dict[str, dict[date, dict[str, Cell]]] = defaultdict(lambda: defaultdict(dict))
    columns = (getattr(PublishedFigure, name) for name in ("place", "month", "figure", "value", "bound", "n"))
    for place, month, figure, value, bound, n in db.session.execute(
        select(*columns).where(
            PublishedFigure.workspace_id == link.workspace_id,
            PublishedFigure.survey_key == survey,
            figures,
            where,
        )
    ):
        # held as they are told now, those that were published before that, too
        cell = Cell(value, cast("Bound", bound), n)
        found[place][month][figure] = cell.held(points=figure in POINTS)
    return found


def _places_with(link: PublicLink, survey: str, scores: Collection[str], month: date) -> set[str]:
    """Return the places of which some score is published for a month."""
    query = select(PublishedFigure.place).where(
        PublishedFigure.workspace_id == link.workspace_id,
        PublishedFigure.month == month,
        PublishedFigure.survey_key == survey,
        PublishedFigure.figure.in_(scores),
    )
    return set(db.session.scalars(query.distinct()))


def _ever_published(link: PublicLink, survey: str, scores: Collection[str], places: Collection[str]) -> set[str]:
    """Return those of some places of which some score is published for any month: no other is ever named."""
    if not places:
        return set()
    published = exists().where(
        PublishedFigure.workspace_id == link.workspace_id,
        PublishedFigure.place == Place.key,
        PublishedFigure.survey_key == survey,
        PublishedFigure.figure.in_(scores),
    )
    query = select(Place.key).where(Place.workspace_id == link.workspace_id, Place.key.in_(places), published)
    return set(db.session.scalars(query))


def _of(places: Collection[str], month: date) -> ColumnElement[bool]:
    return and_(PublishedFigure.place.in_(places), PublishedFigure.month.in_([_before(month), month]))


def _shown(
    cells: Mapping[date, Mapping[str, Cell]], month: date | None, figures: Collection[str], *, at_once: int = 0
) -> dict[str, Shown]:
    """Return figures beside those of the month before; `at_once`: how many changes are read together, if more."""
    if month is None:
        return {}
    now, before = cells.get(month, {}), cells.get(_before(month), {})
    z = quantile(pairs=max(at_once, len(figures), 1))
    return {one: _beside(now[one], before.get(one), z, points=one in POINTS) for one in figures if one in now}


def _beside(cell: Cell, before: Cell | None, z: float, *, points: bool) -> Shown:
    sample = cell.sample(points=points)
    interval = sample.within(Z)
    if cell.bound == "at_most":  # the true one may be all the way down
        interval = Interval(-100 if points else 0, interval.high)
    elif cell.bound == "at_least":
        interval = Interval(interval.low, 100)
    if before is None or cell.bound or before.bound:
        # of what may lie beyond what was shown, no figure without its "at least" is told a month later
        earlier = None if before is None or before.bound else before.value
        return Shown(cell.value, cell.bound, cell.n, interval, earlier, None)
    change = difference(sample, before.sample(points=points), z=z)
    return Shown(cell.value, "", cell.n, interval, before.value, change)


def _themes(link: PublicLink, cells: Mapping[date, Mapping[str, Cell]], month: date | None) -> list[ThemeRow]:
    if month is None or "themes" not in link.figures:
        return []
    names = theming.find_names(workspace_id=link.workspace_id)
    themes = [one.removeprefix(MENTIONED) for one in cells.get(month, {}) if one.startswith(MENTIONED)]
    shown = _shown(cells, month, [f"{kind}{theme}" for theme in themes for kind in (MENTIONED, NEGATIVE)])
    rows = [
        ThemeRow(one, names.get(one), shown[f"{MENTIONED}{one}"], shown[f"{NEGATIVE}{one}"])
        for one in themes
        if f"{NEGATIVE}{one}" in shown
    ]
    return sorted(rows, key=lambda row: (-row.mentioned.value, row.key))


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)

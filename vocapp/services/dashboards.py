"""The figures of a period, of a part of the company or a survey: what dashboards, reports and pages of figures ask for.

    board = dashboards.read(asked=Asked(workspace_id=1, since=date(2026, 11, 2), until=date(2026, 11, 9), place="lyon"))
    board.figure("nps").now.value, board.figure("nps").change, board.responses, board.by_place

Read from folded sums (`models/summaries.py`): two statements, of which each looks at as many rows for a million
answers as for ten thousand. Exact at any moment, to the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from vocapp.domain.boards import (
    ANSWERED_WITHIN,
    FIGURES,
    Figure,
    Span,
    Sums,
    added,
    coarser,
    figures_of,
    grain_for,
    period_before,
    span_start,
    unit_for,
)
from vocapp.domain.comparing import Rank, ranks, said
from vocapp.domain.mail_health import MailLimits, WarningSign, warnings_of
from vocapp.domain.scores import FEWEST_ANSWERS
from vocapp.models.summaries import LATER, PEOPLE, Gap, Part, sum_up
from vocapp.services.board_points import Point, Timeline
from vocapp.services.reporting import LEVELS, below, journey_step, place_of_kind

GROUPS = ("survey", "step", "place", *LEVELS, "channel", *PEOPLE)
RANKED = frozenset({"place", *LEVELS})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for; days are the workspace's, `until` does not count."""

    workspace_id: int
    since: date
    until: date
    span: Span = "week"
    """How long each point of the line is."""
    survey: str | None = None
    place: str | None = None
    """With all that is below it."""
    channel: str | None = None
    people: str | None = None
    """`persona:KEY` or `segment:KEY`: only what these gave, of which NPS, CSAT and CES are known, and no messages."""
    seen: tuple[str, ...] | None = None
    """The places that whoever asks may see; None: all, and what happened at none."""
    so_far: date | None = None
    """The day after today: of a period that goes on, the time before ends as many days into it."""
    fitting: bool = False
    """Whether the line of a figure may have longer points than `span` where too few answered for figures at that."""

    @property
    def before_since(self) -> date:
        """Since when the time before is: one period earlier."""
        return period_before(self.since, self.until)

    @property
    def before_until(self) -> date:
        """The first day that no longer counts to the time before: of as many days, and of the same days of the week."""
        if self.so_far is None or not self.since < self.so_far < self.until:
            return self.since
        return min(self.before_since + (self.so_far - self.since), self.since)


@dataclass(frozen=True, slots=True)
class Row:
    """One of several: a survey, a place, a channel…"""

    key: str
    """Empty: of none."""
    now: Sums
    before: Sums
    rank: Rank | None = None
    """Which ranks it may have by NPS; None: too few to say, or not ranked."""

    def figure(self, key: str, *, at_once: int) -> Figure:
        """Return one of FIGURES, beside what it was; `at_once`: how many of all rows are read together.

        No fewer than the page's own: a list of one row calls nothing clear that stands above it as not clear.
        """
        return Figure(key, self.now.sample(key), self.before.sample(key), max(at_once, len(FIGURES)))


@dataclass(frozen=True)
class Board:
    """All that was asked for."""

    asked: Asked
    now: Sums
    before: Sums
    timeline: Timeline
    rows: Mapping[str, tuple[Row, ...]]
    """By survey, place and channel."""
    versions: Mapping[tuple[str, int], tuple[Sums, Sums]]
    """By version of a survey: of the period, and of the time before."""
    limits: MailLimits
    """From where on the mails' health is said to be bad."""

    @property
    def points(self) -> tuple[Point, ...]:
        """The whole period, oldest first; what nobody answered in is there, too."""
        return self.timeline.of(self.asked.span)

    def line(self, key: str) -> tuple[Span, tuple[Point, ...]]:
        """Return how long the points of a figure's line are, and these: as `Asked.fitting` says."""
        spans, span = self.timeline.spans, self.asked.span
        if self.asked.fitting and len(spans) > 1:
            span = grain_for((one, [point.sums.sample(key).n for point in self.timeline.of(one)]) for one in spans)
        return span, self.timeline.of(span)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return figures_of(self.now, self.before)

    def figure(self, key: str) -> Figure:
        """Return one of FIGURES."""
        return next(one for one in self.figures if one.key == key)

    @property
    def of_visited(self) -> Figure:
        """Who answered, of those who were at the survey's page."""
        key = "answered_of_visited"
        return Figure(key, self.now.sample(key), self.before.sample(key))

    @property
    def responses(self) -> int:
        return self.now.responses

    @property
    def responses_before(self) -> int:
        return self.before.responses

    @cached_property
    def warnings(self) -> tuple[WarningSign, ...]:
        return warnings_of(self.now, self.before, self.limits)

    @property
    def distinguishable(self) -> bool:
        """Say whether any place is surely better or worse than another."""
        return any(row.rank.distinguishable for row in self.rows["place"] if row.rank is not None)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it: what charts are drawn from."""
        return {
            "from": self.asked.since,
            "to": self.asked.until,
            "before_from": self.asked.before_since,
            "before_to": self.asked.before_until,
            "span": self.asked.span,
            "responses": self.responses,
            "responses_before": self.responses_before,
            "figures": [one.document() for one in self.figures],
            "points": [
                {
                    "start": point.start,
                    "responses": point.sums.responses,
                    "reworded": sorted(point.reworded),
                    **{one.key: said(point.sums.sample(one.key)) for one in self.figures},
                }
                for point in self.points
            ],
            "mail": [one.document() for one in self.warnings],
            "answered_within_days": ANSWERED_WITHIN.days,
            "answered_of_visited": self.of_visited.document(),
        }


def read(*, asked: Asked, limits: MailLimits | None = None) -> Board:
    """Return the figures of what is asked for, beside the time before; two statements."""
    places = _places(asked)
    where, was_where = _by(asked, places, ("place", "channel"))
    span: Span = "day" if asked.fitting and _may_lack(asked, where.values()) else asked.span
    unit = unit_for(asked.before_since, asked.since, asked.until, span=span)
    cells = [
        (start, survey, version, Sums(tuple(sums)))
        for start, survey, version, *sums in sum_up(
            _part(asked, unit, places), ("start", "survey_key", "survey_version")
        )
    ]
    now = [cell for cell in cells if cell[0] >= asked.since]
    before = [cell for cell in cells if cell[0] < asked.since]
    return Board(
        asked=asked,
        now=added(sums for *_, sums in now),
        before=added(sums for *_, sums in before),
        timeline=Timeline(
            workspace_id=asked.workspace_id,
            survey=asked.survey,
            days=(asked.since, asked.until),
            spans=coarser(asked.span, unit=unit),
            cells=now,
        ),
        rows={
            "survey": _rows(_grouped(now, lambda cell: cell[1]), _grouped(before, lambda cell: cell[1])),
            "place": _ranked(_rows(*(_folded(one, lambda key: key[0]) for one in (where, was_where)))),
            "channel": _rows(*(_folded(one, lambda key: key[1]) for one in (where, was_where))),
        },
        versions=_by_version(now, before),
        limits=limits or MailLimits(),
    )


def rows_by(*, board: Board, group_by: str) -> tuple[Row, ...]:
    """Return the same figures for each of several: one of GROUPS. Raises ValueError for another.

    Personas and segments ask the sums anew, and know NPS, CSAT and CES alone: `[]` beside people chosen already. Which
    segments an answer counts for, `counting_segments` says: those of its author when it was given. Nobody has several
    personas at once, but many belong to several segments; neither are ranked.
    """
    asked = board.asked
    if group_by in board.rows:
        return board.rows[group_by]
    if group_by in LEVELS:
        above = place_of_kind(workspace_id=asked.workspace_id, kind=group_by)
        return _ranked(_regrouped(board.rows["place"], lambda key: above.get(key, "")))
    if group_by == "step":
        steps = {one: journey_step(asked.workspace_id, *one) for one in board.versions}
        both = ({one: sums[at] for one, sums in board.versions.items()} for at in (0, 1))
        return _rows(*(_folded(sums, lambda version: steps[version]) for sums in both))
    if group_by not in PEOPLE:
        raise ValueError(group_by)
    if asked.people is not None:
        return ()
    now, before = (
        {key[0].partition(":")[2]: sums for key, sums in found.items()}
        for found in _by(replace(asked, people=f"{group_by}:"), _places(asked), ("slice",))
    )
    return _rows(now, before)


def mark(*, asked: Asked) -> str:
    """Return what changes whenever a figure may have changed: one statement, a few rows."""
    unit = unit_for(asked.before_since, asked.since, asked.until)
    [sums] = sum_up(_part(asked, unit, _places(asked)), ())
    return "-".join(map(str, sums))


def mark_of(board: Board) -> str:
    """Return the same of figures that were read already."""
    return "-".join(map(str, added((board.now, board.before)).values))


def _part(asked: Asked, unit: Span, places: list[str] | None) -> Part:
    """Return both times; what lies between them is no part of either."""
    gap = None
    if asked.before_until < asked.since:
        gap = Gap(span_start(asked.before_until, unit), asked.before_until, asked.since)
    return Part(
        asked.workspace_id,
        unit,
        asked.before_since,
        asked.until,
        asked.survey,
        asked.channel,
        places,
        asked.people or "",
        middle=asked.since,
        gap=gap,
    )


def _places(asked: Asked) -> list[str] | None:
    """Return where to look: what is asked for, as far as it may be seen; None: everywhere."""
    if asked.place is None:
        return None if asked.seen is None else list(asked.seen)
    wanted = below(workspace_id=asked.workspace_id, place=asked.place)
    return wanted if asked.seen is None else sorted(set(wanted) & set(asked.seen))


def _by(
    asked: Asked, places: list[str] | None, groups: tuple[str, ...]
) -> tuple[dict[tuple[Any, ...], Sums], dict[tuple[Any, ...], Sums]]:
    """Return the sums by groups of the period, and of the time before it: one statement for both."""
    unit = unit_for(asked.before_since, asked.since, asked.until)
    part = _part(asked, unit, places)
    now: dict[tuple[Any, ...], Sums] = {}
    before: dict[tuple[Any, ...], Sums] = {}
    for later, *row in sum_up(part, (LATER, *groups)):
        (now if later else before)[tuple(row[: len(groups)])] = Sums(tuple(row[len(groups) :]))
    return now, before


def _may_lack(asked: Asked, found: Iterable[Sums]) -> bool:
    """Say whether a figure that there is may lack at most points of its line, so that these should be longer.

    Then the sums are read by days, of which months are made; there are no more of them than there are answers.
    """
    if asked.span != "week":
        return False
    sums, weeks = added(found), max(1, (asked.until - asked.since).days // 7)
    return any(FEWEST_ANSWERS <= sums.sample(key).n < 2 * FEWEST_ANSWERS * weeks for key in FIGURES)


def _by_version(
    now: Iterable[tuple[date, str, int, Sums]], before: Iterable[tuple[date, str, int, Sums]]
) -> dict[tuple[str, int], tuple[Sums, Sums]]:
    sums: dict[tuple[str, int], tuple[list[Sums], list[Sums]]] = defaultdict(lambda: ([], []))
    for at, cells in enumerate((now, before)):
        for _, survey, version, one in cells:
            sums[survey, version][at].append(one)
    return {version: (added(some), added(earlier)) for version, (some, earlier) in sums.items()}


def _grouped(
    cells: Iterable[tuple[date, str, int, Sums]], key: Callable[[tuple[date, str, int, Sums]], str]
) -> dict[str, Sums]:
    groups: dict[str, list[Sums]] = defaultdict(list)
    for cell in cells:
        groups[key(cell)].append(cell[3])
    return {name: added(several) for name, several in groups.items()}


def _folded(found: Mapping[Any, Sums], key: Callable[[Any], str]) -> dict[str, Sums]:
    groups: dict[str, list[Sums]] = defaultdict(list)
    for names, sums in found.items():
        groups[key(names)].append(sums)
    return {name: added(several) for name, several in groups.items()}


def _rows(now: Mapping[str, Sums], before: Mapping[str, Sums]) -> tuple[Row, ...]:
    """Return a row for each that counts anything, by name."""
    names = sorted(now.keys() | before.keys())
    return tuple(Row(name, now.get(name, Sums()), before.get(name, Sums())) for name in names)


def _regrouped(rows: Iterable[Row], key: Callable[[str], str]) -> tuple[Row, ...]:
    now: dict[str, list[Sums]] = defaultdict(list)
    before: dict[str, list[Sums]] = defaultdict(list)
    for row in rows:
        now[key(row.key)].append(row.now)
        before[key(row.key)].append(row.before)
    return _rows({name: added(several) for name, several in now.items()}, {k: added(v) for k, v in before.items()})


def _ranked(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Put rows in an order as far as one is sure: by the ranks each may have, then by name; never by chance."""
    found = ranks({row.key: row.now.sample("nps") for row in rows if row.key})
    ranked = [Row(row.key, row.now, row.before, found.get(row.key)) for row in rows]
    return tuple(
        sorted(
            ranked, key=lambda row: (row.rank is None, (row.rank.best, row.rank.worst) if row.rank else (0, 0), row.key)
        )
    )

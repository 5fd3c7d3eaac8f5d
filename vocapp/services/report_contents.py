"""What a report says of one part of the company and one period, as figures: read anew each time, kept nowhere.

Figures come from the exact counters, alerts and promises from their rows. Where the days themselves have too few
answers for a figure, four weeks (or three months) are looked at, and the report says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from vocapp.domain.advice import HALF, Advice, Moved, Situation, advise
from vocapp.domain.alerts import OPEN
from vocapp.domain.callback_figures import Cause, Figures, figures, pareto
from vocapp.domain.comparing import Difference, Sample, difference, quantile
from vocapp.domain.promises import COUNTED, Kept
from vocapp.domain.report_times import Days, Kind, Period, period_of
from vocapp.domain.resolutions import UNSAID_CAUSE
from vocapp.domain.scores import FEWEST_ANSWERS, ShareFigure, share_figure
from vocapp.domain.survey import in_language
from vocapp.models import Alert, DriverReport, Place, Promise, Workspace, db
from vocapp.services import callback_report, theming, workspaces
from vocapp.services.comparing import Measure, samples
from vocapp.services.reach import reach
from vocapp.services.report_quotes import Quote, list_quotes
from vocapp.services.reporting import Question, counted_by
from vocapp.services.staff import Scope
from vocapp.services.theme_figures import themes_counted

METRICS: Final[tuple[Measure, ...]] = ("nps", "csat", "ces")
AT_ONCE: Final = quantile(pairs=HALF * len(METRICS))
"""At which each is compared with what it was: as on the dashboard (`boards.FIGURES`), which compares as many."""
MOST_CAUSES: Final = 3
MOST_DRIVERS: Final = 2
MOST_THEMES: Final = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure with what it was before."""

    metric: Measure
    now: Sample
    before: Sample | None
    """None: nobody gave one."""
    change: Difference | None
    """None: of one of the two there are too few."""
    days: Days
    wide: bool
    """Over more days than the report's own, which have too few answers."""

    @property
    def known(self) -> bool:
        return self.now.n >= FEWEST_ANSWERS


@dataclass(frozen=True, slots=True)
class Callbacks:
    opened: int
    open_now: int
    late_now: int
    figures: Figures
    """Of what was resolved in the period."""
    promises: Kept
    causes: tuple[tuple[str, Cause], ...]
    """In words, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Driven:
    """What goes with low scores, as the kept report of drivers has it."""

    factor: str
    level: str
    share: float
    """Of low scores with it, in percent."""
    elsewhere: float
    n: int
    always_with: tuple[tuple[str, str], ...] = ()
    """(factor, level) of what always goes together with it: nothing can tell which of them it is."""


@dataclass(frozen=True, slots=True)
class Contents:
    kind: Kind
    house: str
    place: str
    """Its key; empty: all that its reader sees."""
    place_name: str | None
    """None: all of the company."""
    places: dict[str, str]
    """Names by key, of the places that are quoted from."""
    period: Period
    measured: tuple[Measured, ...]
    answers: int
    answers_before: int
    sent: int
    """Messages that left in the period."""
    answered: ShareFigure
    """Of the messages that were delivered, and whose time to be answered was over in the period."""
    callbacks: Callbacks
    themes: tuple[tuple[str, str, int, int], ...]
    """What verbatims speak of most: key, in words, how often, how often of it badly."""
    drivers: tuple[Driven, ...]
    quotes: tuple[Quote, ...]
    advice: tuple[Advice, ...]

    @property
    def empty(self) -> bool:
        return not (self.answers or self.answers_before or self.callbacks.open_now or self.callbacks.figures.resolved)


def gather(*, scope: Scope, place: str, kind: Kind, due_on: date, language: str, now: datetime) -> Contents:
    """Return what a report says that is due on a day; `scope`: what its reader sees of the place. Empty: all of it."""
    workspace = db.session.get_one(Workspace, scope.workspace_id)
    period, zone = period_of(kind, due_on), ZoneInfo(workspace.timezone)
    own = period.own
    since, until, before = (_midnight(day, zone) for day in (own.since, own.until, own.before))
    question = Question(workspace_id=scope.workspace_id, seen=scope.places)
    measured = tuple(one for metric in METRICS if (one := _measured(metric, question, period)) is not None)
    answers, answers_before = (_answers(question, days) for days in (own, _before(own)))
    reached = reach(workspace_id=scope.workspace_id, survey=None, since=own.since, until=own.until, places=scope.places)
    callbacks, causes, causes_before = _callbacks(scope, since, until, before, language, now)
    drivers = _named(_drivers(scope, place), workspace.id, language)
    quotes = tuple(list_quotes(scope=scope, since=since, until=until))
    situation = Situation(
        late=callbacks.late_now,
        open=callbacks.open_now,
        promises_missed=callbacks.promises.due - callbacks.promises.kept,
        answers=max(answers, sum(one.now.n for one in measured if one.wide and one.known)),
        moved=[Moved(one.metric, one.change) for one in measured],
        causes=causes,
        causes_before=causes_before,
        driver=bool(drivers),
    )
    names = _names(scope.workspace_id, {place, *(one.place for one in quotes if one.place)} - {""})
    return Contents(
        kind=kind,
        house=workspace.name,
        place=place,
        place_name=names.get(place),
        places=names,
        period=period,
        measured=measured,
        answers=answers,
        answers_before=answers_before,
        sent=reached["sent"],
        answered=share_figure(reached["answered"]["hits"], reached["answered"]["n"]),
        callbacks=callbacks,
        themes=_themes(_within(question, own), language),
        drivers=drivers,
        quotes=quotes,
        advice=tuple(advise(situation)),
    )


def _measured(metric: Measure, question: Question, period: Period) -> Measured | None:
    """Return a figure over the period, or over more days where it has too few; None: nobody gave one."""
    (own, own_before), (wide, wide_before) = (_over(metric, question, days) for days in (period.own, period.wide))
    if (own is None or own.n < FEWEST_ANSWERS) and wide is not None and wide.n >= FEWEST_ANSWERS:
        return Measured(metric, wide, wide_before, _change(wide, wide_before), period.wide, wide=True)
    return None if own is None else Measured(metric, own, own_before, _change(own, own_before), period.own, wide=False)


def _change(now: Sample, before: Sample | None) -> Difference | None:
    return difference(now, before, z=AT_ONCE) if before is not None else None


def _over(metric: Measure, question: Question, days: Days) -> tuple[Sample | None, Sample | None]:
    now, before = (_within(question, one) for one in (days, _before(days)))
    return samples(metric, now, None).get(""), samples(metric, before, None).get("")


def _answers(question: Question, days: Days) -> int:
    return sum(counted_by("", _within(question, days), None).get("", {}).values())


def _within(question: Question, days: Days) -> Question:
    return Question(workspace_id=question.workspace_id, seen=question.seen, since=days.since, until=days.until)


def _before(days: Days) -> Days:
    return Days(days.before, days.since, days.before)


def _callbacks(
    scope: Scope, since: datetime, until: datetime, before: datetime, language: str, now: datetime
) -> tuple[Callbacks, Counter[str], Counter[str]]:
    """Return what callbacks came to, and how often each cause was found, now and before."""
    resolved = callback_report.list_resolutions(scope=scope, since=before, until=until)
    listed = workspaces.resolutions_of(workspace_id=scope.workspace_id)
    # a cause in somebody's own words may name a person: it is counted, and not told
    resolved = [one if listed.has_cause(one.cause) else replace(one, cause=UNSAID_CAUSE) for one in resolved]
    these = [one for one in resolved if one.at >= since]
    counted = [
        Counter(listed.cause(one.cause, language) for one in some)
        for some in (these, [one for one in resolved if one.at < since])
    ]
    causes = tuple((listed.cause(one.key, language), one) for one in pareto(these)[:MOST_CAUSES])
    opened = callback_report.count_opened(scope=scope, since=since, until=until).n
    open_now, late_now = _open(scope, now)
    dues = callback_report.list_dues(scope=scope, since=since, until=until, now=now)
    found = Callbacks(opened, open_now, late_now, figures(these, dues), _promises(scope, since, until), causes)
    return found, counted[0], counted[1]


def _open(scope: Scope, now: datetime) -> tuple[int, int]:
    query = select(func.count(), func.count().filter(Alert.due_at < now)).where(
        Alert.workspace_id == scope.workspace_id, Alert.status.in_(OPEN)
    )
    if scope.places is not None:
        query = query.where(Alert.place.in_(scope.places))
    open_now, late_now = db.session.execute(query).one()
    return open_now, late_now


def _promises(scope: Scope, since: datetime, until: datetime) -> Kept:
    query = select(func.count(), func.count().filter(Promise.status == "kept")).where(
        Promise.workspace_id == scope.workspace_id,
        Promise.status.in_(COUNTED),
        Promise.ends_at >= since,
        Promise.ends_at < until,
    )
    if scope.places is not None:
        query = query.where(Promise.place.in_(scope.places))
    return Kept(*db.session.execute(query).one())


def _themes(question: Question, language: str) -> tuple[tuple[str, str, int, int], ...]:
    """Return what was spoken of most; of two alike, what was spoken of worse."""
    counted = themes_counted(question).get("")
    if counted is None:
        return ()
    names = theming.find_names(workspace_id=question.workspace_id)
    found = [
        (sum(labels.values()), labels.get("negative", 0), in_language(names[theme], language, language)[0], theme)
        for theme, labels in counted.themes.items()
        if theme in names
    ]
    return tuple(
        (key, name, n, bad)
        for n, bad, name, key in sorted(found, key=lambda one: (-one[0], -one[1], one[2]))[:MOST_THEMES]
    )


def _drivers(scope: Scope, place: str) -> tuple[Driven, ...]:
    """Return what weighs most in the kept reports of exactly this part; of another part nothing is claimed here."""
    if not place and scope.places is not None:
        return ()
    rows: Sequence[DriverReport] = db.session.scalars(
        select(DriverReport).where(
            DriverReport.workspace_id == scope.workspace_id,
            DriverReport.place == place,
            DriverReport.found_at.is_not(None),
        )
    ).all()
    looks: list[Sequence[dict[str, Any]]] = [(row.findings or {}).get("drivers", ()) for row in rows]
    by_itself = [(one, look) for look in looks for one in look if not one.get("goes_with")]
    by_itself.sort(key=lambda found: (-found[0]["share_of_all_low_at_least"], *_level(found[0])))
    best = {_level(found[0]): found for found in reversed(by_itself)}
    ordered = [found for found in by_itself if best[_level(found[0])] is found]
    return tuple(
        Driven(*_level(one), one["share_low"], one["share_low_elsewhere"], one["n"], _always_with(one, look))
        for one, look in ordered[:MOST_DRIVERS]
    )


def _level(driver: Mapping[str, Any]) -> tuple[str, str]:
    return driver["factor"], driver["level"]


def _always_with(driver: Mapping[str, Any], look: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return what cannot be told apart from a driver, of the same look; one that is older does not say."""
    return tuple(
        _level(one) for one in look if one.get("always_together") and _level(one["goes_with"]) == _level(driver)
    )


def _named(drivers: tuple[Driven, ...], workspace_id: int, language: str) -> tuple[Driven, ...]:
    """Call places and themes as people do."""
    told = [pair for one in drivers for pair in ((one.factor, one.level), *one.always_with)]
    places = _names(workspace_id, {level for factor, level in told if factor in {"place", "region"}})
    themes = theming.find_names(workspace_id=workspace_id) if any(factor == "theme" for factor, _ in told) else {}

    def name(factor: str, level: str) -> str:
        if factor == "theme" and level in themes:
            return in_language(themes[level], language, "en")[0]
        return places.get(level, level) if factor in {"place", "region"} else level

    return tuple(
        replace(
            one,
            level=name(one.factor, one.level),
            always_with=tuple((factor, name(factor, level)) for factor, level in one.always_with),
        )
        for one in drivers
    )


def _names(workspace_id: int, keys: set[str]) -> dict[str, str]:
    rows = db.session.execute(
        select(Place.key, Place.name).where(Place.workspace_id == workspace_id, Place.key.in_(keys))
    )
    return dict(rows.all())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)

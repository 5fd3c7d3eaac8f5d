"""A report in words, in its reader's language: what mail, page and PDF set, each in its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from vocapp.domain.advice import Advice
from vocapp.domain.boards import ANSWERED_WITHIN
from vocapp.domain.comparing import Sample
from vocapp.domain.scores import Interval, ShareFigure, Z
from vocapp.models.verbatims import id_of
from vocapp.services.dates_in_words import say_date
from vocapp.services.mail_words import Language
from vocapp.services.report_contents import Contents, Driven, Measured
from vocapp.services.report_quotes import Quote
from vocapp.services.report_words import WORDS, count

LONGEST_SUBJECT: Final = 49
MOST_NAMED: Final = 2
"""Of what always goes together: of more it is told how many."""
_LOCALES: Final[Mapping[Language, str]] = {"fr": "fr", "en": "en_GB"}
_PAGES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "late_alerts": ("alerts", {"status": "open", "age": "late", "sort": "due"}),
    "promises_missed": ("alerts", {}),
    "open_alerts": ("alerts", {"status": "open", "age": "in_time", "sort": "due"}),
    "score_fell": ("verbatims", {}),
    "cause_grew": ("causes", {}),
}
"""Where in the console each is done, and with which filters; the place and, of verbatims, the days come with them."""


@dataclass(frozen=True, slots=True)
class FigureLine:
    label: str
    value: str
    """Or that there are too few answers for one."""
    around: str = ""
    """Its interval and its answers, in words; empty: there are too few."""
    before: str = ""
    note: str = ""
    """Over which days, where these are others than the report's."""

    @property
    def known(self) -> bool:
        return bool(self.around)


@dataclass(frozen=True, slots=True)
class Todo:
    text: str
    label: str
    url: str
    """Empty: it leads nowhere."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    why: str
    text: str
    about: str
    """Its scores, and where."""
    language: str
    url: str = ""
    """Where it is read whole."""


@dataclass(frozen=True, slots=True)
class ThemeLine:
    name: str
    told: str
    """How often, how often of it badly."""
    url: str = ""
    """Where it is read what was said of it."""


@dataclass(frozen=True, slots=True)
class DriverLine:
    text: str
    remark: str = ""
    """What it cannot be told apart from; empty: it stands by itself."""


@dataclass(frozen=True, slots=True)
class Sheet:
    language: Language
    words: Mapping[str, Any]
    subject: str
    preview: str
    house: str
    heading: str
    period: str
    figures: tuple[FigureLine, ...]
    counts: tuple[tuple[str, str], ...]
    todo: tuple[Todo, ...]
    quotes: tuple[QuoteLine, ...]
    themes: tuple[ThemeLine, ...]
    callbacks: tuple[tuple[str, str], ...]
    causes: tuple[tuple[str, str], ...]
    drivers: tuple[DriverLine, ...]
    console_url: str = ""
    """The board of the place, over the days of the report."""


def sheet_of(contents: Contents, *, language: Language, public_url: str, handles: bool = True) -> Sheet:
    """Return a report in words; `handles`: whether its reader deals with callbacks, or only reads of them."""
    write = _Writer(contents, language, public_url, handles)
    todo = tuple(write.todo(one) for one in contents.advice)
    return Sheet(
        language=language,
        words=write.w,
        subject=write.subject(),
        preview=write.preview(contents.advice[0], todo[0]),
        house=contents.house,
        heading=contents.place_name or contents.house,
        period=write.period(),
        figures=tuple(write.figure(one) for one in contents.measured),
        counts=write.counts(),
        todo=todo,
        quotes=tuple(write.quote(one) for one in contents.quotes),
        themes=write.themes(),
        callbacks=write.callbacks(),
        causes=write.causes(),
        drivers=tuple(write.driver(one) for one in contents.drivers),
        console_url=write.url("dashboards", {"period": "days", **write.days()}),
    )


class _Writer:
    def __init__(self, contents: Contents, language: Language, public_url: str, handles: bool) -> None:
        self.c = contents
        self.language = language
        self.locale = _LOCALES[language]
        self.w = WORDS[language]
        self._public_url = public_url
        self._handles = handles

    def url(self, page: str, query: Mapping[str, str]) -> str:
        """Return the address of a page of the console, of this place; it names nobody."""
        asked = {**query, **({"place": self.c.place} if self.c.place else {})}
        return f"{self._public_url}/console/{page}" + (f"?{urlencode(asked)}" if asked else "")

    def days(self) -> dict[str, str]:
        """Return the days of the report as an address has them: the last one counts."""
        own = self.c.period.own
        return {"from": own.since.isoformat(), "to": (own.until - timedelta(days=1)).isoformat()}

    def subject(self) -> str:
        since = self.c.period.own.since
        if self.c.kind == "weekly":
            period = self.w["subject_week"].format(day=self._day(since, "d MMM"))
        else:
            period = _capital(str(format_date(since, "LLLL y", locale=self.locale)))
        place = self.c.place_name or self.c.house
        room = LONGEST_SUBJECT - len(self.w["subject"].format(period=period, place=""))
        short = place if len(place) <= room else place[: room - 1].rstrip() + "…"
        return str(self.w["subject"].format(period=period, place=short))

    def period(self) -> str:
        since, last = self.c.period.own.since, self.c.period.own.until - timedelta(days=1)
        if self.c.kind == "monthly":
            return _capital(str(format_date(since, "LLLL y", locale=self.locale)))
        first = "d" if (since.year, since.month) == (last.year, last.month) else "d MMMM"
        first += " y" if since.year != last.year else ""
        start, end = self._day(since, first), self._day(last, "d MMMM y")
        days = f"du {start} au {end}" if self.language == "fr" else f"{start} to {end}"
        return str(self.w["week"].format(days=days))

    def figure(self, one: Measured) -> FigureLine:
        label = self.w["metrics"][one.metric]
        note = self.w["wide"][self.c.kind] if one.wide else ""
        if not one.known:
            return FigureLine(label, count(self.w["too_few"], one.now.n, self.language), note=note)
        value = self.w["value_of"][one.metric].format(value=self._value(one.metric, one.now))
        around = f"{self._around(one.metric, one.now.within(Z))}, " + count(
            self.w["answers_n"], one.now.n, self.language
        )
        return FigureLine(label, value, around, self._before(one), note)

    def counts(self) -> tuple[tuple[str, str], ...]:
        before = self.w["before"][self.c.kind]
        told = self.w["answers_before"].format(n=self.c.answers, before_n=self.c.answers_before, before=before)
        rows = [(self.w["answers"], told)]
        rate = self.c.answered
        if rate.share is not None and rate.interval is not None:
            between = self._between(rate.interval)
            text = self.w["rate_of"].format(
                share=self._percent(rate.share), n=rate.n, between=between, left=self._left()
            )
            rows.append((self.w["rate"], text))
        elif rate.n:
            told = count(self.w["rate_few"], rate.n, self.language, hits=str(rate.hits), left=self._left())
            rows.append((self.w["rate"], told))
        elif self.c.sent:
            rows.append((self.w["rate"], self.w["rate_none"].format(days=ANSWERED_WITHIN.days)))
        return tuple(rows)

    def _left(self) -> str:
        """Say when the messages left of which the rate is."""
        own = self.c.period.own
        first, last = own.since - ANSWERED_WITHIN, own.until - ANSWERED_WITHIN - timedelta(days=1)
        pattern = "d MMMM" if self.c.kind == "monthly" or first.month != last.month else "d"
        return str(self.w["left"].format(since=self._day(first, pattern), last=self._day(last, "d MMMM")))

    def preview(self, first: Advice, todo: Todo) -> str:
        """Return what stands beside the subject in a list of mails: one sentence of few answers, or of none."""
        if first.key in {"no_answers", "few_answers"}:
            return todo.text
        n = self.c.answers
        answers = count(self.w["answers_n"], n, self.language) if n else self.w["answers_none"]
        return str(self.w["preview"].format(answers=answers, todo=todo.text))

    def todo(self, one: Advice) -> Todo:
        values = {name: str(value) for name, value in one.values.items()}
        if "metric" in values:
            values["metric"] = self.w["metrics"][values["metric"]]
        words = self.w["advice"][one.key]
        if not self._handles:
            words = self.w["advice_to_readers"].get(one.key, words)
        several = isinstance(words, tuple)
        text = count(words, int(one.values["n"]), self.language) if several else words.format(**values)
        if one.key not in _PAGES:
            return Todo(text, "", "")
        page, query = _PAGES[one.key]
        if one.key == "score_fell" and one.values["metric"] == "nps":
            query = {"category": "detractor"}  # which only the recommendation knows: of others, all that was said
        url = self.url(page, {**query, **(self.days() if page == "verbatims" else {})})
        return Todo(text, self.w["links"][one.key], url)

    def quote(self, one: Quote) -> QuoteLine:
        scores = [
            f"{self.w['metric_scores'][score.metric]} "
            + self.w["of_highest"].format(value=score.value, highest=score.highest)
            for score in one.scores
        ]
        about = [*scores, self.c.places.get(one.place or "", "")]
        text = f"{self.w['opening']}{one.text}{self.w['closing']}"
        said = _capital(", ".join(part for part in about if part))
        url = self.url(f"verbatims/{id_of(one.response_id, one.question)}", self.days())
        return QuoteLine(self.w["quote_why"][one.why], text, said, one.language, url)

    def themes(self) -> tuple[ThemeLine, ...]:
        return tuple(
            ThemeLine(
                name,
                count(self.w["theme_n"], bad, self.language, all=str(n)) if bad else str(n),
                self.url("verbatims", {"theme": key, **self.days()}),
            )
            for key, name, n, bad in self.c.themes
        )

    def callbacks(self) -> tuple[tuple[str, str], ...]:
        found, figures = self.c.callbacks, self.c.callbacks.figures
        waiting = str(found.open_now)
        if found.late_now:
            waiting = count(self.w["open_late"], found.open_now, self.language, late=str(found.late_now))
        rows = [
            (self.w["opened"], str(found.opened)),
            (self.w["open_now"], waiting),
            (self.w["resolved"], str(figures.resolved)),
        ]
        if figures.in_time.share is not None:
            rows.append((self.w["in_time"], self._share(figures.in_time)))
        if figures.first_contact.median is not None:
            length = format_timedelta(figures.first_contact.median, locale=self.locale, threshold=1.5)
            rows.append((self.w["first_contact"], self.w["half_within"].format(length=length)))
        if found.promises.due:
            rows.append((self.w["promises"], self.w["out_of"].format(n=found.promises.kept, of=found.promises.due)))
        if figures.recovered.share is not None:
            rows.append((self.w["recovered"], self._share(figures.recovered)))
        return tuple(rows)

    def causes(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name, self.w["cause_n"].format(n=one.share.hits, of=one.share.n)) for name, one in self.c.callbacks.causes
        )

    def driver(self, one: Driven) -> DriverLine:
        shares = {"share": self._percent(one.share), "elsewhere": self._percent(one.elsewhere)}
        text = str(self.w["driver_line"].format(what=self._what(one.factor, one.level), n=one.n, **shares))
        return DriverLine(text, self._always_with(one.always_with) if one.always_with else "")

    def _always_with(self, others: Sequence[tuple[str, str]]) -> str:
        """Say what a driver cannot be told apart from; of many, by name of the first ones."""
        told = [self._what(*one) for one in others[:MOST_NAMED]]
        if left := len(others) - len(told):
            told.append(count(self.w["driver_others"], left, self.language))
        what = format_list(told, locale=self.locale)
        return count(self.w["driver_always_with"], len(others), self.language, what=what)

    def _what(self, name: str, told: str) -> str:
        """Say a level of a factor, both as the kept report has them."""
        before, found, after = name.partition(" after ")
        level = self.w["levels"].get(told, told)
        if found:
            factor = self.w["after"].format(one=_readable(before), other=_readable(after))
            return str(factor) if told == "yes" else f"{factor} ({level})"
        factor = self.w["factors"].get(name, _readable(name))
        bound, _, number = told.partition(" ")
        if bound in self.w["bounds"]:  # the lowest or highest of numbers
            level = self.w["bounds"][bound].format(n=format_decimal(float(number), locale=self.locale))
        elif name in {"place", "region"}:
            level = self.c.places.get(told, level)
        return f"{factor} {self.w['opening']}{level}{self.w['closing']}"

    def _before(self, one: Measured) -> str:
        before = self.w["before"][f"{self.c.kind}_wide" if one.wide else self.c.kind]
        if one.before is None or one.change is None:
            return str(self.w["no_before"].format(before=before))
        which = "same" if not one.change.clear else "up" if one.change.value > 0 else "down"
        return str(self.w[which].format(before=before, value=self._value(one.metric, one.before)))

    def _value(self, metric: str, sample: Sample) -> str:
        return self._number(sample.value) if metric == "nps" else self._percent(sample.value)

    def _around(self, metric: str, interval: Interval) -> str:
        if metric != "nps":
            return self._between(interval)
        return str(self.w["between"].format(low=self._number(interval.low), high=self._number(interval.high)))

    def _between(self, interval: Interval) -> str:
        return str(self.w["between"].format(low=self._number(interval.low), high=self._percent(interval.high)))

    def _share(self, figure: ShareFigure) -> str:
        between = self._between(figure.interval) if figure.interval else ""
        return str(self.w["share_between"].format(share=self._percent(figure.share or 0.0), between=between))

    def _percent(self, value: float) -> str:
        return str(self.w["percent"].format(value=self._number(value)))

    def _number(self, value: float) -> str:
        return str(format_decimal(round(value), locale=self.locale)).replace("-", "\u2212")

    def _day(self, day: date, pattern: str) -> str:
        return say_date(day, pattern, self.locale)


def _readable(factor: str) -> str:
    return factor.removeprefix("properties.").removeprefix("answers.").replace("_", " ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

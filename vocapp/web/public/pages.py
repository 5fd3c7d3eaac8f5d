"""The page of a dashboard behind a link. Pure: no request, no database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from vocapp.domain.survey import Survey, Text, in_language
from vocapp.services.browsing.voices import survey_title
from vocapp.services.dates_in_words import say_date
from vocapp.services.public_figures import Board, Shown
from vocapp.services.public_links import Opened
from vocapp.services.publishing import POINTS, next_on
from vocapp.web.public import charts
from vocapp.web.public.words import LANGUAGES, Words, words_for
from vocapp.web.respond.brand import Brand, style_element
from vocapp.web.respond.sheets import Sheet

__all__ = ["LANGUAGES", "render", "render_not_found", "sheet"]

sheet = Sheet(Path(__file__).parent, "public.css")

_LOCALES = {"fr": "fr", "en": "en_GB"}
_page = sheet.environment.get_template("public/page.html")
_closed = sheet.environment.get_template("public/closed.html")


class Formats:
    """Writes figures and days for one reader."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._locale = _LOCALES[words.language]

    def number(self, value: float) -> str:
        return str(format_decimal(value, locale=self._locale))

    def month(self, month: date) -> str:
        return str(format_date(month, "LLLL y", locale=self._locale))

    def short_month(self, month: date) -> str:
        return str(format_date(month, "LLL yy", locale=self._locale))

    def day(self, on: date) -> str:
        return say_date(on, "d MMMM y", self._locale)

    def plain(self, figure: str, value: float) -> str:
        """Write points as a number, a share in percent."""
        whole = round(value)
        if figure in POINTS:
            return str(format_decimal(whole, locale=self._locale)).replace("-", "−")
        return str(format_percent(whole / 100, locale=self._locale))

    def value(self, figure: str, shown: Shown) -> str:
        """Write a figure, with what it is bounded by."""
        return self._words.bounds[shown.bound].format(n=self.plain(figure, shown.value))

    def between(self, figure: str, shown: Shown) -> str:
        low, high = (self.plain(figure, end) for end in (shown.interval.low, shown.interval.high))
        return self._words.between.format(low=low, high=high)

    def change(self, shown: Shown) -> str:
        """Say whether it surely changed since the month before."""
        if shown.change is None:
            return ""
        key = "same" if not shown.change.clear else "up" if shown.change.value > 0 else "down"
        return self._words.changes[key]


def render(opened: Opened, board: Board, *, brand: Brand, path: str, language: str) -> str:
    """Return the page of what a link shows."""
    words = words_for(language)
    drawn = [charts.over_time(one, board.over_time, points=one in POINTS) for one in board.scores]
    names = {one.key: one.name for one in board.places}
    return _page.render(
        language=words.language,
        direction="",
        style=sheet.style(brand),
        brand=brand,
        state="dashboard",
        heading=opened.link.name,
        w=words,
        f=Formats(words),
        path=path,
        board=board,
        charts=[one for one in drawn if one is not None],
        left=charts.LEFT,
        right=charts.WIDTH - charts.RIGHT,
        top=charts.TOP,
        foot=charts.HEIGHT - charts.BOTTOM,
        width=charts.WIDTH,
        height=charts.HEIGHT,
        surveys=[(key, _title(key, survey, language)) for key, survey in board.surveys.items()],
        places=[(one.key, "\u2003" * one.depth + (one.name or words.company)) for one in board.places],
        place_name=names.get(board.place) or words.company,
        survey_name=_title(board.survey, board.surveys.get(board.survey), language),
        hidden=any(figure not in row.figures for row in board.below for figure in board.scores),
        theme_name=lambda row: _text(row.name, language, row.key),
        next_on=next_on(opened.today),
        points=POINTS,
    )


def render_not_found(language: str) -> str:
    """Return the page of a link that opens nothing: the same, whatever the reason."""
    words = words_for(language)
    heading, sentence = words.not_found
    return _closed.render(
        language=words.language,
        direction="",
        style=Markup(style_element(None)),  # noqa: S704 - our own style sheet
        brand=None,
        state="not_found",
        heading=heading,
        sentence=sentence,
    )


def _title(key: str, survey: Survey | None, language: str) -> str:
    return key if survey is None else survey_title(survey, language) or key


def _text(text: Text | None, language: str, otherwise: str) -> str:
    return otherwise if text is None else in_language(text, language, "fr")[0]

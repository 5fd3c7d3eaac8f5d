"""Times and numbers as people write them in one language, on the workspace's clock."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from markupsafe import Markup

from vocapp.domain.currencies import to_major
from vocapp.services.dates_in_words import say_date, with_first
from vocapp.web.console.words import Words

_LOCALES = {"fr": "fr", "en": "en_GB"}
_MOST_CHARACTERS = 200
_WEEK = 7
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Formats:
    """Writes for one reader at one moment."""

    def __init__(self, words: Words, zone: str, now: datetime) -> None:
        self.words = words
        self.zone = ZoneInfo(zone)
        self.now = now
        self.locale = _LOCALES[words.language]

    def exact(self, at: datetime, zone: str | None = None) -> str:
        """« lundi 23 novembre 2026, 15:00 », by the workspace's clock or by that of a `zone`."""
        here = ZoneInfo(zone) if zone else self.zone
        text = format_datetime(at, "EEEE d MMMM y, HH:mm", tzinfo=here, locale=self.locale)
        return with_first(text, at.astimezone(here).date(), self.locale)

    def day(self, on: date) -> str:
        return say_date(on, "EEEE d MMMM y", self.locale)

    def short_date(self, on: date) -> str:
        return say_date(on, "d MMM y", self.locale)

    def month(self, on: date) -> str:
        """« mars 2026 »."""
        return say_date(on, "LLLL y", self.locale)

    def day_of(self, at: datetime) -> date:
        """The day on which it was, on the workspace's clock."""
        return at.astimezone(self.zone).date()

    def short_day(self, at: datetime) -> str:
        return say_date(self.day_of(at), "d MMM y", self.locale)

    def when(self, at: datetime) -> str:
        """A time to come, as one says it: « mardi à 8 h », « le 3 décembre »."""
        return self._said(at, self.words["when_says"])

    def until(self, at: datetime) -> Markup:
        """« jusqu’à 10:30 », or that it is over."""
        said = self.words["hold_over"] if at <= self.now else self._said(at, self.words["until_says"])
        return self._time(at, said)

    def _said(self, at: datetime, says: Mapping[str, str]) -> str:
        here = at.astimezone(self.zone)
        time = here.strftime("%H:%M") if here.minute or self.words.language == "en" else f"{here.hour}\u00a0h"
        days = (here.date() - self.day_of(self.now)).days
        if days < _WEEK:
            key = {0: "today", 1: "tomorrow"}.get(days, "weekday")
            return str(says[key].format(time=time, day=say_date(here.date(), "EEEE", self.locale)))
        return str(says["day"].format(day=say_date(here.date(), "d MMMM", self.locale)))

    def ago(self, at: datetime) -> Markup:
        """« il y a 12 min », with the exact time behind it."""
        passed = self.now - at
        return self._time(at, self._moment(-passed))

    def due(self, at: datetime) -> Markup:
        """« dans 3 h », or by how much it is late."""
        left = at - self.now
        if left >= timedelta(0):
            return self._time(at, self._moment(left))
        return self._time(at, self.words["late"].format(time=self.length(-left)))

    def is_late(self, at: datetime) -> bool:
        return at < self.now

    def number(self, value: float) -> str:
        return _number(value, self.locale)

    def rounded(self, value: float) -> str:
        """A score without its decimals, with a real minus."""
        return str(format_decimal(round(value), locale=self.locale)).replace("-", "\u2212")

    def percent(self, value: float) -> str:
        return str(format_percent(value, locale=self.locale))

    def money(self, minor: int, currency: str) -> str:
        """An amount that is kept in the currency's smallest unit."""
        return str(format_currency(to_major(minor, currency), currency, locale=self.locale))

    def value(self, value: Any) -> str:
        """An attribute or a property, in one line."""
        if isinstance(value, bool):
            return self.words["yes" if value else "no"]
        if isinstance(value, int | float):
            return self.number(value)
        if isinstance(value, list):
            return ", ".join(self.value(one) for one in value)
        text = str(value)
        return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"

    def properties(self, found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """An event's properties that are known, each in one line; an amount has its currency beside it."""
        said, money = self.words["property_values"], self._money(found.get("total"), found.get("currency"))
        for key, value in found.items():
            if value is None or (money and key == "currency"):
                continue
            if money and key == "total":
                yield key, money
            elif isinstance(value, str):
                yield key, said.get(key, {}).get(value) or self._day_or_text(value)
            else:
                yield key, self.value(value)

    def read_time(self, text: str) -> datetime:
        """Read a time as invitations keep it."""
        return datetime.fromisoformat(text)

    def _money(self, total: Any, currency: Any) -> str | None:
        if type(total) not in {int, float} or not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            return None
        return str(format_currency(total, currency, locale=self.locale))

    def _day_or_text(self, text: str) -> str:
        if _DAY.fullmatch(text):
            with contextlib.suppress(ValueError):
                return say_date(date.fromisoformat(text), "d MMM y", self.locale)
        return self.value(text)

    def _time(self, at: datetime, words: str) -> Markup:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), self.exact(at), words)

    def _moment(self, distance: timedelta) -> str:
        if abs(distance) < timedelta(minutes=1):
            return self.words["just_now"]
        return str(format_timedelta(distance, add_direction=True, locale=self.locale, format=_width(distance)))

    def length(self, distance: timedelta) -> str:
        """« 15 min », « 2 jours »."""
        return str(format_timedelta(distance, locale=self.locale, format=_width(distance)))


@lru_cache(maxsize=5000)
def _number(value: float, locale: str) -> str:
    """Write a number: a page of figures has hundreds, of which most come again."""
    return str(format_decimal(value, locale=locale))


def _width(distance: timedelta) -> Any:
    """Hours and minutes are short words; Babel's short months are not, and it counts in days from 0.85 of one on."""
    return "short" if abs(distance) < timedelta(days=0.85) else "long"


def language_name(key: str, language: str) -> str:
    """Return what a language is called in another; a code that names none speaks for itself."""
    try:
        name = Locale.parse(key, sep="-").get_display_name(language)
    except (UnknownLocaleError, ValueError):
        return key
    return name[:1].upper() + name[1:] if name else key

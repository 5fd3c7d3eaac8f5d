"""A slot as one says it to a customer: « mercredi 11 mars, entre 10 h et 12 h », on their own clock."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from vocapp.domain.quiet_hours import zone_of
from vocapp.services.dates_in_words import say_date
from vocapp.services.mail_words import Language

_BETWEEN: Final = {"fr": "entre {start} et {end}", "en": "between {start} and {end}"}
_HELD: Final = "\u00a0"
_LOCALES: Final = {"fr": "fr", "en": "en_GB"}


def say_day(at: datetime, zone: str, language: Language) -> str:
    """Say a day: « mercredi 11 mars », held together by no-break spaces."""
    day = at.astimezone(zone_of(zone)).date()
    weekday, _, rest = say_date(day, "EEEE d MMMM", _LOCALES[language]).partition(" ")
    return f"{weekday} " + rest.replace(" ", _HELD)


def say_hours(start: datetime, end: datetime, zone: str, language: Language) -> str:
    """Say a stretch of a day: « entre 10 h et 12 h »."""
    return _BETWEEN[language].format(start=_hour(start, zone, language), end=_hour(end, zone, language))


def say_slot(start: datetime, end: datetime, zone: str, language: Language) -> str:
    """Say day and hours."""
    return f"{say_day(start, zone, language)} {say_hours(start, end, zone, language)}"


def _hour(at: datetime, zone: str, language: Language) -> str:
    here = at.astimezone(zone_of(zone))
    if language == "fr":
        minutes = f"{_HELD}{here.minute:02d}" if here.minute else ""
        return f"{here.hour}{_HELD}h{minutes}"
    minutes = f":{here.minute:02d}" if here.minute else ""
    return f"{here.hour % 12 or 12}{minutes}{_HELD}{'am' if here.hour < 12 else 'pm'}"

"""What a form of the page asks for, read strictly; what cannot be meant changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from vocapp.domain.preferences import FREQUENCIES
from vocapp.services.preferring import Preferences
from vocapp.web.preferences.days import PRESETS, begins, bounds, day_of, end_of

MADE = ("pause", "resume", "frequency", "subjects", "language", "stop", "back")


class FormRefused(ValueError):
    """What was sent can't be meant; the argument names the words that say what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing asked for: which (one of MADE), and what with it."""

    what: str
    given: dict[str, Any] = field(default_factory=dict)


def read(form: MultiDict[str, str], preferences: Preferences, now: datetime) -> Change:
    """Read what is asked for. Raises FormRefused."""
    what = form.get("do", "")
    if what == "pause":
        return Change("pause", {"until": begins(_end(form, preferences, now), preferences.zone)})
    if what == "frequency":
        frequency = form.get("frequency", "")
        if frequency not in FREQUENCIES:
            raise FormRefused("unknown")
        return Change("frequency", {"frequency": frequency})
    if what == "subjects":
        shown, wanted = set(form.getlist("shown")), set(form.getlist("subject"))
        if not shown or not {*shown, *wanted} <= {kind.key for kind in preferences.kinds}:
            raise FormRefused("unknown")
        if not wanted and not any(kind.wanted for kind in preferences.kinds if kind.key not in shown):
            return Change("stop")  # who keeps nothing wants no subject that may come later, either
        return Change("subjects", {"shown": shown, "wanted": wanted})
    if what == "language":
        language = form.get("language", "")
        if language not in preferences.languages:
            raise FormRefused("unknown")
        return Change("language", {"language": language})
    if what not in MADE:
        raise FormRefused("unknown")
    return Change(what)


def _end(form: MultiDict[str, str], preferences: Preferences, now: datetime) -> date:
    today = day_of(now, preferences.zone)
    preset = form.get("for")
    if preset is not None:
        if preset not in PRESETS:
            raise FormRefused("unknown")
        return end_of(preset, today)
    try:
        day = date.fromisoformat(form.get("until", "").strip())
    except ValueError as error:
        raise FormRefused("date") from error
    first, last = bounds(today)
    if not first <= day <= last:
        raise FormRefused("date")
    return day

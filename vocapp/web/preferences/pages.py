"""The page: how it stands, what can be chosen, why we wrote, what we hold. Pure: no request, no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError

from vocapp.domain.preferences import offered
from vocapp.services.disclosing import Why
from vocapp.services.mail_words import occasion
from vocapp.services.preferring import Preferences
from vocapp.web.preferences import look
from vocapp.web.preferences.days import PRESETS, bounds, day_of, end_of, said
from vocapp.web.preferences.summary import summary
from vocapp.web.preferences.words import Words, words_for
from vocapp.web.respond.brand import Brand

MOST_READ = 20
"""Rows of each kind that the page looks at; the file has them all."""

_page = look.environment.get_template("preferences/page.html")


def render(
    found: Preferences,
    *,
    why: Why,
    data: Mapping[str, Any],
    brand: Brand,
    path: str,
    now: datetime,
    done: str | None = None,
    fault: str | None = None,
    typed: str = "",
) -> str:
    """Return the page. `done`: what was just changed; `fault`: what is wrong with the form; `typed`: its date."""
    words = words_for(found.language, informal=brand.informal)
    state = _state(found)
    today = day_of(now, found.zone)
    until = said(day_of(found.paused_until, found.zone), words.language) if found.paused_until else ""
    standing = _standing(found, words, brand, state, until)
    first, last = bounds(today)
    may_stop = state != "stopped" and found.customer.unsubscribed_at is None
    return _page.render(
        language=words.language,
        direction="",
        style=look.style(brand),
        brand=brand,
        state=state,
        w=words,
        path=path,
        heading=words.title,
        standing=standing,
        done=_done(found, words, done, standing, until),
        fault=words.faults[fault].format(example=said(end_of("P1M", today), words.language)) if fault else None,
        date_is_wrong=fault == "date",
        typed=typed[:40],
        until=until,
        presets=[(key, words.pause_for[key], said(end_of(key, today), words.language)) for key in PRESETS],
        first=first.isoformat(),
        last=last.isoformat(),
        frequencies=_frequencies(found, words),
        frequency=found.frequency,
        kinds=found.kinds if len(found.kinds) > 1 else (),
        languages=[(one, _own_name(one)) for one in found.languages] if len(found.languages) > 1 else [],
        spoken=found.language,
        why=_why(found, why, words, brand, may_stop=may_stop),
        data=summary(data, found, words),
        may_stop=may_stop,
    )


def _state(found: Preferences) -> str:
    if found.reason is not None and found.reason.startswith("suppressed"):
        return "undeliverable"
    if found.reason in {"unsubscribed", "objected", "no_consent"}:
        return "stopped"
    return "paused" if found.reason == "paused" else "open"


def _standing(found: Preferences, words: Words, brand: Brand, state: str, until: str) -> str:
    text = words.now[found.frequency if state == "open" else state]
    return text.format(brand=brand.name, cap=_cap(found, words), until=until)


def _done(found: Preferences, words: Words, done: str | None, standing: str, until: str) -> tuple[str, str] | None:
    if done is None:
        return None
    heading, sentence = words.done[done]
    filling = {"until": until, "now": standing, "language": _name(found.language, words)}
    return heading.format(**filling), sentence.format(**filling)


def _cap(found: Preferences, words: Words) -> str:
    policy = found.policy
    one, several = words.cap if policy.window_days == 7 else words.cap_days
    return (one if policy.cap == 1 else several).format(n=policy.cap, days=policy.window_days)


def _frequencies(found: Preferences, words: Words) -> list[tuple[str, str]]:
    names = offered(found.policy.cap, found.policy.window, now_held=found.frequency)
    return [(name, words.frequencies[name].format(cap=_cap(found, words))) for name in names]


def _name(language: str, words: Words) -> str:
    locale = _locale(language)
    return (locale.get_display_name(words.language) if locale else None) or language


def _own_name(language: str) -> str:
    """Return a language's name as those who speak it say it: who can't read this page finds the way out of it."""
    name = _locale(language)
    said = (name.get_display_name() if name else None) or language
    return said[:1].upper() + said[1:]


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language.split("-", maxsplit=1)[0])
    except (UnknownLocaleError, ValueError):
        return None


def _why(found: Preferences, why: Why, words: Words, brand: Brand, *, may_stop: bool) -> list[tuple[str, str]]:
    def day(at: datetime) -> str:
        return said(day_of(at, found.zone), words.language)

    happened = occasion(why.event, "fr" if words.language == "fr" else "en", informal=brand.informal)
    what = f"{happened.after[0].upper()}{happened.after[1:]}" if happened else why.event
    if what and why.place:
        what = f"{what} ({why.place})"
    lines = [
        (
            words.why_event,
            words.happened_on.format(what=what, day=day(why.occurred_at)),
        )
        if what
        else (words.why_asked, words.asked_on.format(brand=brand.name, day=day(why.occurred_at))),
        (words.why_survey, why.survey),
    ]
    if why.sent_at is None:
        message = words.not_sent
    else:
        message = (words.by_link if why.channel == "link" else words.sent).format(
            brand=brand.name, day=day(why.sent_at)
        )
    lines.append((words.why_message, message))
    if why.tracked:
        lines.append((words.why_image, words.image.format(brand=brand.name)))
    basis = "consent_unknown" if why.basis == "consent" and why.agreed_at is None else why.basis
    agreed = day(why.agreed_at) if why.agreed_at else ""
    where = words.sources.get(why.agreed_where or "", why.agreed_where or "")
    right = words.rights[basis].format(brand=brand.name, day=agreed, where=where)
    lines.append((words.why_right, f"{right} {words.undo[why.basis]}" if may_stop else right))
    return lines

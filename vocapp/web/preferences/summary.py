"""What we hold about somebody, on one screen: the newest of each kind, cut short; the file beside it has everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from vocapp.domain.consent import SURVEYS, kind_purpose
from vocapp.services.preferring import Preferences
from vocapp.web.preferences.days import day_of, said
from vocapp.web.preferences.words import Words

MOST_LINES = 6
MOST_CHARACTERS = 160


class Line(NamedTuple):
    text: str
    value: str
    note: str
    inside: tuple[tuple[str, str], ...] = ()


class Part(NamedTuple):
    heading: str
    lines: list[Line]
    more: str
    """How many the file has beside these; empty: none."""


def summary(data: Mapping[str, Any], found: Preferences, words: Words) -> list[Part]:
    """Return the parts of the summary from the document of all data."""

    def day(at: datetime | None) -> str:
        return said(day_of(at, found.zone), words.language) if at else ""

    persona = data["persona"]
    seen = {None: "", True: words.opened, False: words.unopened}
    sent = [one for one in data["messages"] if one["sent_at"] is not None]
    parts = [
        _part(words.profile, [*_identity(data["profile"], words), *_attributes(data["profile"], words, day)], words),
        _part(words.answers, [_answers(one, words, day) for one in data["answers"]], words),
        _part(words.consents, [_consent(one, found, words, day) for one in data["consents"]], words),
        _part(words.messages, [Line(one["title"], day(one["sent_at"]), seen[one["opened"]]) for one in sent], words),
    ]
    if persona:
        # how much speaks for it is support, no probability: no figure that one would take for one
        reasons = [words.persona_reason.format(reason=reason.rstrip(" .")) for reason in persona["reasons"]]
        why = words.persona_line.format(reasons=", ".join(reasons)) if reasons else ""
        parts.insert(1, Part(words.persona, [Line(persona["name"] or persona["key"], "", why)], ""))
    return parts


def _part(heading: str, lines: Sequence[Line], words: Words) -> Part:
    more = len(lines) - MOST_LINES
    return Part(heading, list(lines[:MOST_LINES]), words.more.format(n=more) if more > 0 else "")


def _identity(profile: Mapping[str, Any], words: Words) -> list[Line]:
    return [Line(name, _cut(profile[key]), "") for key, name in words.fields.items() if profile[key]]


def _attributes(profile: Mapping[str, Any], words: Words, day: Any) -> list[Line]:
    return [
        Line(
            held["key"].replace("_", " ").capitalize(),
            _in_words(held["value"], words),
            words.profile_line.format(
                source=words.sources.get(held["source"], held["source"]),
                day=day(held["observed_at"]),
            ),
        )
        for held in profile["attributes"]
    ]


def _answers(response: Mapping[str, Any], words: Words, day: Any) -> Line:
    given = [one for one in response["answers"] if one["counts"]]
    return Line(
        words.answers_line.format(title=response["title"], day=day(response["completed_at"] or response["started_at"])),
        "",
        "",
        tuple((_cut(one["text"] or one["question"]), _cut(one["in_words"])) for one in given),
    )


def _consent(said_: Mapping[str, Any], found: Preferences, words: Words, day: Any) -> Line:
    titles = {kind_purpose(kind.key): kind.title for kind in found.kinds}
    purpose = said_["purpose"]
    if purpose in titles:
        name = words.purposes["kind"].format(title=titles[purpose])
    else:
        name = words.purposes["surveys"] if purpose == SURVEYS else purpose
    return Line(
        name,
        words.agreed if said_["granted"] else words.refused,
        words.profile_line.format(source=words.sources.get(said_["source"], said_["source"]), day=day(said_["at"])),
    )


def _in_words(value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words.yes if value else words.no
    if isinstance(value, list):
        return _cut(", ".join(_in_words(one, words) for one in value))
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS].rstrip() + "…"

"""How a language leads to a text, for who says « vous » and for who says « tu ».

What a familiar speaker says otherwise stands beside the usual words under the same tag with a private-use subtag
(BCP 47, RFC 5646 section 2.2.7): `fr-x-informal` beside `fr`. It is no language of its own: nobody's answers are in
it, and what has no familiar words is said as it is to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

FAMILIAR: Final = "-x-informal"
"""What follows a language's tag where its words are for people one says « tu » to."""

_Said = TypeVar("_Said")
_VOUS = re.compile(
    r"\b(vous|votre|vos|vôtres?|dites|faites|êtes)\b|\b(?!(?:ch|ass|n|rend)ez\b)[a-zà-ÿ]+ez\b", re.IGNORECASE
)
"""Pronouns, and the verbs that go with them; « chez », « assez », « nez » and « rendez-vous » end alike."""


def familiar(language: str) -> str:
    """Return under which tag the familiar words of a language stand."""
    return f"{language}{FAMILIAR}"


def voiced(language: str, *, informal: bool) -> str:
    """Return the tag under which to look for somebody's words: its familiar one for who is spoken to so."""
    return familiar(plain(language)) if informal else language


def plain(tag: str) -> str:
    """Return the language of a tag, whoever is spoken to: `fr-x-informal` is `fr`."""
    return tag.removesuffix(FAMILIAR)


def primary(tag: str) -> str:
    """Return the language itself, without country and script, in small letters: `fr-CA` is `fr`."""
    return tag.split("-", maxsplit=1)[0].lower()


def candidates(language: str, *, informal: bool = False) -> tuple[str, ...]:
    """Return the tags to look under, the best first: `fr-CA` falls to `fr`; who says « tu » looks for that first.

    A `voiced` language says by itself that one does.
    """
    usual = plain(language)
    tags = tuple(dict.fromkeys((usual, usual.split("-", maxsplit=1)[0])))
    return tuple(one for tag in tags for one in (familiar(tag), tag)) if informal or usual != language else tags


def says_vous(text: str) -> bool:
    """Tell whether a French text says « vous », to one person or to several."""
    return _VOUS.search(text.lower().replace("rendez-vous", "")) is not None


def find(texts: Mapping[str, _Said], language: str, *, informal: bool = False) -> _Said | None:
    """Return what is said in a language; None: nothing is."""
    return next((texts[tag] for tag in candidates(language, informal=informal) if tag in texts), None)


def words(tables: Mapping[Any, Mapping[str, str]], language: str, *, informal: bool = False) -> Mapping[str, str]:
    """Return a table of words in a language, with what is said otherwise to who is spoken to familiarly."""
    tags = [tag for tag in candidates(language, informal=informal) if tag in tables]
    return {key: said for tag in reversed(tags) for key, said in tables[tag].items()}

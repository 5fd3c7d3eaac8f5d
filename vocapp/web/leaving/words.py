"""What the page says, in French and English.

Invisible spaces are written as escapes: U+202F before `;`, `!` and `?`, U+00A0 before `:` and inside « ».
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    reports: Mapping[str, str]
    """By kind: how the report is called, with its place."""
    company: str
    ask: tuple[str, str]
    done: tuple[str, str]
    unsubscribe_button: str


def words_for(language: str) -> Words:
    """Return the words of `language` (`fr-CA` → French), English for any language that has none."""
    return FRENCH if language.split("-", maxsplit=1)[0].lower() == "fr" else ENGLISH


FRENCH = Words(
    language="fr",
    reports={"weekly": "le rapport du lundi sur {place}", "monthly": "le rapport mensuel sur {place}"},
    company="tout ce que vous suivez",
    ask=(
        "Ne plus recevoir ce rapport\u202f?",
        "Vous recevez {report}, envoyé par {workspace}. Vos autres rapports ne changent pas.",
    ),
    done=(
        "C’est fait",
        "Vous ne recevrez plus {report}. Pour y revenir\u00a0: la console, «\u00a0Rapports par e-mail\u00a0».",
    ),
    unsubscribe_button="Ne plus le recevoir",
)

ENGLISH = Words(
    language="en",
    reports={"weekly": "the Monday report about {place}", "monthly": "the monthly report about {place}"},
    company="all that you look after",
    ask=(
        "Stop getting this report?",
        "You get {report}, sent by {workspace}. Your other reports stay as they are.",
    ),
    done=(
        "Done",
        "You will no longer get {report}. To subscribe again: the console, “Reports by mail”.",
    ),
    unsubscribe_button="Stop this report",
)

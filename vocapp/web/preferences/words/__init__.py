"""What the preference centre says, in French and English; the surveys' titles come from their definitions.

Invisible spaces are written as escapes: U+202F before `;`, `!` and `?`, U+00A0 before `:` and inside « ».
"""

from __future__ import annotations

from vocapp.domain import languages
from vocapp.web.preferences.words.english import ENGLISH
from vocapp.web.preferences.words.french import FRENCH, FRENCH_INFORMAL
from vocapp.web.preferences.words.shape import Words

__all__ = ["VERSION", "Words", "text_version", "words_for"]

VERSION = "2026-11"
"""Of the words by which people agree or refuse; it stands in their consents. Raise it with the words."""


def words_for(language: str, *, informal: bool = False) -> Words:
    """Return the words of `language` (`fr-CA` → French), English for any language that has none.

    `informal`: as one speaks who says « tu »; English has no such choice.
    """
    return languages.find(_BY_LANGUAGE, languages.primary(language), informal=informal) or ENGLISH


def text_version(language: str, part: str, *, informal: bool = False) -> str:
    """Name the words by which somebody agreed: which part of the page, in which language, in which version."""
    words = words_for(language, informal=informal)
    manner = "-informal" if words is FRENCH_INFORMAL else ""
    return f"preferences/{VERSION}/{words.language}{manner}#{part}"


_BY_LANGUAGE = {"fr": FRENCH, "fr-x-informal": FRENCH_INFORMAL, "en": ENGLISH}

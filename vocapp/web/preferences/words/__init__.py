"""What the preference centre says, in French and English; the surveys' titles come from their definitions.

Invisible spaces are written as escapes: U+202F before `;`, `!` and `?`, U+00A0 before `:` and inside « ».
"""

from __future__ import annotations

from vocapp.web.preferences.words.english import ENGLISH
from vocapp.web.preferences.words.french import FRENCH
from vocapp.web.preferences.words.shape import Words

__all__ = ["VERSION", "Words", "text_version", "words_for"]

VERSION = "2026-11"
"""Of the words by which people agree or refuse; it stands in their consents. Raise it with the words."""


def words_for(language: str) -> Words:
    """Return the words of `language` (`fr-CA` → French), English for any language that has none."""
    return {"fr": FRENCH}.get(language.split("-", maxsplit=1)[0].lower(), ENGLISH)


def text_version(language: str, part: str) -> str:
    """Name the words by which somebody agreed: which part of the page, in which language, in which version."""
    return f"preferences/{VERSION}/{words_for(language).language}#{part}"

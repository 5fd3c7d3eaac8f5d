"""Which language a text is probably in, by py3langid, among the languages that customers here are likely to write."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Close relatives of the model's six (Catalan, Galician, Luxembourgish) are left out: they would take remarks away.
# fmt: off
CANDIDATES = (
    "fr", "en", "es", "de", "it", "pt",
    "nl", "pl", "ru", "uk", "ar", "fa", "he", "tr", "el", "zh", "ja", "ko", "hi",
    "th", "vi", "id", "sv", "da", "no", "fi", "cs", "sk", "ro", "hu", "hr",
)
# fmt: on

MOST_READ = 600
"""Characters that are looked at: more tell nothing new."""


def likely_languages(text: str) -> dict[str, float]:
    """Give each candidate's probability (summing to 1) for a well-formed text."""
    # NFKC: a remark in the bold or circled letters of social networks is in a language too.
    plain = unicodedata.normalize("NFKC", text[:MOST_READ])
    return {str(language): float(share) for language, share in _identifier().rank(plain)}


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # An identifier of our own: the package's shared one could be restricted by anybody.
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(CANDIDATES)
    return identifier

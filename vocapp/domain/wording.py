"""The words of a text as a search looks at them: without accents and endings, in French and in English.

A word has a *form* (folded: no accents, no capitals) and a *stem* (the form without its ending, by the language). Both
databases index these, so that what is found does not depend on the database, nor on an extension of it.

Stems are Snowball's (Porter 2001, snowballstem.org), of folded forms: so that who writes « recu » finds « reçu ». What
the French ones then miss is done first: the participles and plurals that an accent would have told (« livrée »).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.french_stemmer import FrenchStemmer

LANGUAGES: Final = ("fr", "en")
"""Whose endings are known; of any other language, a word's stem is its form."""
LONGEST_WORD: Final = 40
"""Characters; what is longer is cut, in the index and in the question alike."""

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_SHORT: Final = 4
"""Words of fewer letters keep their endings: « rue », « vue », « les »."""
_NO_PLURAL = frozenset({"abus", "bonus", "campus", "dessus", "plus", "refus", "virus"})
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


class Word(NamedTuple):
    """One word of a text, and where it stands there: characters from, to."""

    start: int
    end: int
    form: str


def words_in(text: str) -> list[Word]:
    """Return the words of a text in order."""
    found = ((match.start(), match.end(), fold(match[0])) for match in _WORD.finditer(text))
    return [Word(start, end, form) for start, end, form in found if form]


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Return a word's form: letters and digits only, small, without accents; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())[:LONGEST_WORD]


def stem(form: str, language: str) -> str:
    """Return the stem of a form in a language (BCP 47; the first part counts)."""
    return _stem(form, language.split("-", maxsplit=1)[0].lower())


@lru_cache(maxsize=50_000)
def _stem(form: str, language: str) -> str:
    # a stemmer keeps the word it works on: each word has its own, so that threads do not meet in one
    if language == "fr":
        found = FrenchStemmer().stemWord(_singular(form))
        return found[:-1] if found.endswith("x") and len(found) >= _SHORT else found
    if language == "en":
        return str(EnglishStemmer().stemWord(form))
    return form


def _singular(form: str) -> str:
    """Take off what tells a French feminine or plural where Snowball needs an accent to see it, or passes it over."""
    if len(form) < _SHORT or form in _NO_PLURAL:
        return form
    if form.endswith(("ees", "ee")):
        return form[: form.rindex("ee") + 1]
    if re.search(r"[^qg]ues?$", form):
        return form[: form.rindex("ue") + 1]
    if form.endswith(("us", "ois", "es")):
        return form[:-1]
    return form

"""The words of a text as a search looks at them: without accents and endings, in French and in English.

A word has a *form* (folded: no accents, no capitals) and a *stem* (the form without its ending, by the language). Both
databases index these, so that what is found does not depend on the database, nor on an extension of it.

Stems are Snowball's (Porter 2001, snowballstem.org), of folded forms: so that who writes « recu » finds « reçu ». A
plural is made the singular first, by the rules of each language: Snowball looks at one ending after the other, and so
takes « photo » and « photos » for two words. What an accent would have told (« livrée ») is done then, too.

An emoji is a word, too, each by itself: without its colour of skin, and its form is its stem.
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

_WORD = re.compile(
    r"[^\W_](?:[^\W_]|[\u0300-\u036f])*"
    # emoji, and the stars and hearts of before; what joins or colours them is none
    "|(?![\U0001f3fb-\U0001f3ff])[\u231a\u231b\u23e9-\u23f3\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_SHORT: Final = 4
"""Words of fewer letters keep their endings: « rue », « vue », « les »."""
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


class Word(NamedTuple):
    """One word of a text, and where it stands there: characters from, to."""

    start: int
    end: int
    form: str


def words_in(text: str) -> list[Word]:
    """Return the words of a text in order."""
    found = ((match.start(), match.end(), _form(match[0])) for match in _WORD.finditer(text))
    return [Word(start, end, form) for start, end, form in found if form]


def _form(word: str) -> str:
    return fold(word) or ("" if word[0].isalnum() else word[0])


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
        single = _french_singular(form)
        if single in _WHOLE:
            return single
        found = str(FrenchStemmer().stemWord(single))
        return found[:-1] if found.endswith("eux") else found  # « heureuse », which Snowball makes « heureux »
    if language == "en":
        return str(EnglishStemmer().stemWord(_english_singular(form)))
    return form


# ── plurals

_WHOLE: Final = frozenset(
    re.findall(
        r"\w+",
        """
    abus acces acquis admis anglais apres appris avis bras bonus campus chez choix colis commis compris confus corps
    cours croquis dans dehors depuis dessous dessus deux devis eux ceux exclus exquis fois francais frais gars
    gras gros inclus iris jadis jamais jus lors lourdes mars mais mauvais mieux mis mois moins paris parfois permis peux
    pis plus plutot pois poids pris pres precis progres promis quelquefois refus remis repas repris requis sans soumis
    souris succes surpris tapis taux temps toujours toutefois transmis trois tres veux virus
    audit conflit credit debit deficit delit ecrit edit habit inscrit interdit limit mini petit profit taxi transit
        """,
    )
)
"""Without accents; what neither loses an ending nor has one that Snowball should take: what looks like a plural and is
none, where it would meet another word (« mais » and « mai »), and « petit », which looks like a verb to it. « êtes »
may meet « été », of which « étés » is the plural: both are forms of one verb."""
_IRREGULAR_FRENCH: Final = {
    "baux": "bail", "cieux": "ciel", "coraux": "corail", "ideaux": "ideal", "mesdames": "madame",
    "messieurs": "monsieur", "soupiraux": "soupirail", "travaux": "travail", "vitraux": "vitrail", "yeux": "oeil",
}  # fmt: skip
_X_FRENCH = re.compile(
    r"(?:eaux|(?:tu|n|b|j)o?yaux|landaux|materiaux|(?:^|en)jeux|feux|lieux|voeux|aveux|neveux|cheveux|adieux|essieux|epieux|hebreux"
    r"|(?:bij|caill|^ch|gen|hib|jouj|^p|rip)oux)$"
)
"""Plurals in -x of what has no -x; adjectives in -eux are the same in both numbers."""
_NO_AL: Final = frozenset({"chaux", "faux", "taux"})


def _french_singular(form: str) -> str:
    """Return the singular of a form, as far as rules tell it, and without the -e of participles in -é and -u.

    What is no plural may lose an ending, too, which harms nothing: it does so wherever it stands.
    """
    if len(form) < _SHORT or form in _WHOLE:
        return form
    form = _IRREGULAR_FRENCH.get(form, form)
    if _X_FRENCH.search(form) or (form.endswith("s") and not form.endswith(("ss", "rions"))):
        form = form[:-1]
    elif form.endswith("aux") and form not in _NO_AL:
        form = f"{form[:-2]}l"
    return form[:-1] if re.search(r"(?:ee|[^qg]ue)$", form) and len(form) >= _SHORT else form


_IRREGULAR_ENGLISH: Final = {
    "buses": "bus", "children": "child", "feet": "foot", "gases": "gas", "knives": "knife", "leaves": "leaf",
    "lenses": "lens",
    "lives": "life", "loaves": "loaf", "men": "man", "mice": "mouse", "people": "person", "quizzes": "quiz",
    "scarves": "scarf", "shelves": "shelf", "teeth": "tooth", "thieves": "thief", "wives": "wife", "women": "woman",
}  # fmt: skip


def _english_singular(form: str) -> str:
    """Return the singular where Snowball leaves a plural apart from it."""
    return _IRREGULAR_ENGLISH.get(form, form)

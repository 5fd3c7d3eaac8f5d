"""What a column of a file of customers may have been meant to say: everyday headers, in French and English.

Nothing is read by a guess: it is only said, so that a person can rename the column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

WHOLE_NAME: Final = "first_name and last_name, a column each"
CONSENT: Final = "consent.surveys"

_MEANT: Final[dict[str, tuple[str, ...]]] = {
    "external_id": (
        "id", "ref", "reference", "customer", "customerid", "customerref", "customernumber", "customerkey", "userid",
        "client", "clientid", "idclient", "refclient", "referenceclient", "numeroclient", "numclient", "noclient",
        "codeclient", "nclient",
    ),
    "email": (
        "mail", "courriel", "mel", "emailaddress", "mailaddress", "adressemail", "adresseemail", "adressecourriel",
        "adresseelectronique",
    ),
    "phone": (
        "telephone", "tel", "portable", "mobile", "gsm", "phonenumber", "mobilephone", "cellphone", "telnumber",
        "numerodetelephone", "numtel", "telephoneportable", "telephonemobile", "telmobile", "telportable",
    ),
    "first_name": ("prenom", "prenoms", "firstname", "givenname", "forename"),
    "last_name": ("nom", "nomdefamille", "lastname", "surname", "familyname"),
    WHOLE_NAME: ("name", "fullname", "customername", "nomcomplet", "nomprenom", "prenomnom", "nometprenom",
                 "prenometnom", "nomclient", "nomduclient"),
    "locale": ("langue", "language", "lang"),
    "timezone": ("fuseau", "fuseauhoraire", "tz"),
    "observed_at": ("updatedat", "lastupdated", "modifiele", "misajourle", "datedemodification"),
    CONSENT: ("consent", "consentement", "optin", "optinemail", "accord", "rgpd", "gdpr"),
}  # fmt: skip
_BY_WORD: Final = {word: column for column, words in _MEANT.items() for word in words}
_OURS: Final = {column.replace("_", ""): column for column in _MEANT if column.replace("_", "").isalpha()}
_ALIKE: Final = 0.8
"""From how alike on a header is one of ours mistyped (difflib's ratio)."""


def guess(header: str, *, beside: Iterable[str] = ()) -> str | None:
    """Return which column a header may mean; None: no guess, or that column stands `beside` it already."""
    plain = unicodedata.normalize("NFKD", header.casefold())
    word = re.sub(r"[^a-z0-9]", "", plain)
    meant = _BY_WORD.get(word) or _OURS.get(word)
    if meant is None and (near := get_close_matches(word, _OURS, n=1, cutoff=_ALIKE)):
        meant = _OURS[near[0]]
    present = set(beside)
    if meant is None or meant == header or meant in present:
        return None
    if meant == WHOLE_NAME and {"first_name", "last_name"} & present:
        return None
    return meant


def guesses(headers: Iterable[str], *, beside: Iterable[str] = ()) -> dict[str, str]:
    """Return header → what it may mean, for those that one can guess; a column is guessed once."""
    found: dict[str, str] = {}
    taken = set(beside)
    for header in headers:
        if (meant := guess(header, beside=taken)) is not None:
            found[header] = meant
            taken.add(meant)
    return found

"""Taking out of a customer's words what leads to a person: for whoever reads them without a need to know who it was.

Masked are addresses of mail and of the web, phone numbers, long numbers and references (of orders, cards, accounts),
streets with a number, names after a title, and every name that is known of the person or of who served them. What it
cannot find is a name that nobody told us and that no title stands before: so of two texts that say the same, the one
with nothing to mask is the better one to quote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

MASK: Final = "[…]"
SHORTEST_NAME: Final = 3
"""Of a name with fewer letters too much would be taken for it."""

_MAIL = r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+\.[^\s<>\"'(),;:.]+"
_WEB = r"(?:https?://|www\.)\S+"
_PHONE = r"(?<!\w)\+?\(?\d{1,4}\)?(?:[\s.\-/\u00a0\u202f]?\(?\d{2,4}\)?){3,6}(?!\w)"
_LONG = r"\d(?:[\s.\-/\u00a0\u202f]?\d){4,}"
_REFERENCE = r"(?<!\w)(?=[\w-]*\d[\w-]*\d[\w-]*\d)(?=[\w-]*[^\W\d_])[\w]+(?:-[\w]+)*(?!\w)"
_NUMBERED = r"(?:n°|nº|no\.|#|№)\s?\d[\w-]*"
_FOUR = r"(?<![\w.,])(?!(?:19|20)\d\d(?!\w))\d{4}(?!\w)"
_STREET = (
    r"\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:(?i:rue|avenue|av\.|boulevard|bd|place|chemin|all[ée]e|impasse|quai|cours|route)"
    r"\s+(?:[\w’'-]+\s?){1,4}|(?:[A-Z][\w’'-]+\s){1,3}(?i:street|st\.|road|rd\.|avenue|lane|drive|square|way))(?!\w)"
)
_TITLED = (
    r"(?<!\w)(?:(?i:mme|mlle|melle|mrs?|ms|dr|docteur|madame|monsieur|mademoiselle|miss|ma[iî]tre)\.?|M\.?)[\s\u00a0]+"
    r"(?:(?i:de|du|des|la|le|van|von)[\s\u00a0]+){0,2}(?:(?i:d|l)[’'])?"
    r"[A-ZÀ-Ý][\w’'-]+(?:[\s\u00a0]+[A-ZÀ-Ý][\w’'-]+)?"
)
_OF_STAFF = re.compile(
    r"agent|employee|advisor|adviser|seller|clerk|staff|employé|conseill|vende(u|se)|caissi", re.IGNORECASE
)
_ALWAYS = re.compile(f"{_MAIL}|{_WEB}|{_STREET}|{_PHONE}|{_LONG}|{_NUMBERED}|{_REFERENCE}|{_FOUR}")
_NAMES = re.compile(_TITLED)
_PARTS = re.compile(r"[\s.’'-]+")
_AGAIN = re.compile(r"\[…\](?:[\s,]*\[…\])+")


class Masked(NamedTuple):
    text: str
    n: int
    """How much was taken out."""


def names_staff(key: str) -> bool:
    """Say whether a property of this name tells of somebody on the staff."""
    return _OF_STAFF.search(key) is not None


def mask(text: str, names: Iterable[str | None] = (), references: Iterable[str | None] = ()) -> Masked:
    """Return a text without what leads to a person.

    `names` are taken out by their parts, too (« Marie-Claude Le Goff »), `references` only as they stand.
    """
    parts = [part for name in names if name for part in (name, *_PARTS.split(name))]
    text, named = _without_known(text, [*parts, *references])  # first: a reference is known better than it looks
    text, found = _ALWAYS.subn(MASK, text)
    text, titled = _NAMES.subn(MASK, text)
    return Masked(_AGAIN.sub(MASK, text), found + titled + named)


def _without_known(text: str, known: Iterable[str | None]) -> tuple[str, int]:
    """Take out what is known, whatever its accents and capitals: letters are compared without them, one for one."""
    wanted = {plain for one in known if len(plain := _plain((one or "").strip())) >= SHORTEST_NAME}
    if not wanted:
        return text, 0
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(name) for name in sorted(wanted, key=len, reverse=True)) + r")(?!\w)"
    )
    composed = unicodedata.normalize("NFC", text)
    pieces, last = [], 0
    matches = list(pattern.finditer(_plain(composed)))
    for match in matches:
        pieces += [composed[last : match.start()], MASK]
        last = match.end()
    return "".join([*pieces, composed[last:]]), len(matches)


def _plain(text: str) -> str:
    """Return a text letter by letter without accents and capitals: as long as it was."""
    return "".join(_letter(one) for one in unicodedata.normalize("NFC", text))


def _letter(one: str) -> str:
    bare = unicodedata.normalize("NFD", one)[:1].lower()
    return bare if len(bare) == 1 else one

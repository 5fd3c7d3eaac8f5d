"""How a company, or one of its brands, speaks to its customers: whether it says « tu » or « vous » where a language has
the choice, how it greets, closes and signs, and how it says thank you. What a brand leaves open is as above it.

The texts are Liquid over the customer, the event and the brand, and are written per language. Those of mails name only
what every mail knows: an apology or a letter has neither answers nor a customer's attributes. Thanks stand on the page
of a survey, and may look at both, as its own texts may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from vocapp.domain import personalisation
from vocapp.domain.personalisation import Flaw
from vocapp.domain.rules import quoted

FORMALITY: Final = "formality"
FORMALITIES: Final = ("formal", "informal")
TEXTS: Final[Mapping[str, tuple[int, int]]] = {
    "greeting": (1, 200),
    "closing": (1, 200),
    "signature": (4, 400),
    "thanks": (12, 2000),
}
"""Text → lines and characters at most, in each language."""
ON_PAGES: Final = frozenset({"thanks"})
"""Texts that stand on the pages of surveys, not in mails."""
MOST_LANGUAGES: Final = 40


@dataclass(frozen=True, slots=True)
class Voice:
    """What is set, such as `{"formality": "informal", "signature": {"fr": "Claire, de la Maison Lune"}}`."""

    formality: str = FORMALITIES[0]
    greeting: Mapping[str, str] = field(default_factory=dict)
    """Language → text: « Bonjour{% if customer.first_name %} {{ customer.first_name }}{% endif %}, »."""
    closing: Mapping[str, str] = field(default_factory=dict)
    """« À très vite, »."""
    signature: Mapping[str, str] = field(default_factory=dict)
    """Who signs."""
    thanks: Mapping[str, str] = field(default_factory=dict)
    """At the end of a survey that has none of its own."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read a voice as JSON; what is not named keeps its default. Raises ValueError, “where: what is wrong”."""
        for key, value in document.items():
            if key == FORMALITY:
                if value not in FORMALITIES:
                    raise ValueError(f"{key}: must be one of {', '.join(FORMALITIES)}")
            elif key in TEXTS:
                _check(key, value)
            else:
                raise ValueError(f"{key}: no such setting; there are {', '.join((FORMALITY, *TEXTS))}")
        return cls(**document)

    @classmethod
    def kept(cls, document: Mapping[str, Any]) -> Self:
        """Return a voice that was read before it was kept: nothing is checked again, what is not known is left out."""
        return cls(**{key: document[key] for key in (FORMALITY, *TEXTS) if document.get(key)})

    @property
    def informal(self) -> bool:
        return self.formality == FORMALITIES[1]

    def source(self, text: str, language: str) -> str:
        """Return a text of TEXTS in a language (`fr-CA` falls to `fr`), as Liquid; empty where it says nothing."""
        said: Mapping[str, str] = getattr(self, text)
        return said.get(language) or said.get(language.split("-", maxsplit=1)[0]) or ""


def tidied(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a voice without what is empty: null, no text, no language. What is wrong with it stays, to be refused."""
    tidy = {key: _without_empty(value) if key in TEXTS else value for key, value in document.items()}
    return {key: value for key, value in tidy.items() if value not in (None, "", {})}


def inherited(above: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a voice with what is above it where it says nothing itself, each text in each language by itself."""
    both = {**above, **own}
    return {key: {**(above.get(key) or {}), **(own.get(key) or {})} if key in TEXTS else both[key] for key in both}


def changed(kept: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a voice with what is named changed; null takes a text away, or one language of it. Nothing is checked."""
    return {
        key: {**(kept.get(key) or {}), **value} if key in TEXTS and isinstance(value, Mapping) else value
        for key, value in {**kept, **changes}.items()
    }


def flaw_of(key: str, text: str) -> Flaw | None:
    """Return what is wrong with a text of TEXTS (tidied); None: nothing is.

    Besides the codes of a template: one_line and lines (too long), odd (control characters), elsewhere (it names what
    not every mail knows).
    """
    lines, characters = TEXTS[key]
    if _ODD.search(text):
        return Flaw("odd", "must be a text")
    if len(text) > characters or text.count("\n") >= lines:
        kept = "one line" if lines == 1 else f"{lines} lines"
        about = {"lines": lines, "characters": characters}
        return Flaw("one_line" if lines == 1 else "lines", f"has {kept} and {characters} characters at most", about)
    if faults := personalisation.flaws(text):
        return faults[0]
    if key in ON_PAGES:
        return None
    named = sorted(name for name in personalisation.variables(text) if name.startswith(_NOT_IN_ALL_MAILS))
    if not named:
        return None
    where = " and ".join(sorted(ON_PAGES))
    name = quoted(named[0])
    return Flaw("elsewhere", f"{name} is not known to every mail: only {where} may name it", {"name": name[1:-1]})


def gaps(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (text, language, variable) where a voice names what a customer may lack, and says nothing in its place.

    What is wrong with it otherwise is passed over.
    """
    return [
        (key, language, name)
        for key in TEXTS
        for language, text in (document.get(key) or {}).items()
        if text and flaw_of(key, text) is None
        for name in personalisation.lacks_default(text)
    ]


def _check(key: str, value: Any) -> None:
    if not isinstance(value, Mapping) or len(value) > MOST_LANGUAGES:
        raise ValueError(f"{key}: must be texts by language, {MOST_LANGUAGES} at most")
    for language, text in value.items():
        if not isinstance(language, str) or not _TAG.fullmatch(language):
            raise ValueError(f"{key}: its texts go by language, such as fr or en-GB")
        flaw = flaw_of(key, text) if isinstance(text, str) else Flaw("odd", "must be a text")
        if flaw is not None:
            raise ValueError(f"{key}.{language}: {flaw.text}")


def _without_empty(texts: Any) -> Any:
    if not isinstance(texts, Mapping):
        return texts
    trimmed = {language: _trimmed(text) if isinstance(text, str) else text for language, text in texts.items()}
    return {language: text for language, text in trimmed.items() if text not in (None, "")}


def _trimmed(text: str) -> str:
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    return "\n".join(lines)


_NOT_IN_ALL_MAILS: Final = ("answers.", "customer.attributes.")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", re.ASCII)
_ODD = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

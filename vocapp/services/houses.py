"""As whom a mail to a customer speaks: the name, the look and the voice of a brand, or of the company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vocapp.domain.personalisation import well_set
from vocapp.domain.voice import Voice
from vocapp.services.mail_layout import one_line
from vocapp.services.mail_look import PLAIN, Look, look_of


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    name: str
    """On one line."""
    look: Look = PLAIN
    voice: Voice = field(default_factory=Voice)

    @property
    def facts(self) -> dict[str, Any]:
        """What a text may say of it: `brand.name`, and `brand.informal` to choose between « tu » and « vous »."""
        return {"name": self.name, "informal": self.voice.informal}

    def say(self, text: str, language: str, facts: Mapping[str, Any]) -> str:
        """Return what it says itself (`greeting`, `closing`, `signature`) to one person; empty: it leaves it to us.

        What is not known of them leaves no hole before a stop or between words (`well_set`).
        """
        return well_set(self.voice.source(text, language), {**facts, "brand": self.facts})


def house_of(settings: Mapping[str, Any], name: str, public_url: str) -> House:
    """Return as whom a mail speaks, from settings that were cut to its brand (`brands.branded`)."""
    return House(name=one_line(name), look=look_of(settings, public_url), voice=voice_of(settings))


def voice_of(settings: Mapping[str, Any]) -> Voice:
    """Return the voice that settings hold."""
    return Voice.kept((settings.get("brand") or {}).get("voice") or {})

"""What the console says, in French and English: one mapping each, with the same keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vocapp.web.console.words.english import ENGLISH
from vocapp.web.console.words.french import FRENCH
from vocapp.web.console.words.settings_english import SETTINGS_ENGLISH
from vocapp.web.console.words.settings_french import SETTINGS_FRENCH

LANGUAGES = ("fr", "en")


class Words(dict[str, Any]):
    """The words of one language: `w["title"]`, or `w.title` in a template."""

    def __init__(self, language: str, words: Mapping[str, Any]) -> None:
        super().__init__(words)
        self.language = language

    def of(self, table: str, key: str | None) -> str:
        """Return a code's words; a code that has none speaks for itself, without its underscores."""
        if key is None:
            return ""
        found: str = self[table].get(key, key.replace("_", " "))
        return found

    def count(self, key: str, n: int, number: str | None = None) -> str:
        """Return the words for so many: the first of the two for one (in French for none, too)."""
        one, many = self[key]
        is_one = n in {0, 1} if self.language == "fr" else n == 1
        return str((one if is_one else many).format(n=number or n))

    def reason(self, key: str | None) -> str:
        """Return why an invitation did not go, or waits."""
        if key is not None and key.startswith("suppressed_") and key not in self["reasons"]:
            return str(self["reason_suppressed"])
        return self.of("reasons", key)


def _whole(words: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Add what any page says of the settings: their entry in the menu, and what was done there."""
    done = {
        **words["done"],
        **words["verbatims_done"],
        **words["switch_done"],
        **settings["done"],
        **settings["reports_done"],
    }
    moves = {**words["moves"], **words["promise_moves"], **words["helpdesk_moves"]}
    resolutions = {**words["resolutions"], **words["helpdesk_resolutions"]}
    return {
        **words,
        "moves": moves,
        "resolutions": resolutions,
        "settings": settings["title"],
        "account": settings["account"],
        "reports": settings["reports"],
        "done": done,
    }


def _settings(settings: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the journal says of what is done elsewhere."""
    return {
        **settings,
        "actions": {
            **settings["actions"],
            **words["verbatims_actions"],
            **words["holds_actions"],
            **words["switch_actions"],
        },
        "audited": {
            **settings["audited"],
            **words["verbatims_audited"],
            **words["holds_audited"],
            **words["switch_audited"],
        },
    }


_WORDS = {
    "fr": Words("fr", _whole(FRENCH, SETTINGS_FRENCH)),
    "en": Words("en", _whole(ENGLISH, SETTINGS_ENGLISH)),
}
_SETTINGS_WORDS = {
    "fr": Words("fr", _settings(SETTINGS_FRENCH, FRENCH)),
    "en": Words("en", _settings(SETTINGS_ENGLISH, ENGLISH)),
}


def words_in(language: str) -> Words:
    """Return the words of one of LANGUAGES."""
    return _WORDS[language]


def settings_words_in(language: str) -> Words:
    """Return the words of the settings' pages."""
    return _SETTINGS_WORDS[language]

"""Texts: one string, or one per language, and then in every language that the title has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vocapp.domain import languages, personalisation
from vocapp.domain.definitions.fields import Fields, in_words
from vocapp.domain.rules import Fault, escaped, quoted
from vocapp.domain.survey import Text


class Texts(Fields):
    """Reads texts, and remembers each source with its place for whoever wants to give advice on it."""

    def __init__(self) -> None:
        super().__init__()
        self.languages: tuple[str, ...] = ()
        self.placed: list[Fault] = []
        """(pointer, source) of every text that was taken."""

    def settle_languages(self, document: Mapping[str, Any]) -> str:
        """Find the languages of a document and return its default one.

        The title's; where the title is one string, those that all other texts have in common.
        """
        default = document.get("default_language")
        if not isinstance(default, str) or not TAG.fullmatch(default):
            self.refuse("/default_language", f"write a language such as fr, en or fr-CA, not {in_words(default)}")
            default = ""
        title = document.get("title")
        if isinstance(title, dict):
            self.languages = tuple(tag for tag in title if isinstance(tag, str) and TAG.fullmatch(tag))
            if default and default not in self.languages:
                self.refuse("/title", f'no text in "{default}", the default language')
        else:
            sets = [text.keys() for text in _mappings(document)]
            shared = [tag for tag in (sets[0] if sets else ()) if all(tag in tags for tags in sets)]
            common = [tag for tag in shared if isinstance(tag, str) and TAG.fullmatch(tag)]
            # The default language is asked of every text, whether or not they all have it.
            self.languages = tuple(dict.fromkeys([*common, *([default] if default else [])]))
        if len(self.languages) > _MOST_LANGUAGES:
            self.refuse("/title", f"there are {len(self.languages)} languages; at most {_MOST_LANGUAGES} are possible")
            self.languages = self.languages[:1]
        return default

    def text(self, value: Any, pointer: str, *, longest: int, one_line: bool = False) -> Text:
        """Take a text and return it in every language of the document, and its familiar words where it has any."""
        if isinstance(value, str):
            source = self._source(value, pointer, longest, one_line)
            return dict.fromkeys(self.languages or ("",), source)
        if not isinstance(value, dict):
            self.refuse(pointer, f"here stands a text, or one per language, not {in_words(value)}")
            return {}
        for tag in value:
            if not isinstance(tag, str) or not TAG.fullmatch(languages.plain(tag)):
                quotes = "; in YAML, put texts in quotes" if not isinstance(tag, str) or value[tag] is None else ""
                self.refuse(pointer, f"{quoted(tag)} is no language; write fr, en or fr-CA{quotes}")
        text = {}
        for language in self.languages:
            tag = language if language in value else language.split("-", maxsplit=1)[0]
            if tag not in value:
                self.refuse(pointer, f'no text in "{language}"')
                continue
            text[language] = self._source(value[tag], f"{pointer}/{escaped(tag)}", longest, one_line)
            if (beside := languages.familiar(tag)) in value:
                place = f"{pointer}/{escaped(beside)}"
                text[languages.familiar(language)] = self._source(value[beside], place, longest, one_line)
        for tag in value:
            if isinstance(tag, str) and languages.plain(tag) not in (tag, *value):
                self.refuse(pointer, f'{quoted(tag)} has no "{languages.plain(tag)}" beside it, for everybody else')
        return text

    def _source(self, value: Any, pointer: str, longest: int, one_line: bool) -> str:
        if not isinstance(value, str) or not value.strip():
            self.refuse(pointer, f"here stands a text, not {in_words(value)}")
            return ""
        if len(value) > longest:
            self.refuse(pointer, f"this text has {len(value)} characters, and {longest} fit here")
        elif (_ODD_IN_A_LINE if one_line else _ODD_IN_LINES).search(value):
            self.refuse(pointer, "this text holds a line break or a control character" if one_line else
                        "this text holds a control character")  # fmt: skip
        else:
            for fault in personalisation.check(value):
                self.refuse(pointer, fault)
            self.placed.append(Fault(pointer, value))
        return value


TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
"""BCP 47, as far as people's languages need it: fr, fr-CA, zh-Hant-TW, es-419."""
_MOST_LANGUAGES = 40
_ODD_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_ODD_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _mappings(document: Mapping[str, Any]) -> Iterator[dict[Any, Any]]:
    """The texts of a document, wherever one may stand, that are written per language."""
    invitation = document.get("invitation")
    candidates = [document.get("thanks"), *_values(invitation, "subject", "body")]
    questions = document.get("questions")
    for question in questions if isinstance(questions, list) else []:
        candidates += _values(question, "text", "help")
        candidates += _values(question.get("labels") if isinstance(question, dict) else None, "low", "high")
        choices = question.get("choices") if isinstance(question, dict) else None
        for choice in choices if isinstance(choices, list) else []:
            candidates += _values(choice, "text")
    return (one for one in candidates if isinstance(one, dict))


def _values(value: Any, *keys: str) -> list[Any]:
    return [value.get(key) for key in keys] if isinstance(value, dict) else []

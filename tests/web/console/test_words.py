"""The words: the same in both languages, and French as it is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vocapp.domain.alerts import KINDS, OUTCOMES, STATUSES
from vocapp.web.console.words.english import ENGLISH
from vocapp.web.console.words.french import FRENCH


def test_both_languages_say_the_same_things() -> None:
    french, english = dict(_texts(FRENCH)), dict(_texts(ENGLISH))
    assert french.keys() == english.keys()
    places = re.compile(r"{\w+}")
    assert [key for key in french if sorted(places.findall(french[key])) != sorted(places.findall(english[key]))] == []


def test_french_marks_have_their_spaces() -> None:
    for key, text in _texts(FRENCH):
        assert not re.search(r"(?<!\u202f)[;!?](?!$)|(?<=\w)[;!]", text), key
        assert not re.search(r"(?<!\u00a0):", text), key
        assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»", text), key
        assert "'" not in text, key


def test_every_code_of_the_domain_has_its_words() -> None:
    for words in (FRENCH, ENGLISH):
        assert set(STATUSES) <= words["statuses"].keys()
        assert set(KINDS) <= words["kinds"].keys()
        assert set(OUTCOMES) == words["outcomes"].keys()
        by_staff = {"claim", "release", "contact", "resolve", "close", "reopen"}
        assert by_staff | {"opened", "joined", "told", "not_told", "maybe_told"} == words["moves"].keys()


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _texts(inside, f"{path}/{key}")
    else:
        for index, inside in enumerate(value):
            yield from _texts(inside, f"{path}/{index}")
